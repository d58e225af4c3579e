# SPDX-License-Identifier: Apache-2.0
# Does the manual page have every option that --help has?
#   cmake -DPROGRAM=maps-backend -DPAGE=maps-backend.conf.5 -P check_options.cmake
execute_process(COMMAND ${PROGRAM} --help OUTPUT_VARIABLE help COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "\n  [a-zA-Z_][a-zA-Z_.]*\n" options "${help}")
list(LENGTH options count)
if(count LESS 20)
  message(FATAL_ERROR "${PROGRAM} --help lists ${count} options only:\n${help}")
endif()
file(READ ${PAGE} page)
foreach(option IN LISTS options)
  string(STRIP "${option}" option)
  string(FIND "${page}" ".It Ic \"\\&${option}\" " place)
  if(place LESS 0)
    message(FATAL_ERROR "${PAGE} has no ${option}: has its template the marker of this section?")
  endif()
endforeach()
