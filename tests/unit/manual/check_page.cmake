# SPDX-License-Identifier: Apache-2.0
# Has mandoc nothing to say against a manual page?  cmake -DPAGE=maps-backend.8 -P check_page.cmake
# Whether the pages it refers to are installed here is no matter of ours.
execute_process(COMMAND mandoc -T lint ${PAGE} OUTPUT_VARIABLE said ERROR_VARIABLE failed
  RESULT_VARIABLE code)
if(NOT code MATCHES "^[0-9]+$")
  message(FATAL_ERROR "mandoc cannot be run (${code}): scripts/install-packages test")
endif()
string(REGEX REPLACE "[^\n]*(referenced manual not found|outdated mandoc.db)[^\n]*\n" "" said
  "${said}${failed}")
if(said)
  message(FATAL_ERROR "${said}")
endif()
