/* SPDX-License-Identifier: Apache-2.0 */
#include "http/problem.h"

#include "job/utf8_repair.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

unsigned problem_status(enum error_kind kind)
{
    switch (kind) {
    case ERROR_INTERNAL:
        return 500;
    case ERROR_MALFORMED:
        return 400;
    case ERROR_UNAUTHORIZED:
        return 401;
    case ERROR_FORBIDDEN:
        return 403;
    case ERROR_NOT_FOUND:
        return 404;
    case ERROR_CONFLICT:
        return 409;
    case ERROR_TOO_LARGE:
        return 413;
    case ERROR_INVALID:
        return 422;
    case ERROR_BUSY:
        return 429;
    case ERROR_UNAVAILABLE:
        return 503;
    case ERROR_STORAGE:
        return 507;
    }
    return 500;
}

const char *problem_title(unsigned status)
{
    static const struct {
        unsigned status;
        const char *title;
    } titles[] = { { 400, "Bad Request" },
                   { 401, "Unauthorized" },
                   { 403, "Forbidden" },
                   { 404, "Not Found" },
                   { 405, "Method Not Allowed" },
                   { 409, "Conflict" },
                   { 412, "Precondition Failed" },
                   { 413, "Content Too Large" },
                   { 415, "Unsupported Media Type" },
                   { 416, "Range Not Satisfiable" },
                   { 422, "Unprocessable Content" },
                   { 429, "Too Many Requests" },
                   { 503, "Service Unavailable" },
                   { 507, "Insufficient Storage" } };

    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        if (titles[i].status == status)
            return titles[i].title;
    }
    return "Internal Server Error";
}

/* Messages may quote what a client sent. */
static bool add_text(cJSON *object, const char *key, const char *text)
{
    char *valid = utf8_repair(text, strlen(text));
    bool added = valid != NULL && cJSON_AddStringToObject(object, key, valid) != NULL;

    free(valid);
    return added;
}

char *problem_text(unsigned status, const struct error *err)
{
    cJSON *object = cJSON_CreateObject();
    char *text = NULL;

    if (object != NULL && cJSON_AddStringToObject(object, "type", "about:blank") != NULL &&
        cJSON_AddStringToObject(object, "title", problem_title(status)) != NULL &&
        cJSON_AddNumberToObject(object, "status", status) != NULL &&
        add_text(object, "detail", err->message) &&
        (err->field == NULL || add_text(object, "field", err->field)))
        text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}
