/* SPDX-License-Identifier: Apache-2.0 */
#include "config/problems.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *problem_place(const struct origin *origin)
{
    switch (origin->layer) {
    case LAYER_FILE:
        return origin->file;
    case LAYER_ENVIRONMENT:
        return "environment";
    case LAYER_COMMAND_LINE:
        return "command line";
    case LAYER_DEFAULT:
        break;
    }
    return "configuration";
}

__attribute__((format(printf, 4, 0))) static void add(struct problems *problems,
                                                      const struct origin *origin, bool warning,
                                                      const char *format, va_list arguments)
{
    char *message = NULL;
    struct config_problem *items =
        pool_grow(problems->pool, problems->items, problems->count, sizeof(*items));

    if (items == NULL || vasprintf(&message, format, arguments) < 0) {
        problems->pool->failed = true;
        return;
    }
    problems->items = items;
    items[problems->count] = (struct config_problem){
        .file = problem_place(origin),
        .line = origin->layer == LAYER_FILE ? origin->line : 0,
        .warning = warning,
        .message = pool_copy(problems->pool, message),
    };
    free(message);
    if (items[problems->count].message != NULL)
        problems->count++;
}

void problem_add(struct problems *problems, const struct origin *origin, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(problems, origin, false, format, arguments);
    va_end(arguments);
}

void problem_warn(struct problems *problems, const struct origin *origin, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    add(problems, origin, true, format, arguments);
    va_end(arguments);
}

bool problems_fatal(const struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        if (!problems->items[i].warning)
            return true;
    return false;
}

struct problems problems_copy(const struct problems *problems)
{
    struct problems copy = { .pool = problems->pool };

    for (size_t i = 0; i < problems->count; i++) {
        struct config_problem *items = pool_grow(copy.pool, copy.items, copy.count, sizeof(*items));
        if (items == NULL)
            break;
        copy.items = items;
        items[copy.count++] = problems->items[i];
    }
    return copy;
}

static bool comes_before(const struct config_problem *a, const struct config_problem *b)
{
    int order = strcmp(a->file, b->file);

    return order < 0 || (order == 0 && a->line < b->line);
}

void problems_sort(struct problems *problems)
{
    /* Insertion keeps those of one line in the order they were found; they are few. */
    for (size_t i = 1; i < problems->count; i++) {
        struct config_problem moved = problems->items[i];
        size_t at = i;
        for (; at > 0 && comes_before(&moved, &problems->items[at - 1]); at--)
            problems->items[at] = problems->items[at - 1];
        problems->items[at] = moved;
    }
}
