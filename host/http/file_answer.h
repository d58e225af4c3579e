/* SPDX-License-Identifier: Apache-2.0 */
/* How a request for a file is answered: the status, and which bytes.  Pure. */
#ifndef MAPS_HOST_HTTP_FILE_ANSWER_H
#define MAPS_HOST_HTTP_FILE_ANSWER_H

#include "http/conditions.h"
#include "http/ranges.h"
#include "http/route.h"

struct file_answer {
    unsigned status;        /* 200, 206, 304, 412 or 416 */
    struct byte_range part; /* with 200 all of it, and then its length may be 0 */
};

/* range: of the header Range, or NULL.  Only a GET has ranges. */
struct file_answer file_answer_find(enum method method, const struct conditions *conditions,
                                    const char *range, const struct validators *file,
                                    uint64_t size);

#endif
