/* SPDX-License-Identifier: Apache-2.0 */
/* Values of plugin options, from the text they are written in.  Pure. */
#ifndef MAPS_HOST_PLUGIN_OPTION_TEXT_H
#define MAPS_HOST_PLUGIN_OPTION_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* type: MAPS_OPTION_INT, or MAPS_OPTION_BYTES which allows a suffix K, M, G or T. */
bool option_text_int(const char *text, uint32_t type, int64_t *value);
bool option_text_bool(const char *text, int *value);
bool option_text_number(const char *text, double *value);
/* Is it a value of that type (enum maps_option_type)? */
bool option_text_valid(const char *text, uint32_t type);
/* "integer", "list of strings" ...; NULL for an unknown type. */
const char *option_type_name(uint32_t type);

#endif
