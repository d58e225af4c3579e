/* SPDX-License-Identifier: Apache-2.0 */
/* Answers.  HTTP thread only; each is the last thing a step does. */
#ifndef MAPS_HOST_HTTP_REPLY_H
#define MAPS_HOST_HTTP_REPLY_H

#include "http/exchange.h"

#include <cjson/cJSON.h>

/* A response with a body of its own (malloc'ed, passes on; NULL: out of memory), to which
 * headers can be added; NULL: out of memory. */
struct MHD_Response *reply_new(const char *type, char *text, size_t length);
/* Adds what every answer says (and no-store, unless it says itself who may store it), queues it;
 * consumes `response`, which may be NULL (500). */
enum MHD_Result reply_queue(struct exchange *ex, unsigned status, struct MHD_Response *response);

enum MHD_Result reply_json(struct exchange *ex, unsigned status, cJSON *body); /* consumes body */
/* A problem document, to which headers can be added; consumes err.  NULL: out of memory. */
struct MHD_Response *reply_problem_new(const struct exchange *ex, unsigned status,
                                       struct error *err);
/* The same, answered; status 0: as the error's kind says. */
enum MHD_Result reply_problem(struct exchange *ex, unsigned status, struct error *err);
/* The same as bytes for the socket, malloc'ed, for where libmicrohttpd takes no answer; the
 * connection is to be closed after it.  NULL: out of memory. */
char *reply_problem_bytes(struct exchange *ex, unsigned status, struct error *err, size_t *length);
/* The error that a call left in the exchange. */
enum MHD_Result reply_error(struct exchange *ex);
enum MHD_Result reply_stopping(struct exchange *ex);
enum MHD_Result reply_no_memory(struct exchange *ex);

#endif
