/* SPDX-License-Identifier: Apache-2.0 */
/* What no single type or range can tell: addresses, names, and values that do not go
 * together. */
#include "config/address.h"
#include "config/checks_parts.h"
#include "config/text_checks.h"

#include <math.h>
#include <string.h>

const char *check_name(const struct resolved *resolved)
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
                check_name(listen), listen->value.text);
}

static void check_folder(struct config *config, const char *path)
{
    const struct resolved *folder = resolved_find(config, path);

    if (folder == NULL)
        return;
    if (folder->value.text == NULL || folder->value.text[0] == '\0')
        problem_add(&config->problems, &folder->origin, "%s: name a folder", check_name(folder));
    else if (folder->value.text[0] != '/' && folder->origin.layer == LAYER_FILE)
        problem_add(&config->problems, &folder->origin,
                    "%s: expected an absolute path in a file, got \"%s\"", check_name(folder),
                    folder->value.text);
}

static void check_choices(struct config *config)
{
    for (size_t i = 0; i < config->resolved_count; i++) {
        const struct resolved *resolved = &config->resolved[i];
        const char *choices = option_choices(resolved->path);
        if (choices != NULL && !text_is_one_of(resolved->value.text, choices))
            problem_add(&config->problems, &resolved->origin, "%s: expected one of %s, got \"%s\"",
                        check_name(resolved), choices, resolved->value.text);
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
                    check_name(token));
    if (auth != NULL && strcmp(auth, "none") == 0)
        problem_warn(&config->problems, &token->origin, "%s: not used, because auth is \"none\"",
                     check_name(token));
}

struct origin check_item_origin(const struct resolved *list, size_t index)
{
    struct origin origin = list->origin;

    if (origin.layer == LAYER_FILE && list->value.item_lines != NULL)
        origin.line = list->value.item_lines[index];
    return origin;
}

static void check_items(struct config *config, const char *path, bool (*right)(const char *),
                        const char *expected)
{
    const struct resolved *list = resolved_find(config, path);

    for (size_t i = 0; list != NULL && i < list->value.item_count; i++) {
        struct origin origin = check_item_origin(list, i);
        if (!right(list->value.items[i]))
            problem_add(&config->problems, &origin, "%s: expected %s, got \"%s\"", check_name(list),
                        expected, list->value.items[i]);
    }
}

static const char *amount(struct config *config, const struct resolved *resolved)
{
    return resolved->option->type == MAPS_OPTION_BYTES
               ? value_bytes_text(&config->pool, resolved->value.text)
               : resolved->value.text;
}

/* Below these no engine starts a process: Docker refuses less than 6 MiB and 0.01 CPUs;
 * PID 1, its supervisor, the script and one child are 4. */
const struct limit_check limit_table[LIMIT_COUNT] = {
    { "cpus", 0.01, 1000, "0 or a number from 0.01 to 1000" },
    { "memory_bytes", 6 << 20, INFINITY, "0 or at least \"6M\"" },
    { "pids", 4, INFINITY, "0 or at least 4" },
    { "disk_bytes", 4096, INFINITY, "0 or at least \"4K\"" },
    { "output_bytes", 1, INFINITY, "0 or at least 1" },
};

static const struct limit_check *limit_of(const struct config *config,
                                          const struct resolved *resolved)
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
        const struct limit_check *limit = limit_of(config, resolved);
        double number = 0;
        if (limit == NULL || !value_parse_number(resolved->value.text, &number) ||
            fpclassify(number) == FP_ZERO)
            continue;
        if (number < limit->least || number > limit->most)
            problem_add(&config->problems, &resolved->origin, "%s: expected %s, got %s",
                        check_name(resolved), limit->expected, amount(config, resolved));
    }
}

void check_bound(struct config *config, const struct resolved *value, const struct resolved *bound,
                 enum zero zero)
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
                    check_name(bound), amount(config, bound), value->path, amount(config, value));
    else
        problem_add(&config->problems, &value->origin, "%s: %s%s is above %s (%s)",
                    check_name(value), amount(config, value), unlimited ? " (no limit)" : "",
                    bound->path, amount(config, bound));
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
    /* One that is not there, or not yet mounted, is refused when a job names it. */
    check_items(config, "jobs.readable_paths", text_is_absolute_path,
                "the absolute path of a folder, such as \"/data\"");
    check_items(config, "jobs.writable_paths", text_is_absolute_path,
                "the absolute path of a folder, such as \"/data\"");
    check_limit_values(config);
    check_bound(config, resolved_find(config, "jobs.timeout_seconds"),
                resolved_find(config, "jobs.max_timeout_seconds"), ZERO_IS_UNLIMITED);
    check_limits(config);
    check_profiles(config);
}
