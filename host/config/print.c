/* SPDX-License-Identifier: Apache-2.0 */
/* --check-config, --print-config and --help: what is wrong, what holds, what there is. */
#include "config/config_state.h"

#include <string.h>

void config_print_problems(const struct config *config, FILE *out)
{
    for (size_t i = 0; i < config_problem_count(config); i++) {
        const struct config_problem *problem = config_problem_at(config, i);
        if (problem->line > 0)
            fprintf(out, "%s:%d: ", problem->file, problem->line);
        else
            fprintf(out, "%s: ", problem->file);
        fprintf(out, "%s%s\n", problem->warning ? "warning: " : "", problem->message);
    }
}

/* ---- effective values ---- */

static void print_quoted(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        if ((unsigned char)*text < ' ')
            fprintf(out, "\\x%02x", (unsigned)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static void print_list(const struct value *value, FILE *out)
{
    fputs("[", out);
    for (size_t i = 0; i < value->item_count; i++) {
        fputs(i == 0 ? " " : ", ", out);
        print_quoted(value->items[i], out);
    }
    fputs(value->item_count == 0 ? "]" : " ]", out);
}

static void print_bytes(const char *digits, FILE *out)
{
    struct pool pool = { 0 };
    const char *text = value_bytes_text(&pool, digits);

    if (text != NULL && text != digits)
        print_quoted(text, out);
    else
        fputs(digits, out);
    pool_free(&pool);
}

static void print_value(const struct resolved *resolved, FILE *out)
{
    bool empty = resolved->value.text == NULL || resolved->value.text[0] == '\0';

    if (resolved->option->secret && !empty)
        fputs("(hidden)", out);
    else if (resolved->option->type == MAPS_OPTION_LIST)
        print_list(&resolved->value, out);
    else if (resolved->value.text == NULL)
        fputs("(unset)", out);
    else if (resolved->option->type == MAPS_OPTION_BYTES)
        print_bytes(resolved->value.text, out);
    else if (resolved->option->type == MAPS_OPTION_STRING)
        print_quoted(resolved->value.text, out);
    else
        fputs(resolved->value.text, out);
}

static void print_origin(const struct origin *origin, FILE *out)
{
    switch (origin->layer) {
    case LAYER_FILE:
        fprintf(out, "%s:%d", origin->file, origin->line);
        break;
    case LAYER_ENVIRONMENT:
        fprintf(out, "environment %s", origin->variable);
        break;
    case LAYER_COMMAND_LINE:
        fputs("command line", out);
        break;
    case LAYER_DEFAULT:
        fputs("default", out);
        break;
    }
}

void config_print(const struct config *config, const struct plugins *plugins, FILE *out)
{
    size_t section = 0;

    for (size_t i = 0; i < config->resolved_count; i++) {
        const struct resolved *resolved = &config->resolved[i];
        const char *name = config->sections[resolved->section].name;
        const char *description = NULL;
        if (resolved->section != section) {
            section = resolved->section;
            if (config->sections[section].kind == SECTION_PLUGIN)
                description = sections_plugin_description(plugins, name);
            fputc('\n', out);
            if (description != NULL)
                fprintf(out, "# %s: %s\n", name, description);
        }
        fprintf(out, "%s = ", resolved->path);
        print_value(resolved, out);
        fputs("  # ", out);
        print_origin(&resolved->origin, out);
        fputc('\n', out);
    }
}

/* ---- the options there are ---- */

static const char *default_text(struct pool *pool, const struct maps_option *option,
                                const char *path)
{
    const char *computed = option_computed_default(path);

    if (computed != NULL)
        return computed;
    if (option->default_value == NULL || option->default_value[0] == '\0')
        return option->type == MAPS_OPTION_LIST ? "none" : "unset";
    return option->type == MAPS_OPTION_STRING ? pool_format(pool, "\"%s\"", option->default_value)
                                              : option->default_value;
}

static void print_option(struct pool *pool, const char *prefix, const struct maps_option *option,
                         FILE *out)
{
    const char *path = prefix[0] == '\0' ? pool_copy(pool, option->name)
                                         : pool_format(pool, "%s.%s", prefix, option->name);
    const char *variable = path == NULL ? NULL : environment_name(pool, path);

    if (variable == NULL)
        return;
    const char *choices = option_choices(path);
    const char *expected = value_expected(pool, option);
    const char *usual = option->secret ? "unset" : default_text(pool, option, path);
    if (pool->failed)
        return;
    fprintf(out, "  %s\n", path);
    fprintf(out, "      %s\n", option->help == NULL ? "" : option->help);
    fprintf(out, "      %s; default: %s%s\n", choices == NULL ? expected : choices, usual,
            option_needs_restart(path) ? "; needs a restart" : "");
    fprintf(out, "      %s%s%s\n", variable, option->environment == NULL ? "" : " or ",
            option->environment == NULL ? "" : option->environment);
}

static void print_section(struct pool *pool, const struct section *section,
                          const struct plugins *plugins, FILE *out)
{
    const struct maps_option *option = section->options;

    if (section->kind == SECTION_PLUGIN) {
        const char *description = sections_plugin_description(plugins, section->name);
        fprintf(out, "\nPlugin %s%s%s\n", section->name, description == NULL ? "" : ": ",
                description == NULL ? "" : description);
    } else {
        fputs(section->kind == SECTION_HOST ? "Host\n" : "\nEach profile\n", out);
    }
    for (; option != NULL && option->name != NULL; option = option_next(option))
        print_option(pool, section->prefix, option, out);
}

void config_print_options(const struct plugins *plugins, FILE *out)
{
    const struct section profile = { .kind = SECTION_PROFILE,
                                     .prefix = "profiles.NAME",
                                     .name = "NAME",
                                     .options = profile_options };
    struct config config = { 0 };

    config.problems.pool = &config.pool;
    sections_add_host(&config);
    sections_add(&config, &profile);
    sections_add_plugins(&config, plugins);
    for (size_t i = 0; i < config.section_count; i++)
        print_section(&config.pool, &config.sections[i], plugins, out);
    pool_free(&config.pool);
}
