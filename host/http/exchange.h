/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One exchange: a request, what has been found out for it, and its answer.
 *
 * An exchange goes from step to step on the HTTP thread.  A step either queues the answer
 * or suspends the connection, in one of two ways:
 *  - for a call (exchange_call): somebody else will leave a result and say
 *    exchange_call_done(), exactly once;
 *  - asleep (exchange_sleep): until the watched job ends, a time comes, the peer hangs up
 *    or the server stops.
 * Suspending comes before whatever may resume, so that no wake-up is missed; resuming
 * happens once, whoever is first.
 */
#ifndef MAPS_HOST_HTTP_EXCHANGE_H
#define MAPS_HOST_HTTP_EXCHANGE_H

#include "http/client.h"
#include "http/route.h"
#include "http/uri.h"

#include <sys/stat.h>

struct exchange;
struct output_archive;
struct pump;
typedef enum MHD_Result (*exchange_step)(struct exchange *ex);

struct exchange {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct client *client;
    const struct settings *settings; /* counted: those that held when it began */
    exchange_step step;              /* what to do next */

    /* the request; HTTP thread only */
    struct uri uri;
    struct route route;
    enum method method;
    struct error *refusal;   /* found before the endpoint saw it */
    unsigned refusal_status; /* 0: as the error's kind says */
    char *listed_origin;     /* another origin that may read the answer, or NULL */
    bool admitted;           /* the header was looked at */
    bool lingering;          /* refused over its size: swallows the rest */
    bool arrived;            /* as a whole */
    bool in_parts;           /* the body is multipart/form-data, and wanted */
    bool keeps_body;
    char *body;
    size_t body_length, body_size;
    uint64_t body_seen;
    struct intake *intake; /* of a body in parts, or NULL */

    /* what its endpoint made of it; HTTP thread, and desk during a call */
    bool with_logs;
    bool submitted; /* the answer says Location */
    bool waited;
    unsigned status_live, status_ended; /* for a document of such a job */
    int64_t wait_ms;
    unsigned limit;
    char *label; /* "key\0value" */
    struct log_reader *reader;
    unsigned streams;
    uint64_t offset;
    bool follow;

    /* results of calls */
    struct error *err;
    struct job_record *record;
    struct job_record **records;
    size_t record_count;
    char *text; /* of the answer */
    int file;   /* descriptor, or -1 */
    struct stat file_status;
    struct output_archive *archive;

    /* the body that is being sent; HTTP thread, and desk during a call */
    struct pump *pump;
    uint64_t file_offset, file_left;

    /* under the server's lock */
    struct exchange *previous, *next;
    unsigned references; /* libmicrohttpd's, the response's, one for each call */
    unsigned calls;
    bool serving;
    bool suspended, asleep;
    bool hung_up;
    bool has_archive_place; /* one of those of the server */
    int64_t wake_ms;
    struct watch *watch;
    uint64_t seen_growth; /* of the watch, before the last read */
};

/* For MHD_OPTION_URI_LOG_CALLBACK: the exchange begins with its request line.  NULL: out
 * of memory. */
void *exchange_start(void *server, const char *target, struct MHD_Connection *connection);
/* For MHD_OPTION_NOTIFY_COMPLETED. */
void exchange_completed(void *server, struct MHD_Connection *connection, void **context,
                        enum MHD_RequestTerminationCode code);
void exchange_ref(struct exchange *ex);
void exchange_unref(struct exchange *ex);

/* Runs the next step, now that the request is complete; or says that the server is stopping
 * if it gave up on an unanswered call. */
enum MHD_Result exchange_go_on(struct exchange *ex);

/* It was resumed though a call is unanswered, as the server is stopping: what the call uses is
 * not to be touched. */
bool exchange_given_up(struct exchange *ex);
/* Suspends for a call.  False: the server is stopping, answer without. */
bool exchange_call(struct exchange *ex, exchange_step next);
void exchange_call_done(struct exchange *ex); /* any thread */
/* Drops the results of earlier calls. */
void exchange_forget(struct exchange *ex);
/* Suspends until something happens.  False: it has already happened. */
bool exchange_sleep(struct exchange *ex, exchange_step next, int64_t wake_ms);
/* Its peer hung up, or the server is stopping. */
bool exchange_must_end(struct exchange *ex);

/* With the lock held: */
void exchange_wake(struct exchange *ex); /* if asleep */
/* Wakes whose time has come; with `look`, also those whose peer has hung up. */
void exchanges_sweep(struct http_server *server, int64_t now_ms, bool look);
/* Resumes everybody, also from unanswered calls. */
void exchanges_abandon(struct http_server *server);

#endif
