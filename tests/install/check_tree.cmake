# SPDX-License-Identifier: Apache-2.0
# Installs into an empty prefix and compares what is there with a list of patterns: no file may be
# missing from it, and each pattern must have a file.
#   cmake -DBUILD_DIR=build -DPREFIX=... -DEXPECTED=tree.txt -P check_tree.cmake
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${PREFIX}
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE installed LIST_DIRECTORIES false RELATIVE ${PREFIX} ${PREFIX}/*)
file(STRINGS ${EXPECTED} patterns REGEX "^[^#]")

set(unexpected ${installed})
set(complaints)
foreach(pattern IN LISTS patterns)
  string(REGEX REPLACE "([.+])" "\\\\\\1" expression "${pattern}")
  string(REPLACE "*" ".*" expression "${expression}")
  set(matching ${installed})
  list(FILTER matching INCLUDE REGEX "^${expression}$")
  list(FILTER unexpected EXCLUDE REGEX "^${expression}$")
  if(NOT matching)
    string(APPEND complaints "  missing:    ${pattern}\n")
  endif()
endforeach()
foreach(file IN LISTS unexpected)
  string(APPEND complaints "  unexpected: ${file}\n")
endforeach()
if(complaints)
  message(FATAL_ERROR "cmake --install makes another tree than tests/install/tree.txt.in:\n${complaints}")
endif()
