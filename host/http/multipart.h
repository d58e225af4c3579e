/* SPDX-License-Identifier: Apache-2.0 */
/* Takes multipart/form-data (RFC 7578) apart as it comes, in pieces of any size.  Pure: what
 * is in it goes to a taker.  (Why not libmicrohttpd's: docs/decisions/multipart.md.) */
#ifndef MAPS_HOST_HTTP_MULTIPART_H
#define MAPS_HOST_HTTP_MULTIPART_H

#include "base/error.h"

#include <stddef.h>

struct multipart;

/* The longest header of a part. */
enum { PART_HEAD_MAX = 8192 };

struct multipart_taker {
    /* A part begins; ends the one before.  filename: NULL if it has none.  Both are valid
     * during the call only. */
    struct error *(*part)(void *context, const char *name, const char *filename);
    /* Further bytes of that part: not called for an empty one. */
    struct error *(*bytes)(void *context, const char *bytes, size_t length);
    void *context;
};

/* content_type: the request's header.  The taker is copied. */
MUST_CHECK struct error *multipart_new(const char *content_type,
                                       const struct multipart_taker *taker,
                                       struct multipart **multipart);
/* ERROR_MALFORMED, or what the taker said.  After an error: no more calls but free. */
MUST_CHECK struct error *multipart_feed(struct multipart *multipart, const char *bytes,
                                        size_t length);
/* No more bytes will come: ERROR_MALFORMED unless the closing boundary has been seen. */
MUST_CHECK struct error *multipart_end(const struct multipart *multipart);
void multipart_free(struct multipart *multipart); /* NULL is fine */

#endif
