/* SPDX-License-Identifier: Apache-2.0 */
#include "config/environment.h"

#include <string.h>

void environment_copy(struct environment *environment, struct pool *pool, char **variables)
{
    for (size_t i = 0; variables != NULL && variables[i] != NULL; i++) {
        const char *equals = strchr(variables[i], '=');
        if (equals == NULL || equals[1] == '\0')
            continue;

        struct variable variable = {
            .name = pool_copy_bytes(pool, variables[i], (size_t)(equals - variables[i])),
            .value = pool_copy(pool, equals + 1),
        };
        struct variable *items =
            pool_grow(pool, environment->items, environment->count, sizeof(*items));
        if (items == NULL || variable.name == NULL || variable.value == NULL)
            return;
        environment->items = items;
        items[environment->count++] = variable;
    }
}

struct variable *environment_find(const struct environment *environment, const char *name)
{
    for (size_t i = 0; i < environment->count; i++)
        if (strcmp(environment->items[i].name, name) == 0)
            return &environment->items[i];
    return NULL;
}

const char *environment_get(const struct environment *environment, const char *name)
{
    const struct variable *variable = environment_find(environment, name);

    return variable == NULL ? NULL : variable->value;
}

char *environment_name(struct pool *pool, const char *path)
{
    char *name = pool_format(pool, "MAPS_%s", path);

    /* By hand, because toupper() depends on the locale. */
    for (char *at = name; at != NULL && *at != '\0'; at++) {
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
        else if (!((*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9')))
            *at = '_';
    }
    return name;
}
