/* SPDX-License-Identifier: Apache-2.0 */
#include "http/conditions.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

/* ---- dates ---- */

bool http_date_parse(const char *text, int64_t *seconds)
{
    static const char *const forms[] = { "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                         "%a %b %e %H:%M:%S %Y" };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct tm parts = { 0 };
        const char *end = strptime(text, forms[i], &parts);

        if (end != NULL && end[strspn(end, " \t")] == '\0') {
            *seconds = (int64_t)timegm(&parts);
            return true;
        }
    }
    return false;
}

/* ---- tags ---- */

/* The length of the tag, with W/ if it is weak, that `text` begins with; 0: it is none. */
static size_t tag_length(const char *text)
{
    size_t length = strncmp(text, "W/", 2) == 0 ? 2 : 0;

    if (text[length++] != '"')
        return 0;
    length += strcspn(text + length, "\"");
    return text[length] == '"' ? length + 1 : 0;
}

/* Do both begin with the same opaque text, and may they be weak? */
static bool tags_match(const char *given, size_t length, const char *etag, bool weakly)
{
    size_t weak = given[0] == 'W' ? 2 : 0;

    return etag != NULL && (weak == 0 || weakly) && length - weak == strlen(etag) &&
           memcmp(given + weak, etag, length - weak) == 0;
}

/* "*" matches whatever there is. */
static bool list_matches(const char *list, const char *etag, bool weakly)
{
    static const char between[] = " \t,";

    list += strspn(list, between);
    if (strcmp(list, "*") == 0)
        return true;
    while (*list != '\0') {
        size_t length = tag_length(list);

        if (length == 0)
            return false;
        if (tags_match(list, length, etag, weakly))
            return true;
        list += length;
        list += strspn(list, between);
    }
    return false;
}

/* ---- the conditions ---- */

/* A date that cannot be read, and one for a file without date, asks for nothing. */
static bool newer_than(const struct validators *file, const char *date, bool unknown)
{
    int64_t seconds;

    if (file->modified_s == NO_DATE || !http_date_parse(date, &seconds))
        return unknown;
    return file->modified_s > seconds;
}

enum condition_verdict conditions_check(const struct conditions *conditions,
                                        const struct validators *file)
{
    if (conditions->if_match != NULL) {
        if (!list_matches(conditions->if_match, file->etag, false))
            return CONDITION_FAILED;
    } else if (conditions->if_unmodified_since != NULL) {
        if (newer_than(file, conditions->if_unmodified_since, false))
            return CONDITION_FAILED;
    }
    if (conditions->if_none_match != NULL) {
        if (list_matches(conditions->if_none_match, file->etag, true))
            return CONDITION_NOT_MODIFIED;
    } else if (conditions->if_modified_since != NULL) {
        if (!newer_than(file, conditions->if_modified_since, true))
            return CONDITION_NOT_MODIFIED;
    }
    return CONDITION_HOLDS;
}

bool conditions_let_range(const struct conditions *conditions, const struct validators *file)
{
    const char *given = conditions->if_range;
    int64_t seconds;

    if (given == NULL)
        return true;
    size_t length = tag_length(given);
    if (length > 0)
        return given[length] == '\0' && tags_match(given, length, file->etag, false);
    return file->modified_s != NO_DATE && http_date_parse(given, &seconds) &&
           seconds == file->modified_s;
}
