# SPDX-License-Identifier: Apache-2.0
# maps_runtime_plugin(NAME SOURCES...): builds NAME.so, a runtime plugin.  It exports its
# entry function only, and a symbol it lacks is an error now instead of at the user's.
set(MAPS_RUNTIME_PLUGIN_MAP ${CMAKE_CURRENT_LIST_DIR}/plugin.map)
if(NOT EXISTS ${MAPS_RUNTIME_PLUGIN_MAP})
  set(MAPS_RUNTIME_PLUGIN_MAP ${CMAKE_CURRENT_LIST_DIR}/../plugin.map) # in the source tree
endif()

function(maps_runtime_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE maps::runtime)
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so"
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${MAPS_RUNTIME_PLUGIN_MAP})
  target_link_options(${name} PRIVATE -Wl,-z,relro,-z,now
    -Wl,--version-script=${MAPS_RUNTIME_PLUGIN_MAP})
  if(NOT MAPS_SANITIZE) # a sanitizer's runtime is found in the host
    target_link_options(${name} PRIVATE -Wl,-z,defs)
  endif()
endfunction()
