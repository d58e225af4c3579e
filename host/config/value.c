/* SPDX-License-Identifier: Apache-2.0 */
#include "config/value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SHOWN_BYTES = 60 }; /* of a wrong value, in a message */

bool value_parse_int(const char *text, int64_t *number)
{
    char *end = NULL;

    /* strtoll would let leading space and "+" pass. */
    if (text[0] != '-' && (text[0] < '0' || text[0] > '9'))
        return false;
    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

bool value_parse_bytes(const char *text, int64_t *bytes)
{
    static const char suffixes[] = "KMGT";
    char digits[24];
    size_t length = strlen(text);
    int shift = 0;

    if (length == 0 || length >= sizeof(digits))
        return false;
    memcpy(digits, text, length + 1);
    const char *suffix = strchr(suffixes, text[length - 1]);
    if (suffix != NULL) {
        digits[length - 1] = '\0';
        shift = 10 * (int)(suffix - suffixes + 1);
    }
    if (!value_parse_int(digits, bytes) || *bytes < 0 || *bytes > INT64_MAX >> shift)
        return false;
    *bytes <<= shift;
    return true;
}

bool value_parse_number(const char *text, double *number)
{
    char *end = NULL;

    /* No "inf", "nan" or hexadecimal. */
    if (text[0] == '\0' || strspn(text, "0123456789.-+eE") != strlen(text))
        return false;
    *number = strtod(text, &end);
    return *end == '\0' && isfinite(*number);
}

bool value_parse_bool(const char *text, bool *truth)
{
    static const char *const yes[] = { "true", "yes", "on", "1" };
    static const char *const no[] = { "false", "no", "off", "0" };

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        *truth = strcasecmp(text, yes[i]) == 0;
        if (*truth || strcasecmp(text, no[i]) == 0)
            return true;
    }
    return false;
}

static bool in_range(const struct maps_option *option, int64_t number)
{
    return (option->min == 0 && option->max == 0) ||
           (number >= option->min && number <= option->max);
}

/* Is this kind of entry right for this type, before its text is looked at? */
static bool kind_fits(uint32_t type, enum entry_kind kind)
{
    if (kind == ENTRY_TEXT)
        return true;
    switch (type) {
    case MAPS_OPTION_INT:
        return kind == ENTRY_INTEGER;
    case MAPS_OPTION_BYTES:
        return kind == ENTRY_INTEGER || kind == ENTRY_STRING;
    case MAPS_OPTION_NUMBER:
        return kind == ENTRY_INTEGER || kind == ENTRY_NUMBER;
    case MAPS_OPTION_BOOL:
        return kind == ENTRY_BOOL;
    case MAPS_OPTION_LIST:
        return kind == ENTRY_LIST;
    default:
        return kind == ENTRY_STRING;
    }
}

static void split_list(struct pool *pool, const char *text, struct value *value)
{
    const char **items = NULL;

    value->item_count = 0;
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        const char *start = text + strspn(text, " \t");
        const char *end = text + length;
        while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
            end--;
        if (start < end) {
            const char **larger = pool_grow(pool, items, value->item_count, sizeof(*items));
            if (larger == NULL)
                break;
            items = larger;
            items[value->item_count++] = pool_copy_bytes(pool, start, (size_t)(end - start));
        }
        text += length + (text[length] == ',');
    }
    const char **ended = pool_grow(pool, items, value->item_count, sizeof(*items));
    if (ended != NULL)
        ended[value->item_count] = NULL;
    value->items = ended;
    if (ended == NULL)
        value->item_count = 0;
}

static const char *join_list(struct pool *pool, const struct value *value)
{
    const char *joined = pool_copy(pool, "");

    for (size_t i = 0; i < value->item_count; i++)
        joined = pool_format(pool, "%s%s%s", joined, i > 0 ? "," : "", value->items[i]);
    return joined;
}

static bool read_list(struct pool *pool, const struct entry *entry, struct value *value)
{
    if (entry->kind == ENTRY_TEXT) {
        split_list(pool, entry->text, value);
    } else {
        value->items = entry->items;
        value->item_lines = entry->item_lines;
        value->item_count = entry->item_count;
    }
    value->text = join_list(pool, value);
    return true;
}

static bool read_integer(struct pool *pool, const struct maps_option *option, const char *text,
                         struct value *value)
{
    int64_t number = 0;
    bool right = option->type == MAPS_OPTION_BYTES ? value_parse_bytes(text, &number)
                                                   : value_parse_int(text, &number);

    if (!right || !in_range(option, number))
        return false;
    value->text = pool_format(pool, "%" PRId64, number);
    return true;
}

