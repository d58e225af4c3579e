/* SPDX-License-Identifier: Apache-2.0 */
#include "config/describe.h"

#include "config/config_state.h"

#include <string.h>

/* "token|none" -> "token or none"; "a|b|c" -> "a, b or c" */
static const char *spell_choices(struct pool *pool, const char *choices)
{
    const char *words = "", *between = "";

    while (words != NULL) {
        size_t length = strcspn(choices, "|");
        const char *next = choices + length + 1;
        words = pool_format(pool, "%s%s%.*s", words, between, (int)length, choices);
        if (choices[length] == '\0')
            break;
        choices = next;
        between = strchr(choices, '|') == NULL ? " or " : ", ";
    }
    return words;
}

static void describe_default(const struct maps_option *option, struct option_text *text)
{
    const char *computed = option_computed_default(text->path);

    text->usual_is_value = false;
    if (option->secret != 0)
        text->usual = "unset";
    else if (computed != NULL)
        text->usual = computed;
    else if (option->default_value == NULL || option->default_value[0] == '\0')
        text->usual = option->type == MAPS_OPTION_LIST ? "none" : "unset";
    else {
        text->usual = option->default_value;
        text->usual_is_value = true;
    }
}

static const char *section_of(struct pool *pool, const struct section *table, const char *path)
{
    if (table->kind == SECTION_PROFILE)
        return "profiles";
    if (strchr(path, '.') == NULL)
        return "general";
    return pool_copy_bytes(pool, path, strcspn(path, "."));
}

static void visit_option(struct pool *pool, const struct section *table,
                         const struct maps_option *option, const struct option_visitor *visitor)
{
    const char *path = table->prefix[0] == '\0'
                           ? option->name
                           : pool_format(pool, "%s.%s", table->prefix, option->name);

    if (path == NULL)
        return;
    const char *choices = option_choices(path);
    struct option_text text = {
        .path = path,
        .section = section_of(pool, table, path),
        .type = choices == NULL ? value_type(pool, option) : spell_choices(pool, choices),
        .variable = environment_name(pool, path),
        .further_variable = option->environment,
        .help = option->help == NULL ? "" : option->help,
        .needs_restart = option_needs_restart(path),
    };
    describe_default(option, &text);
    if (!pool->failed)
        visitor->option(visitor->context, &text);
}

static const char *title_of(struct pool *pool, const struct section *table,
                            const struct plugins *plugins)
{
    if (table->kind == SECTION_HOST)
        return "Host";
    if (table->kind == SECTION_PROFILE)
        return "Each profile";
    const char *description = sections_plugin_description(plugins, table->name);
    return pool_format(pool, "Plugin %s%s%s", table->name, description == NULL ? "" : ": ",
                       description == NULL ? "" : description);
}

bool options_visit(const struct plugins *plugins, const struct option_visitor *visitor)
{
    const struct section profile = { .kind = SECTION_PROFILE,
                                     .prefix = "profiles.NAME",
                                     .name = "NAME",
                                     .options = profile_options };
    struct config config = { 0 };
    struct pool *pool = &config.pool;

    config.problems.pool = pool;
    sections_add_host(&config);
    sections_add(&config, &profile);
    sections_add_plugins(&config, plugins);
    for (size_t i = 0; i < config.section_count; i++) {
        const struct section *table = &config.sections[i];
        const char *title = title_of(pool, table, plugins);
        if (visitor->table != NULL && title != NULL)
            visitor->table(visitor->context, title);
        for (const struct maps_option *option = table->options;
             option != NULL && option->name != NULL; option = option_next(option))
            visit_option(pool, table, option, visitor);
    }
    bool whole = !pool->failed;
    pool_free(pool);
    return whole;
}
