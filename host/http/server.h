/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the HTTP room: the server that its files share.  Not for other rooms.
 *
 * Threads: the HTTP thread (libmicrohttpd's) runs every step of every exchange; the
 * sweeper ends what lasts too long and wakes followers; the desk's threads read and
 * write files; replies of the jobs room come on threads of its own.  Only the HTTP thread
 * makes answers: the others leave a result in the exchange and resume it.
 * One lock guards all lists and all suspended/resumed states.  libmicrohttpd's own locks
 * may be taken under it, never the other way round.
 */
#ifndef MAPS_HOST_HTTP_SERVER_H
#define MAPS_HOST_HTTP_SERVER_H

#include "http/http_server.h"

#include <microhttpd.h>
#include <pthread.h>

enum {
    HTTP_STALL_SECONDS = 60,        /* a peer that takes no byte for so long is dropped */
    HTTP_WAIT_MAX_MS = 3600 * 1000, /* longest ?wait= */
    HTTP_ARCHIVES_AT_ONCE = 32,     /* each holds the names of a folder, and descriptors */
    HTTP_BODIES_AT_ONCE = 16,       /* of the largest allowed: more is not held in memory */
    HTTP_UPLOADS_AT_ONCE = 64       /* bodies in parts, each with a buffer of its own */
};

struct http_server {
    struct http_parts parts;
    struct MHD_Daemon *daemon;
    struct desk *desk;
    uint16_t port;
    pthread_t sweeper;
    int pulse_fd;             /* our end of a connection to ourselves; -1: none */
    struct http_server *next; /* in the list of servers that hear of changes */

    uint64_t body_bytes; /* of all exchanges; HTTP thread only, as is: */
    unsigned uploads;    /* exchanges with an intake */

    pthread_mutex_t lock;
    pthread_cond_t sweeper_wake; /* a client came, or the sweeper is to end */
    pthread_cond_t settled;      /* no exchange is being served any more */
    unsigned references;         /* the owner's and one for each exchange */
    struct exchange *exchanges;
    struct client *clients;
    struct watch *watches;
    unsigned archives; /* being sent */
    size_t serving;    /* exchanges between complete request and complete answer */
    bool ready;
    bool stopping;  /* nobody may go to sleep any more */
    bool abandoned; /* nobody may wait for anything any more */
    bool sweeper_ends;
};

/* Call with the lock held; unlocks, and frees with the last reference. */
void http_server_unref_unlock(struct http_server *server);

#endif
