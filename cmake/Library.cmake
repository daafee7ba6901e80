# SPDX-License-Identifier: LicenseRef-ServerPulse

# serverpulse_library(NAME [PUBLIC lib…] [PRIVATE lib…]): lib/NAME/*.cpp as one static library.
function(serverpulse_library name)
  cmake_parse_arguments(arg "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/${name}/*.cpp)
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR}/lib ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE serverpulse::flags Threads::Threads ${arg_PUBLIC} ${arg_PRIVATE})
    return()
  endif()
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/lib ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC serverpulse::flags Threads::Threads ${arg_PUBLIC}
    PRIVATE ${arg_PRIVATE})
endfunction()
