# SPDX-License-Identifier: Apache-2.0
# maps_unit_test(NAME SOURCES ... LINK ... [LABELS ...] [THREADED]): a cmocka program.
# Labels: unit by default; "threaded" marks those that also run under TSan.
function(maps_unit_test name)
  cmake_parse_arguments(TEST "THREADED" "" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE maps_flags ${TEST_LINK} PkgConfig::CMOCKA Threads::Threads)
  if(NOT TEST_LABELS)
    set(TEST_LABELS unit)
  endif()
  if(TEST_THREADED)
    list(APPEND TEST_LABELS threaded)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 120
    ENVIRONMENT "CMOCKA_MESSAGE_OUTPUT=XML;CMOCKA_XML_FILE=${CMAKE_BINARY_DIR}/test-results/${name}-%g.xml")
endfunction()
