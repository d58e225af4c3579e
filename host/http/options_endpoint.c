/* SPDX-License-Identifier: Apache-2.0 */
/* OPTIONS: which methods there are, and for browsers whether a page may use them. */
#include "http/endpoints.h"
#include "http/reply.h"

enum MHD_Result options_begin(struct exchange *ex)
{
    char allow[ROUTE_ALLOW_BYTES];
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

    route_allow(route_methods(ex->route.endpoint), allow);
    if (response != NULL) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
        if (ex->listed_origin != NULL) {
            (void)MHD_add_response_header(response, "Access-Control-Allow-Methods", allow);
            (void)MHD_add_response_header(
                response, "Access-Control-Allow-Headers",
                "Authorization, Content-Type, Idempotency-Key, Range, If-Range, "
                "If-Match, If-None-Match");
        }
    }
    return reply_queue(ex, MHD_HTTP_NO_CONTENT, response);
}
