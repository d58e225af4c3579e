/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_plugins.h"

#include <string.h>

struct plugin {
    const char *file, *name, *description;
    const struct maps_option *options;
};
struct plugins {
    size_t count;
    struct plugin items[2];
};

static const struct maps_option sandbox_options[] = {
    { sizeof(struct maps_option), "bwrap", MAPS_OPTION_STRING, 0, "/usr/bin/bwrap", "BWRAP",
      "The bubblewrap program.", 0, 0 },
    { sizeof(struct maps_option), "tmp_bytes", MAPS_OPTION_BYTES, 0, "64M", NULL,
      "Size of a job's /tmp.", 4096, 1073741824 },
    { sizeof(struct maps_option), "strict", MAPS_OPTION_BOOL, 0, "true", NULL, "Refuse.", 0, 0 },
    { sizeof(struct maps_option), "binds", MAPS_OPTION_LIST, 0, "/usr,/etc/ssl", NULL,
      "Folders that scripts can read.", 0, 0 },
    { sizeof(struct maps_option), "factor", MAPS_OPTION_NUMBER, 0, "1.5", NULL, "Any.", 0, 0 },
    { sizeof(struct maps_option), "password", MAPS_OPTION_STRING, 1, NULL, NULL, "Secret.", 0, 0 },
    MAPS_OPTION_END,
};

static const struct plugins fakes = {
    .count = 2,
    .items = { { .file = "docker.so" },
               { .file = "sandbox.so",
                 .name = "sandbox",
                 .description = "Runs scripts here",
                 .options = sandbox_options } },
};

/* As a plugin of a later time has it: the same fields, and one more. */
struct later_option {
    struct maps_option option;
    const char *appended;
};
#define LATER(NAME, TYPE, DEFAULT)                                                                 \
    {                                                                                              \
        { sizeof(struct later_option), NAME, TYPE, 0, DEFAULT, NULL, NULL, 0, 0 }, "later"         \
    }

static const struct later_option wide_options[] = {
    LATER("first", MAPS_OPTION_STRING, "one"),
    LATER("second", MAPS_OPTION_INT, "2"),
    LATER(NULL, 0, NULL),
};

static const struct plugins odd_ones = {
    .count = 2,
    .items = { { .file = "jobs.so", .name = "jobs", .options = sandbox_options },
               { .file = "wide.so", .name = "wide", .options = &wide_options[0].option } },
};

const struct plugins *fake_odd_plugins(void)
{
    return &odd_ones;
}

const struct plugins *fake_plugins(void)
{
    return &fakes;
}

size_t plugins_count(const struct plugins *plugins)
{
    return plugins->count;
}

struct plugin *plugins_at(const struct plugins *plugins, size_t index)
{
    return (struct plugin *)(uintptr_t)&plugins->items[index];
}

struct plugin *plugins_find(const struct plugins *plugins, const char *name)
{
    for (size_t i = 0; i < plugins->count; i++)
        if (plugins->items[i].name != NULL && strcmp(plugins->items[i].name, name) == 0)
            return plugins_at(plugins, i);
    return NULL;
}

char *plugins_names(const struct plugins *plugins)
{
    return strdup(plugins->items[1].name);
}

void plugin_info(const struct plugin *plugin, struct plugin_info *info)
{
    *info = (struct plugin_info){ .file = plugin->file,
                                  .name = plugin->name,
                                  .description = plugin->description };
}

const struct maps_option *plugin_options(const struct plugin *plugin)
{
    return plugin->options;
}
