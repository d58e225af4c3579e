/* SPDX-License-Identifier: Apache-2.0 */
/* --check-config and --print-config: what is wrong, what holds. */
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
