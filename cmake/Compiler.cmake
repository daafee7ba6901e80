# SPDX-License-Identifier: LicenseRef-ServerPulse
#
# Flags of every target: warnings are errors, sanitizers by preset, mold where present.
#
# A compiler newer than those that continuous integration has may warn of more, which is no reason
# to refuse a user the program.
set(werror OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(werror ON)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 17)
  set(werror ON)
endif()
option(SERVERPULSE_WERROR "Warnings are errors" ${werror})

add_library(serverpulse_flags INTERFACE)
add_library(serverpulse::flags ALIAS serverpulse_flags)
target_compile_options(serverpulse_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wcast-qual -Wformat=2 -Wundef
  -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -Wnull-dereference
  $<$<BOOL:${SERVERPULSE_WERROR}>:-Werror> -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # -Wnull-dereference, -Wmaybe-uninitialized and -Wstringop-* of GCC 12 report paths inside
  # libstdc++ that cannot be taken once inlined.
  target_compile_options(serverpulse_flags INTERFACE
    -Wno-null-dereference -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
    -Wno-stringop-overread -Wno-array-bounds)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # clang also reports what OpenSSL's own macros expand to.
  target_compile_options(serverpulse_flags INTERFACE -Wno-cast-qual -Wno-old-style-cast)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_definitions(serverpulse_flags INTERFACE _FORTIFY_SOURCE=2)
  target_compile_options(serverpulse_flags INTERFACE -fstack-protector-strong -ffunction-sections
    -fdata-sections)
  target_link_options(serverpulse_flags INTERFACE -Wl,--gc-sections -Wl,-z,relro,-z,now)
endif()
if(SERVERPULSE_SANITIZE)
  target_compile_options(serverpulse_flags INTERFACE -fsanitize=${SERVERPULSE_SANITIZE}
    -fno-sanitize-recover=all)
  target_link_options(serverpulse_flags INTERFACE -fsanitize=${SERVERPULSE_SANITIZE})
endif()
if(SERVERPULSE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "the fuzz preset needs clang: ./dev fuzz chooses it")
  endif()
  target_compile_options(serverpulse_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(SERVERPULSE_CCACHE ccache)
if(SERVERPULSE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SERVERPULSE_CCACHE})
endif()
find_program(SERVERPULSE_MOLD mold)
if(SERVERPULSE_MOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_link_options(serverpulse_flags INTERFACE -fuse-ld=mold)
endif()
