/* SPDX-License-Identifier: Apache-2.0 */
/* The connections there are, and how long each may take to say what it wants: an
 * absolute deadline, whatever trickles in. */
#ifndef MAPS_HOST_HTTP_CLIENT_H
#define MAPS_HOST_HTTP_CLIENT_H

#include "http/server.h"

enum client_state {
    CLIENT_NEW,      /* connected; its first request is due as a whole by the deadline */
    CLIENT_ARRIVING, /* a later request is arriving: likewise */
    CLIENT_SERVED,   /* being answered: no deadline */
    CLIENT_IDLE      /* kept alive between requests: the next request line is due */
};
struct client {
    struct client *previous, *next;
    int fd;
    enum client_state state;
    int64_t deadline_ms; /* monotonic */
    bool half_closed;    /* at the last look its peer had closed, in mid-request */
    bool cut;
};

/* For MHD_OPTION_NOTIFY_CONNECTION. */
void client_notify(void *server, struct MHD_Connection *connection, void **socket_context,
                   enum MHD_ConnectionNotificationCode code);
/* The client of a connection; NULL if memory was short when it came. */
struct client *client_of(struct MHD_Connection *connection);

/* A request line has come; the request is complete; its answer is complete. */
void client_arrives(struct http_server *server, struct client *client);
void client_is_served(struct http_server *server, struct client *client);
void client_rests(struct http_server *server, struct client *client);
/* Another deadline than usual for the request that is arriving: so long from now. */
void client_is_due(struct http_server *server, struct client *client, uint64_t patience_ms);

/* With the lock held: */
/* Something is done with what has arrived of a request; then the rest is due by the same
 * deadline as before. */
void client_pauses(struct client *client);
void client_goes_on(struct client *client);
void clients_cut_late(struct http_server *server, int64_t now_ms);
/* Cuts off those whose peer has been gone since the last look and that have not noticed. */
void clients_cut_gone(struct http_server *server);

#endif
