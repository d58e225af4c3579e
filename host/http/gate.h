/* SPDX-License-Identifier: Apache-2.0 */
/* Who may speak: Host against DNS rebinding, Origin against other web pages, the token
 * against everybody else.  Pure. */
#ifndef MAPS_HOST_HTTP_GATE_H
#define MAPS_HOST_HTTP_GATE_H

#include <stdbool.h>

struct gate {
    const char *listen_address; /* numeric */
    char *const *allowed_hosts; /* NULL-terminated, or NULL */
    char *const *allowed_origins;
};

/* True for loopback names and addresses, the listen address, allowed hosts, and, if we
 * listen beyond loopback, any address in numbers: a rebinding attack needs a name.  The
 * port does not matter. */
bool gate_host_allowed(const struct gate *gate, const char *host);

enum gate_origin {
    GATE_ORIGIN_SAME,   /* none given, or the host itself */
    GATE_ORIGIN_LISTED, /* another one that the operator allowed */
    GATE_ORIGIN_FOREIGN
};
enum gate_origin gate_origin(const struct gate *gate, const char *host, const char *origin);

/* False if a browser says (Sec-Fetch-Site) that another site's page asks.  NULL: it is none, or
 * an old one. */
bool gate_site_allowed(const char *sec_fetch_site);

/* "Bearer <token>"; takes the same time whatever is wrong with it. */
bool gate_token_matches(const char *token, const char *authorization);
/* "application/json", with or without parameters. */
bool gate_is_json(const char *content_type);
/* "multipart/form-data", likewise. */
bool gate_is_form(const char *content_type);

#endif
