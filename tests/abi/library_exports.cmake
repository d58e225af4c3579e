# SPDX-License-Identifier: Apache-2.0
# libmaps-backend exports what its header declares, and nothing else.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${NM} -D --defined-only ${LIBRARY}
  COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE output)
string(REGEX MATCHALL " [TDBRVWi] [A-Za-z0-9_]+" exported "${output}")
list(TRANSFORM exported REPLACE "^ . " "")
list(SORT exported)

file(READ ${HEADER} text)
string(REGEX MATCHALL "MAPS_BACKEND_API [^;(]*[ *](maps_[a-z_]+)\\(" declared "${text}")
list(TRANSFORM declared REPLACE "^.*[ *](maps_[a-z_]+)\\($" "\\1")
list(SORT declared)

if(NOT declared OR NOT exported STREQUAL declared)
  message(FATAL_ERROR "declared: ${declared}\nexported: ${exported}")
endif()
