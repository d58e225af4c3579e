/* SPDX-License-Identifier: Apache-2.0 */
/* How an output file is labelled, so that no browser takes it for a page of ours.  Pure. */
#ifndef MAPS_HOST_HTTP_FILE_HEADERS_H
#define MAPS_HOST_HTTP_FILE_HEADERS_H

#include "http/conditions.h"
#include "http/ranges.h"

#include <sys/stat.h>

/* By extension, from a short list of types that are safe to name; else octet-stream. */
const char *file_content_type(const char *path);
/* attachment; with the file's name in ASCII and in UTF-8; malloc'ed, NULL: out of memory. */
char *file_disposition(const char *path);

struct file_validators {
    struct validators validators;
    char etag[72]; /* what they may point to */
};
/* Of a job that has ended: an ETag of what no script can forge (the time of change is the
 * kernel's), and the time of modification unless the script set it into the future.  A running
 * script may change a file twice between two ticks of the clock, under the same name, size and
 * time: then there is nothing that could be relied upon, and nothing is said. */
void file_validators_make(const struct stat *status, bool job_ended, int64_t now_s,
                          struct file_validators *made);

/* "Fri, 02 Jan 2026 03:04:05 GMT"; false: there is no such year. */
enum { HTTP_DATE_BYTES = 64 };
bool http_date_format(int64_t seconds, char text[static HTTP_DATE_BYTES]);
/* "bytes 0-9/100" */
enum { CONTENT_RANGE_BYTES = 96 };
void content_range_format(const struct byte_range *part, uint64_t size,
                          char text[static CONTENT_RANGE_BYTES]);

#endif
