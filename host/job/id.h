/* SPDX-License-Identifier: Apache-2.0 */
/* Job ids: the caller's own, or time-ordered 128 bits as 26 characters of
 * Crockford's base 32 in lower case (a DNS label). */
#ifndef MAPS_HOST_JOB_ID_H
#define MAPS_HOST_JOB_ID_H

#include "job/record.h"

/* True for a DNS label (RFC 1123, lower case) of 1 to JOB_ID_MAX characters. */
bool job_id_valid(const char *text);
/* 48 bits of wall-clock milliseconds, then 80 random bits (getrandom). */
void job_id_make(char id[static JOB_ID_BYTES]);

#endif
