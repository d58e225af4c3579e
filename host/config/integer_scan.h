/* SPDX-License-Identifier: Apache-2.0 */
/* Finds integers that libconfig would cut off: without the suffix L it keeps the lower
 * 32 bits of whatever is written (up to version 1.6), and 64 with it. */
#ifndef MAPS_HOST_CONFIG_INTEGER_SCAN_H
#define MAPS_HOST_CONFIG_INTEGER_SCAN_H

#include "config/text_scan.h"

struct integer_scan {
    struct text_scan text; /* its line is that of the integer found */
    char digits[32];       /* the integer found, cut to fit */
};

/* Moves on to the next integer that does not fit; false at the end of the text. */
bool integer_scan_next(struct integer_scan *scan);

#endif
