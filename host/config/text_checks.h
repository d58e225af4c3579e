/* SPDX-License-Identifier: Apache-2.0 */
/* What single texts in the configuration must look like.  Pure. */
#ifndef MAPS_HOST_CONFIG_TEXT_CHECKS_H
#define MAPS_HOST_CONFIG_TEXT_CHECKS_H

#include <stdbool.h>
#include <stddef.h>

/* [a-z][a-z0-9_-]*, at most 32 characters. */
bool text_is_profile_name(const char *text);
/* One file name that can lie in /job beside what is always there. */
bool text_is_script_name(const char *text);
/* A bearer token: visible ASCII, so that it can travel in a header. */
bool text_is_token(const char *text);
/* A host name or address as in the Host header, with or without a port. */
bool text_is_host(const char *text);
/* "https://maps.example.org" or with ":port"; nothing after it. */
bool text_is_origin(const char *text);
enum { VARIABLE_NAME_MAX = 255 };
/* The name of an environment variable; the text need not end after it. */
bool text_is_variable_name(const char *text, size_t length);
/* The name of a network; "none" is always allowed and not one of them. */
bool text_is_network(const char *text);
/* An absolute path without ".", ".." and empty parts; it may end with a slash. */
bool text_is_absolute_path(const char *text);
/* Is the text one of the words in "a|b|c"? */
bool text_is_one_of(const char *text, const char *choices);

#endif
