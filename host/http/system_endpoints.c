/* SPDX-License-Identifier: Apache-2.0 */
/* About the server itself: /api/system/info, /healthz, /readyz, /health. */
#include "http/endpoints.h"
#include "http/reply.h"
#include "http/system_info.h"

#include <stdlib.h>

enum MHD_Result info_begin(struct exchange *ex)
{
    return reply_json(ex, MHD_HTTP_OK, system_info_json(&ex->server->parts));
}

enum MHD_Result healthz_begin(struct exchange *ex)
{
    cJSON *body = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(body, "status", "ok");
    return reply_json(ex, MHD_HTTP_OK, body);
}

/* What keeps us from taking jobs; NULL: nothing. */
static char *look_for_trouble(const struct exchange *ex, struct jobs_figures *figures)
{
    struct http_server *server = ex->server;

    pthread_mutex_lock(&server->lock);
    bool started = server->ready;
    pthread_mutex_unlock(&server->lock);
    jobs_figures(server->parts.jobs, figures);
    char *trouble = system_unready(figures, server->parts.runtime, started);
    free(figures->store_error);
    figures->store_error = NULL;
    return trouble;
}

enum MHD_Result readyz_begin(struct exchange *ex)
{
    struct jobs_figures figures = { 0 };
    char *trouble = look_for_trouble(ex, &figures);

    if (trouble != NULL) {
        struct error *err = error_new(ERROR_UNAVAILABLE, NULL, "%s", trouble);

        free(trouble);
        return reply_problem(ex, 0, err);
    }
    cJSON *body = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(body, "status", "ready");
    return reply_json(ex, MHD_HTTP_OK, body);
}

enum MHD_Result health_begin(struct exchange *ex)
{
    struct jobs_figures figures = { 0 };
    char *trouble = look_for_trouble(ex, &figures);
    cJSON *body = system_health_json(&ex->server->parts, &figures, trouble);
    unsigned status = trouble == NULL ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;

    free(trouble);
    return reply_json(ex, status, body);
}
