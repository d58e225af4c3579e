/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over the text of a libconfig file: what is a string or a comment, and what is a word.
 * Pure. */
#ifndef MAPS_HOST_CONFIG_TEXT_SCAN_H
#define MAPS_HOST_CONFIG_TEXT_SCAN_H

#include <stdbool.h>
#include <stddef.h>

struct text_scan {
    const char *at; /* start with the text, which ends with '\0' */
    int line;       /* of `at`; start with 1 */
};

/* Moves on to `end`, which lies in the same text, and counts the lines. */
void text_scan_to(struct text_scan *scan, const char *end);
/* Skips the string, the comment or the white space that is here; false: there is none. */
bool text_scan_skip(struct text_scan *scan);
/* Length of the name or number that begins here; 0: none does. */
size_t text_scan_word(const struct text_scan *scan);

#endif
