# SPDX-License-Identifier: Apache-2.0
# Does the program in a prefix find the plugins and the settings that were installed with it?
#   cmake -DPREFIX=... -DBINDIR=bin -P check_program.cmake
set(ENV{MAPS_CONFIG} "")
set(program ${PREFIX}/${BINDIR}/maps-backend)

execute_process(COMMAND ${program} --help OUTPUT_VARIABLE help COMMAND_ERROR_IS_FATAL ANY)
foreach(plugin docker sandbox)
  if(NOT help MATCHES "\nPlugin ${plugin}")
    message(FATAL_ERROR "${program} does not find the plugin ${plugin}:\n${help}")
  endif()
endforeach()

execute_process(COMMAND ${program} --check-config COMMAND_ERROR_IS_FATAL ANY)
set(settings ${PREFIX}/etc/maps-backend/maps-backend.conf)
file(APPEND ${settings} "no_such_key = 1;\n")
execute_process(COMMAND ${program} --check-config ERROR_VARIABLE said RESULT_VARIABLE code)
string(FIND "${said}" "${settings}" place)
if(NOT code EQUAL 2 OR place LESS 0)
  message(FATAL_ERROR "${program} does not read ${settings}: exit status ${code}, \"${said}\"")
endif()
