# SPDX-License-Identifier: LicenseRef-ServerPulse
#
# cmake -DCOMPILER=… -DSNIPPET=….cpp -DINCLUDE=… -P compile.cmake: compiles a snippet and holds the
# outcome against its line `// want: SENTENCE`; without one it has to compile.
file(STRINGS ${SNIPPET} wanted REGEX "^// want: ")
string(REGEX REPLACE "^// want: " "" wanted "${wanted}")
execute_process(COMMAND ${CMAKE_COMMAND} -E env LC_ALL=C ${COMPILER} -std=c++20 -fsyntax-only
    -I${INCLUDE} ${SNIPPET}
  RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(wanted STREQUAL "")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "want it to compile, found:\n${output}")
  endif()
  return()
endif()
if(result EQUAL 0)
  message(FATAL_ERROR "want it refused with \"${wanted}\", found that it compiles")
endif()
string(FIND "${output}" "${wanted}" at)
if(at EQUAL -1)
  message(FATAL_ERROR "want it refused with \"${wanted}\", found:\n${output}")
endif()
