/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/option_table.h"

#include "plugin/abi_copy.h"
#include "plugin/names.h"
#include "plugin/option_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 256, OPTION_NAME_MAX_BYTES = 64 };

static struct error *check_default(const struct maps_option *option)
{
    int64_t value;
    bool integral = option->type == MAPS_OPTION_INT || option->type == MAPS_OPTION_BYTES;
    bool bounded = option->min != 0 || option->max != 0;

    if (bounded && (!integral || option->min > option->max))
        return error_new(ERROR_INVALID, NULL,
                         "Its option %s has a range that no value can be in: from %lld to %lld.",
                         option->name, (long long)option->min, (long long)option->max);
    if (option->default_value == NULL)
        return NULL;
    if (!option_text_valid(option->default_value, option->type))
        return error_new(ERROR_INVALID, NULL,
                         "The default \"%s\" of its option %s is not a value "
                         "of the type %s.",
                         option->default_value, option->name, option_type_name(option->type));
    if (bounded && option_text_int(option->default_value, option->type, &value) &&
        (value < option->min || value > option->max))
        return error_new(ERROR_INVALID, NULL,
                         "The default %s of its option %s lies outside the option's own range.",
                         option->default_value, option->name);
    return NULL;
}

static struct error *check_option(const struct maps_option *option)
{
    if (!name_is_lower(option->name, OPTION_NAME_MAX_BYTES))
        return error_new(ERROR_INVALID, NULL,
                         "The name \"%.80s\" in its table of options is not of the form "
                         "[a-z][a-z0-9_]* with at most %d characters.",
                         option->name, OPTION_NAME_MAX_BYTES);
    if (option_type_name(option->type) == NULL)
        return error_new(ERROR_INVALID, NULL, "Its option %s has the unknown type %u.",
                         option->name, option->type);
    if (option->secret > 1)
        return error_new(ERROR_INVALID, NULL, "Its option %s says %u for secret; 0 or 1 is meant.",
                         option->name, option->secret);
    if (option->help == NULL || option->help[0] == '\0')
        return error_new(ERROR_INVALID, NULL, "Its option %s has no help text.", option->name);
    if (option->environment != NULL && !name_is_variable(option->environment))
        return error_new(ERROR_INVALID, NULL,
                         "Its option %s names \"%.80s\", which cannot be an environment variable.",
                         option->name, option->environment);
    return check_default(option);
}

static struct error *check_duplicate(const struct maps_option *table,
                                     const struct maps_option *option)
{
    for (const struct maps_option *other = table; other < option; other++) {
        if (strcmp(other->name, option->name) == 0)
            return error_new(ERROR_INVALID, NULL, "It has two options named %s.", option->name);
        if (other->environment != NULL && option->environment != NULL &&
            strcmp(other->environment, option->environment) == 0)
            return error_new(ERROR_INVALID, NULL, "Its options %s and %s both read %s.",
                             other->name, option->name, option->environment);
    }
    return NULL;
}

/* Entries lie as far apart as the plugin's own compiler put them. */
static const struct maps_option *next_entry(const struct maps_option *theirs)
{
    return (const struct maps_option *)(const void *)((const char *)theirs + theirs->size);
}

static struct error *fill(const struct maps_option *theirs, struct maps_option *own)
{
    for (size_t i = 0; i <= OPTIONS_MAX; i++, theirs = next_entry(theirs)) {
        struct error *err;

        if (!abi_size_sane(theirs->size, ABI_OPTION_MIN_BYTES))
            return error_new(ERROR_INVALID, NULL,
                             "Entry %zu of its table of options says it has %zu bytes; at least %d "
                             "are needed. End the table with MAPS_OPTION_END.",
                             i + 1, theirs->size, ABI_OPTION_MIN_BYTES);
        abi_copy(&own[i], sizeof(own[i]), theirs);
        if (own[i].name == NULL)
            return NULL;
        err = check_option(&own[i]);
        if (err == NULL)
            err = check_duplicate(own, &own[i]);
        if (err != NULL)
            return err;
    }
    return error_new(ERROR_INVALID, NULL,
                     "Its table of options has more than %d entries. End it with MAPS_OPTION_END.",
                     OPTIONS_MAX);
}

struct error *option_table_copy(const struct maps_option *theirs, struct maps_option **own)
{
    struct maps_option *table = calloc(OPTIONS_MAX + 1, sizeof(*table));
    struct error *err;

    if (table == NULL)
        return error_errno(ENOMEM, "Reading its table of options");
    err = fill(theirs, table);
    if (err != NULL) {
        free(table);
        return err;
    }
    *own = table;
    return NULL;
}

const struct maps_option *option_table_find(const struct maps_option *table, const char *name)
{
    for (; table != NULL && table->name != NULL; table++)
        if (strcmp(table->name, name) == 0)
            return table;
    return NULL;
}
