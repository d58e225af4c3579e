# SPDX-License-Identifier: Apache-2.0
# Does the shipped section of a plugin, uncommented, say exactly the plugin's own defaults?
#   cmake -DPROGRAM=maps-backend -DPLUGIN=sandbox -DFILE=sandbox.conf -DOUTPUT=uncommented.conf -P ...
file(READ ${FILE} text)
string(REGEX MATCH "# ${PLUGIN}: {.*# };" section "${text}")
string(REGEX REPLACE "(^|\n)# ?" "\\1" section "${section}")
file(WRITE ${OUTPUT} "${section}\n")

function(effective_values result)
  execute_process(COMMAND ${PROGRAM} --print-config ${ARGN}
    OUTPUT_VARIABLE printed COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "\n${PLUGIN}\\.[^\n]*" lines "${printed}")
  set(${result} "${lines}" PARENT_SCOPE)
endfunction()

file(WRITE ${OUTPUT}.empty "")
effective_values(with_file --config ${OUTPUT})
effective_values(without_file --config ${OUTPUT}.empty)
if(NOT with_file)
  message(FATAL_ERROR "The plugin ${PLUGIN} is not loaded or has no options.")
endif()
foreach(line IN LISTS with_file)
  if(line MATCHES "# default$")
    message(FATAL_ERROR "${FILE} does not show this option:${line}")
  endif()
endforeach()
string(REGEX REPLACE "  # [^\n;]*" "" with_file "${with_file}")
string(REGEX REPLACE "  # [^\n;]*" "" without_file "${without_file}")
if(NOT with_file STREQUAL without_file)
  message(FATAL_ERROR "${FILE} shows other defaults than the plugin has:\n"
    "${with_file}\nThe plugin has:\n${without_file}")
endif()