static bool read_value(struct pool *pool, const struct maps_option *option,
                       const struct entry *entry, struct value *value)
{
    double number = 0;
    bool truth = false;

    if (!kind_fits(option->type, entry->kind))
        return false;
    switch (option->type) {
    case MAPS_OPTION_INT:
    case MAPS_OPTION_BYTES:
        return read_integer(pool, option, entry->text, value);
    case MAPS_OPTION_NUMBER:
        if (!value_parse_number(entry->text, &number))
            return false;
        value->text = pool_format(pool, "%.15g", number);
        return true;
    case MAPS_OPTION_BOOL:
        if (!value_parse_bool(entry->text, &truth))
            return false;
        value->text = truth ? "true" : "false";
        return true;
    case MAPS_OPTION_LIST:
        return read_list(pool, entry, value);
    default:
        value->text = entry->text;
        return true;
    }
}

const char *value_bytes_text(struct pool *pool, const char *digits)
{
    int64_t bytes = 0;
    int suffix = 0;

    if (!value_parse_int(digits, &bytes))
        return digits;
    while (bytes != 0 && bytes % 1024 == 0 && suffix < 4) {
        bytes /= 1024;
        suffix++;
    }
    return suffix == 0 ? digits : pool_format(pool, "%" PRId64 "%c", bytes, " KMGT"[suffix]);
}

static const char *bound_text(struct pool *pool, const struct maps_option *option, int64_t bound)
{
    const char *digits = pool_format(pool, "%" PRId64, bound);

    return option->type == MAPS_OPTION_BYTES && digits != NULL ? value_bytes_text(pool, digits)
                                                               : digits;
}

const char *value_expected(struct pool *pool, const struct maps_option *option)
{
    static const char *const names[] = {
        [MAPS_OPTION_STRING] = "a string",
        [MAPS_OPTION_INT] = "an integer",
        [MAPS_OPTION_BOOL] = "true or false",
        [MAPS_OPTION_LIST] = "a list of strings",
        [MAPS_OPTION_BYTES] = "a size in bytes (1048576 or \"1M\")",
        [MAPS_OPTION_NUMBER] = "a decimal number",
    };
    const char *name = option->type < sizeof(names) / sizeof(names[0]) ? names[option->type] : NULL;

    if (name == NULL)
        name = "a string";
    if (option->min == 0 && option->max == 0)
        return name;
    if (option->max == INT64_MAX)
        return pool_format(pool, "%s of at least %s", name, bound_text(pool, option, option->min));
    return pool_format(pool, "%s from %s to %s", name, bound_text(pool, option, option->min),
                       bound_text(pool, option, option->max));
}

const char *value_type(struct pool *pool, const struct maps_option *option)
{
    static const char *const names[] = {
        [MAPS_OPTION_STRING] = "string", [MAPS_OPTION_INT] = "integer",
        [MAPS_OPTION_BOOL] = "boolean",  [MAPS_OPTION_LIST] = "list",
        [MAPS_OPTION_BYTES] = "bytes",   [MAPS_OPTION_NUMBER] = "number",
    };
    const char *name = option->type < sizeof(names) / sizeof(names[0]) ? names[option->type] : NULL;

    if (name == NULL)
        name = "string";
    if (option->min == 0 && option->max == 0)
        return name;
    if (option->max == INT64_MAX)
        return pool_format(pool, "%s, at least %s", name, bound_text(pool, option, option->min));
    return pool_format(pool, "%s, %s to %s", name, bound_text(pool, option, option->min),
                       bound_text(pool, option, option->max));
}

static const char *shown(struct pool *pool, const struct maps_option *option,
                         const struct entry *entry)
{
    switch (entry->kind) {
    case ENTRY_LIST:
        return "a list";
    case ENTRY_MIXED_LIST:
        return "a list with something else than strings in it";
    case ENTRY_GROUP:
        return "a section in braces";
    case ENTRY_TEXT:
    case ENTRY_STRING:
        return option->secret ? "something else"
                              : pool_format(pool, "\"%.*s\"", SHOWN_BYTES, entry->text);
    default:
        return option->secret ? "something else" : entry->text;
    }
}

const char *value_check(struct pool *pool, const struct maps_option *option,
                        const struct entry *entry, struct value *value)
{
    if (read_value(pool, option, entry, value))
        return NULL;
    return pool_format(pool, "expected %s, got %s", value_expected(pool, option),
                       shown(pool, option, entry));
}

void value_default(struct pool *pool, const struct maps_option *option, struct value *value)
{
    const struct entry entry = { .kind = ENTRY_TEXT,
                                 .text =
                                     option->default_value == NULL ? "" : option->default_value };

    *value = (struct value){ 0 };
    if (option->default_value == NULL && option->type != MAPS_OPTION_LIST)
        return;
    /* A plugin's default outside its own range is taken as it stands. */
    if (!read_value(pool, option, &entry, value))
        value->text = entry.text;
}
