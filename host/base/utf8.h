/* SPDX-License-Identifier: Apache-2.0 */
/* Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef MAPS_HOST_BASE_UTF8_H
#define MAPS_HOST_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the character at the beginning of `bytes`; 0 if it is not valid or cut. */
size_t utf8_character(const char *bytes, size_t length);
bool utf8_valid(const char *text);
/* The largest number of bytes up to `limit` that does not cut a character of valid text. */
size_t utf8_prefix(const char *text, size_t limit);

#endif
