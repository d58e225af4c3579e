/* SPDX-License-Identifier: Apache-2.0 */
#include "config/duplicates.h"

#include "config/text_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libconfig lets names have it, people do not write it. */
static const char mark[] = "*again*";

enum { DEPTH_MAX = 64 };

struct name {
    const char *at;
    size_t length;
    int line;
    unsigned group;
};

struct finder {
    struct pool *pool;
    struct text_scan scan;
    struct name *names; /* the first of each in its group */
    size_t count, duplicates;
    unsigned groups[DEPTH_MAX], last_group; /* numbers of the open ones */
    size_t depth;
    const char *copied; /* up to here the text is in `out` */
    FILE *out;
    duplicate_fn found;
    void *context;
};

static const struct name *find(const struct finder *finder, const struct name *name)
{
    for (size_t i = 0; i < finder->count; i++) {
        const struct name *known = &finder->names[i];
        if (known->group == name->group && known->length == name->length &&
            memcmp(known->at, name->at, name->length) == 0)
            return known;
    }
    return NULL;
}

static void mark_it(struct finder *finder, const struct name *name, int first_line)
{
    const struct duplicate duplicate = { name->at, name->length, name->line, first_line };
    const char *end = name->at + name->length;

    (void)fwrite(finder->copied, 1, (size_t)(end - finder->copied), finder->out);
    (void)fprintf(finder->out, "%s%zu", mark, ++finder->duplicates);
    finder->copied = end;
    finder->found(finder->context, &duplicate);
}

static void remember(struct finder *finder, const struct name *name)
{
    struct name *names =
        pool_grow(finder->pool, finder->names, finder->count, sizeof(*finder->names));

    if (names == NULL)
        return;
    finder->names = names;
    names[finder->count++] = *name;
}

/* A word is a name if a value follows. */
static void take_word(struct finder *finder, size_t length)
{
    const struct name name = { finder->scan.at, length, finder->scan.line,
                               finder->groups[finder->depth] };

    text_scan_to(&finder->scan, finder->scan.at + length);
    struct text_scan ahead = finder->scan;
    while (text_scan_skip(&ahead))
        continue;
    if (*ahead.at != '=' && *ahead.at != ':')
        return;
    const struct name *first = find(finder, &name);
    if (first == NULL)
        remember(finder, &name);
    else
        mark_it(finder, &name, first->line);
}

/* False: this is nested deeper than any settings are. */
static bool take_sign(struct finder *finder)
{
    char sign = *finder->scan.at;

    text_scan_to(&finder->scan, finder->scan.at + 1);
    if (sign == '{' && finder->depth + 1 == DEPTH_MAX)
        return false;
    if (sign == '{')
        finder->groups[++finder->depth] = ++finder->last_group;
    else if (sign == '}' && finder->depth > 0)
        finder->depth--;
    return true;
}

static void find_all(struct finder *finder)
{
    while (*finder->scan.at != '\0') {
        size_t length = text_scan_word(&finder->scan);
        if (length > 0)
            take_word(finder, length);
        else if (!text_scan_skip(&finder->scan) && !take_sign(finder))
            break;
    }
    (void)fputs(finder->copied, finder->out);
}

const char *duplicates_mark(struct pool *pool, const char *text, duplicate_fn found, void *context)
{
    char *marked = NULL;
    size_t size = 0;
    struct finder finder = { .pool = pool,
                             .scan = { .at = text, .line = 1 },
                             .copied = text,
                             .found = found,
                             .context = context };

    finder.out = open_memstream(&marked, &size);
    if (finder.out == NULL)
        return NULL;
    find_all(&finder);
    bool whole = fclose(finder.out) == 0 && finder.duplicates > 0;
    const char *copy = whole ? pool_copy(pool, marked) : NULL;
    free(marked);
    return copy;
}

bool duplicates_is_marked(const char *name)
{
    return strstr(name, mark) != NULL;
}
