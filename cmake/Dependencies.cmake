# SPDX-License-Identifier: LicenseRef-ServerPulse
#
# Third-party libraries, all from the distribution's packages, each as one imported target
# serverpulse::<name>, so that the rest of the build never spells a library's file name.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(serverpulse_pkg name)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${ARGN})
  add_library(serverpulse_dep_${name} INTERFACE)
  target_link_libraries(serverpulse_dep_${name} INTERFACE PkgConfig::${name})
  target_include_directories(serverpulse_dep_${name} SYSTEM INTERFACE ${${name}_INCLUDE_DIRS})
  add_library(serverpulse::${name} ALIAS serverpulse_dep_${name})
endfunction()

# A library without a pkg-config file: HEADER must be found, LIBRARY is linked where given.
function(serverpulse_find name header)
  find_path(SERVERPULSE_${name}_INCLUDE ${header} REQUIRED)
  add_library(serverpulse_dep_${name} INTERFACE)
  target_include_directories(serverpulse_dep_${name} SYSTEM INTERFACE ${SERVERPULSE_${name}_INCLUDE})
  foreach(library IN LISTS ARGN)
    find_library(SERVERPULSE_${name}_${library} ${library} REQUIRED)
    target_link_libraries(serverpulse_dep_${name} INTERFACE ${SERVERPULSE_${name}_${library}})
  endforeach()
  add_library(serverpulse::${name} ALIAS serverpulse_dep_${name})
endfunction()

serverpulse_find(expected tl/expected.hpp)
serverpulse_pkg(re2 re2)
serverpulse_pkg(yaml yaml-cpp)
serverpulse_find(prometheus_cpp prometheus/registry.h prometheus-cpp-core)
serverpulse_find(deflate libdeflate.h deflate)
serverpulse_pkg(zstd libzstd)
serverpulse_pkg(openssl openssl)
serverpulse_find(boost boost/beast/http/basic_parser.hpp)
serverpulse_find(crypt crypt.h crypt)
