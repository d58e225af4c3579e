# SPDX-License-Identifier: Apache-2.0
# Flags for everything we compile, and sanitizers on request.
add_library(maps_flags INTERFACE)
target_compile_definitions(maps_flags INTERFACE _GNU_SOURCE MAPS_VERSION="${PROJECT_VERSION}")
target_compile_options(maps_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wformat=2 -Wundef
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>
  $<$<BOOL:${MAPS_WERROR}>:-Werror>
  -fvisibility=hidden)
if(MAPS_SANITIZE)
  target_compile_options(maps_flags INTERFACE -fsanitize=${MAPS_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(maps_flags INTERFACE -fsanitize=${MAPS_SANITIZE})
else()
  target_compile_options(maps_flags INTERFACE -fstack-protector-strong -fstack-clash-protection
    $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  target_link_options(maps_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
