/* SPDX-License-Identifier: Apache-2.0 */
/* What no single type or range can tell: addresses, names, and values that do not go
 * together. */
#include "config/address.h"
#include "config/config_state.h"
#include "config/text_checks.h"

#include <math.h>
#include <string.h>

static const char *name_of(const struct resolved *resolved)
{
    return resolved->origin.variable != NULL ? resolved->origin.variable : resolved->path;
}

static void check_listen(struct config *config)
{
    const struct resolved *listen = resolved_find(config, "listen");
    char address[INET6_ADDRSTRLEN];
    uint16_t port = 0;

    if (listen == NULL || address_parse(listen->value.text, address, &port))
        return;
    problem_add(&config->problems, &listen->origin,
                "%s: expected a numeric address and a port such as \"127.0.0.1:8000\", "
                "\"0.0.0.0:8000\" or \"[::1]:8000\", got \"%s\"",
                name_of(listen), listen->value.text);
}

static void check_folder(struct config *config, const char *path)
{
    const struct resolved *folder = resolved_find(config, path);

    if (folder == NULL)
        return;
    if (folder->value.text == NULL || folder->value.text[0] == '\0')
        problem_add(&config->problems, &folder->origin, "%s: name a folder", name_of(folder));
    else if (folder->value.text[0] != '/' && folder->origin.layer == LAYER_FILE)
        problem_add(&config->problems, &folder->origin,
                    "%s: expected an absolute path in a file, got \"%s\"", name_of(folder),
                    folder->value.text);
}

static void check_choices(struct config *config)
{
    for (size_t i = 0; i < config->resolved_count; i++) {
        const struct resolved *resolved = &config->resolved[i];
        const char *choices = option_choices(resolved->path);
        if (choices != NULL && !text_is_one_of(resolved->value.text, choices))
            problem_add(&config->problems, &resolved->origin, "%s: expected one of %s, got \"%s\"",
                        name_of(resolved), choices, resolved->value.text);
    }
}

static void check_token(struct config *config)
{
    const struct resolved *token = resolved_find(config, "token");
    const char *auth = resolved_text(config, "auth");

    if (token == NULL || token->value.text == NULL)
        return;
    if (!text_is_token(token->value.text))
        problem_add(&config->problems, &token->origin,
                    "%s: a token is one or more visible ASCII characters without spaces",
                    name_of(token));
    if (auth != NULL && strcmp(auth, "none") == 0)
        problem_warn(&config->problems, &token->origin, "%s: not used, because auth is \"none\"",
                     name_of(token));
}

static void check_items(struct config *config, const char *path, bool (*right)(const char *),
                        const char *expected)
{
    const struct resolved *list = resolved_find(config, path);

    for (size_t i = 0; list != NULL && i < list->value.item_count; i++)
        if (!right(list->value.items[i]))
            problem_add(&config->problems, &list->origin, "%s: expected %s, got \"%s\"",
                        name_of(list), expected, list->value.items[i]);
}

static const char *amount(struct config *config, const struct resolved *resolved)
{
    return resolved->option->type == MAPS_OPTION_BYTES
               ? value_bytes_text(&config->pool, resolved->value.text)
               : resolved->value.text;
}

/* Below these no engine starts a process: Docker refuses less than 6 MiB and 0.01 CPUs;
 * PID 1, its supervisor, the script and one child are 4. */
static const struct limit {
    const char *name;
    double least, most; /* most: only where the type has no range of its own */
    const char *expected;
} limit_table[] = {
    { "cpus", 0.01, 1000, "0 or a number from 0.01 to 1000" },
    { "memory_bytes", 6 << 20, INFINITY, "0 or at least \"6M\"" },
    { "pids", 4, INFINITY, "0 or at least 4" },
    { "disk_bytes", 4096, INFINITY, "0 or at least \"4K\"" },
    { "output_bytes", 1, INFINITY, "0 or at least 1" },
};
enum { LIMIT_COUNT = sizeof(limit_table) / sizeof(limit_table[0]) };

