/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request_headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct search {
    const char *name;
    char *value; /* so far */
};

static enum MHD_Result join(void *context, enum MHD_ValueKind kind, const char *name,
                            const char *value)
{
    struct search *search = context;
    char *joined = NULL;

    (void)kind;
    if (strcasecmp(name, search->name) != 0 || value == NULL)
        return MHD_YES;
    if (asprintf(&joined, "%s%s%s", search->value != NULL ? search->value : "",
                 search->value != NULL ? ", " : "", value) < 0)
        joined = NULL;
    free(search->value);
    search->value = joined;
    return MHD_YES;
}

static char *find(struct MHD_Connection *connection, const char *name)
{
    struct search search = { name, NULL };

    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, join, &search);
    return search.value;
}

void request_conditions_read(struct MHD_Connection *connection, struct request_conditions *asked)
{
    static const char *const names[] = {
        MHD_HTTP_HEADER_IF_MATCH,          MHD_HTTP_HEADER_IF_NONE_MATCH,
        MHD_HTTP_HEADER_IF_MODIFIED_SINCE, MHD_HTTP_HEADER_IF_UNMODIFIED_SINCE,
        MHD_HTTP_HEADER_IF_RANGE,          MHD_HTTP_HEADER_RANGE
    };
    char **values = asked->values;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        values[i] = find(connection, names[i]);
    asked->conditions =
        (struct conditions){ values[0], values[1], values[2], values[3], values[4] };
    asked->range = values[5];
}

void request_conditions_clear(struct request_conditions *asked)
{
    for (size_t i = 0; i < sizeof(asked->values) / sizeof(asked->values[0]); i++)
        free(asked->values[i]);
    memset(asked, 0, sizeof(*asked));
}
