/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile can be: its name, command, environment, network and limits. */
#include "config/checks_parts.h"
#include "config/text_checks.h"

#include <string.h>

/* As much as a job's own env may bring. */
enum { PROFILE_ENVIRONMENT_MAX_BYTES = 65536 };

static void check_profile_limits(struct config *config, size_t section)
{
    check_bound(config, resolved_in(config, section, "timeout_seconds"),
                resolved_find(config, "jobs.max_timeout_seconds"), ZERO_IS_INHERITED);
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        const char *value = pool_format(&config->pool, "limits.%s", limit_table[i].name);
        const char *bound = pool_format(&config->pool, "limits.max.%s", limit_table[i].name);
        if (value != NULL && bound != NULL)
            check_bound(config, resolved_in(config, section, value), resolved_find(config, bound),
                        ZERO_IS_INHERITED);
    }
}

/* Where the profile begins: its section in the file, else whatever names it. */
static struct origin profile_origin(const struct config *config, const char *prefix)
{
    size_t length = strlen(prefix);

    for (size_t i = 0; i < config->entries.count; i++) {
        const struct entry *entry = &config->entries.items[i];
        if (entry->origin.layer != LAYER_DEFAULT && strncmp(entry->path, prefix, length) == 0 &&
            (entry->path[length] == '\0' || entry->path[length] == '.'))
            return entry->origin;
    }
    return (struct origin){ .layer = LAYER_DEFAULT };
}

static bool is_set_before(const struct value *environment, size_t index, size_t name_length)
{
    const char *item = environment->items[index];

    for (size_t i = 0; i < index; i++)
        if (strncmp(environment->items[i], item, name_length + 1) == 0)
            return true;
    return false;
}

/* What is wrong with one "NAME=value"; NULL: nothing.  Values may be secrets: they are not
 * shown. */
static const char *check_variable(struct config *config, const struct value *environment,
                                  size_t index)
{
    const char *item = environment->items[index];
    const char *equals = strchr(item, '=');
    size_t length = equals == NULL ? 0 : (size_t)(equals - item);

    if (equals == NULL)
        return "expected \"NAME=value\", got a text without \"=\"";
    if (!text_is_variable_name(item, length))
        return pool_format(&config->pool,
                           "expected \"NAME=value\" with a NAME of letters, digits and '_' that "
                           "does not begin with a digit, got the name \"%.*s\"",
                           (int)length, item);
    if (strncmp(item, "MAPS_", 5) == 0)
        return pool_format(&config->pool,
                           "variables that begin with MAPS_ are set by the host; choose another "
                           "name for \"%.*s\"",
                           (int)length, item);
    if (is_set_before(environment, index, length))
        return pool_format(&config->pool, "\"%.*s\" is set twice", (int)length, item);
    return NULL;
}

static void check_environment(struct config *config, const struct resolved *environment)
{
    size_t total = 0;

    for (size_t i = 0; i < environment->value.item_count; i++) {
        struct origin origin = check_item_origin(environment, i);
        const char *wrong = check_variable(config, &environment->value, i);
        if (wrong != NULL)
            problem_add(&config->problems, &origin, "%s: %s", check_name(environment), wrong);
        total += strlen(environment->value.items[i]) + 1;
    }
    if (total > PROFILE_ENVIRONMENT_MAX_BYTES)
        problem_add(&config->problems, &environment->origin,
                    "%s: %zu bytes together, at most %d are allowed", check_name(environment),
                    total, PROFILE_ENVIRONMENT_MAX_BYTES);
}

static void check_network(struct config *config, const struct resolved *network)
{
    const char *name = network->value.text;

    if (name != NULL && name[0] != '\0' && !text_is_network(name))
        problem_add(&config->problems, &network->origin,
                    "%s: expected the name of a network other than \"none\", got \"%s\"",
                    check_name(network), name);
}

static void check_profile(struct config *config, size_t index)
{
    const struct section *section = &config->sections[index];
    const struct resolved *command = resolved_in(config, index, "command");
    const struct resolved *script_name = resolved_in(config, index, "script_name");
    const struct resolved *environment = resolved_in(config, index, "environment");
    const struct resolved *network = resolved_in(config, index, "network");
    struct origin origin = profile_origin(config, section->prefix);

    if (!text_is_profile_name(section->name))
        problem_add(&config->problems, &origin,
                    "%s: a profile's name is a lower-case letter, then up to 31 lower-case "
                    "letters, digits, '-' or '_'",
                    section->prefix);
    /* A file that was cut short may have had it. */
    if (command != NULL && config->file_whole &&
        (command->value.item_count == 0 || command->value.items[0][0] == '\0'))
        problem_add(&config->problems, &origin,
                    "%s: the profile has no command; write command = [ \"/usr/bin/...\" ]",
                    section->prefix);
    if (script_name != NULL && !text_is_script_name(script_name->value.text))
        problem_add(&config->problems, &script_name->origin,
                    "%s: expected a file name of letters, digits, '.', '-' and '_' other than "
                    "request.json, input and output, got \"%s\"",
                    check_name(script_name), script_name->value.text);
    if (environment != NULL)
        check_environment(config, environment);
    if (network != NULL)
        check_network(config, network);
    check_profile_limits(config, index);
}

void check_profiles(struct config *config)
{
    const struct resolved *chosen = resolved_find(config, "default_profile");
    const char *names = "";
    bool found = false;

    for (size_t i = 0; i < config->section_count; i++) {
        const struct section *section = &config->sections[i];
        if (section->kind != SECTION_PROFILE)
            continue;
        check_profile(config, i);
        found = found || (chosen != NULL && strcmp(section->name, chosen->value.text) == 0);
        names = pool_format(&config->pool, "%s%s%s", names == NULL ? "" : names,
                            names == NULL || names[0] == '\0' ? "" : ", ", section->name);
    }
    if (chosen != NULL && !found && config->file_whole)
        problem_add(&config->problems, &chosen->origin,
                    "%s: there is no profile \"%s\" (profiles: %s)", check_name(chosen),
                    chosen->value.text, names == NULL ? "" : names);
}