static const struct limit *limit_of(const struct config *config, const struct resolved *resolved)
{
    const char *dot = strrchr(resolved->path, '.');

    if (config->sections[resolved->section].kind == SECTION_PLUGIN || dot == NULL)
        return NULL;
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        if (strcmp(dot + 1, limit_table[i].name) == 0)
            return &limit_table[i];
    return NULL;
}

static void check_limit_values(struct config *config)
{
    for (size_t i = 0; i < config->resolved_count; i++) {
        const struct resolved *resolved = &config->resolved[i];
        const struct limit *limit = limit_of(config, resolved);
        double number = 0;
        if (limit == NULL || !value_parse_number(resolved->value.text, &number) ||
            fpclassify(number) == FP_ZERO)
            continue;
        if (number < limit->least || number > limit->most)
            problem_add(&config->problems, &resolved->origin, "%s: expected %s, got %s",
                        name_of(resolved), limit->expected, amount(config, resolved));
    }
}

/* What a zero means in `value` decides whether it can be over the bound. */
enum zero { ZERO_IS_UNLIMITED, ZERO_IS_INHERITED };

/* Both are numbers; a bound of 0 is none. */
static void check_bound(struct config *config, const struct resolved *value,
                        const struct resolved *bound, enum zero zero)
{
    double number = 0, most = 0;

    if (value == NULL || bound == NULL || !value_parse_number(value->value.text, &number) ||
        !value_parse_number(bound->value.text, &most) || most <= 0)
        return;
    bool unlimited = fpclassify(number) == FP_ZERO;
    bool over = number > most || (unlimited && zero == ZERO_IS_UNLIMITED);
    if (!over)
        return;
    /* Blame what somebody wrote, not a default. */
    if (value->origin.layer == LAYER_DEFAULT)
        problem_add(&config->problems, &bound->origin, "%s: %s is below %s (%s); lower that too",
                    name_of(bound), amount(config, bound), value->path, amount(config, value));
    else
        problem_add(&config->problems, &value->origin, "%s: %s%s is above %s (%s)", name_of(value),
                    amount(config, value), unlimited ? " (no limit)" : "", bound->path,
                    amount(config, bound));
}

static void check_limits(struct config *config)
{
    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        const char *value = pool_format(&config->pool, "limits.default.%s", limit_table[i].name);
        const char *bound = pool_format(&config->pool, "limits.max.%s", limit_table[i].name);
        if (value != NULL && bound != NULL)
            check_bound(config, resolved_find(config, value), resolved_find(config, bound),
                        ZERO_IS_UNLIMITED);
    }
}

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

static void check_profile(struct config *config, size_t index)
{
    const struct section *section = &config->sections[index];
    const struct resolved *command = resolved_in(config, index, "command");
    const struct resolved *script_name = resolved_in(config, index, "script_name");
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
                    name_of(script_name), script_name->value.text);
    check_profile_limits(config, index);
}

static void check_profiles(struct config *config)
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
                    "%s: there is no profile \"%s\" (profiles: %s)", name_of(chosen),
                    chosen->value.text, names == NULL ? "" : names);
}

void checks_report(struct config *config)
{
    check_listen(config);
    check_folder(config, "data_dir");
    check_folder(config, "plugin_dir");
    check_folder(config, "libexec_dir");
    check_choices(config);
    check_token(config);
    check_items(config, "http.allowed_hosts", text_is_host,
                "a host name with or without a port, such as \"maps.example.org\"");
    check_items(config, "http.allowed_origins", text_is_origin,
                "an origin such as \"https://maps.example.org\"");
    check_items(config, "jobs.allowed_networks", text_is_network,
                "the name of a network other than \"none\"");
    check_limit_values(config);
    check_bound(config, resolved_find(config, "jobs.timeout_seconds"),
                resolved_find(config, "jobs.max_timeout_seconds"), ZERO_IS_UNLIMITED);
    check_limits(config);
    check_profiles(config);
}
