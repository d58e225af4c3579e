/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of plugins. */
#include "plugin/plugins.h"

#include "base/log.h"
#include "plugin/plugin.h"
#include "plugin/services.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct plugins {
    struct plugin_host host;
    struct plugin **items;
    size_t count;
};

static int is_plugin_file(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 3 && entry->d_name[0] != '.' && strcmp(entry->d_name + length - 3, ".so") == 0;
}

/* By bytes: the order must not depend on the operator's locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void check_name_free(const struct plugins *plugins, struct plugin *plugin)
{
    const struct plugin *other = plugins_find(plugins, plugin->name);

    if (other != NULL)
        plugin_refuse(plugin, error_new(ERROR_CONFLICT, NULL,
                                        "It is named %s, as is %s, which is loaded already. Remove "
                                        "one of the two files.",
                                        plugin->name, other->file));
}

static void log_result(const struct plugin *plugin)
{
    if (plugin->refusal != NULL)
        log_line(LOG_LEVEL_WARNING, NULL, plugin->name, "plugin refused: %s",
                 plugin->refusal->message);
    else
        log_line(LOG_LEVEL_DEBUG, NULL, plugin->name, "loaded %s: %s %s", plugin->file,
                 plugin->runner_type, plugin->version);
}

static struct error *add_file(struct plugins *plugins, int folder, const char *file)
{
    struct plugin *plugin = loader_map(folder, file);

    if (plugin == NULL)
        return error_errno(ENOMEM, "Loading the plugin %s", file);
    plugin->host = plugins->host;
    if (plugin->refusal == NULL)
        check_name_free(plugins, plugin);
    if (plugin->refusal == NULL)
        loader_start(plugin);
    log_result(plugin);
    plugins->items[plugins->count++] = plugin;
    return NULL;
}

static struct error *add_files(struct plugins *plugins, int folder, struct dirent **entries,
                               size_t count)
{
    struct error *err = NULL;

    plugins->items = calloc(count + 1, sizeof(*plugins->items));
    if (plugins->items == NULL)
        return error_errno(ENOMEM, "Loading plugins");
    for (size_t i = 0; err == NULL && i < count; i++)
        err = add_file(plugins, folder, entries[i]->d_name);
    return err;
}

static struct error *scan(struct plugins *plugins, const char *path, int folder)
{
    struct dirent **entries = NULL;
    int count = scandirat(folder, ".", &entries, is_plugin_file, by_name);
    struct error *err;

    if (count < 0)
        return error_errno(errno, "The plugin folder %s cannot be read", path);
    err = add_files(plugins, folder, entries, (size_t)count);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return err;
}

static struct error *open_and_scan(struct plugins *plugins, const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct error *err;

    if (folder < 0 && errno == ENOENT) {
        log_warning("the plugin folder %s does not exist: there are no runtimes", path);
        return NULL;
    }
    if (folder < 0)
        return error_errno(errno, "The plugin folder %s cannot be opened", path);
    err = scan(plugins, path, folder);
    (void)close(folder);
    return err;
}

struct error *plugins_load(const char *folder, const struct plugin_host *host,
                           struct plugins **plugins)
{
    struct plugins *all = calloc(1, sizeof(*all));
    struct error *err;

    if (all == NULL)
        return error_errno(ENOMEM, "Loading plugins");
    all->host = *host;
    err = open_and_scan(all, folder);
    if (err != NULL) {
        plugins_free(all);
        return err;
    }
    *plugins = all;
    return NULL;
}

void plugins_free(struct plugins *plugins)
{
    if (plugins == NULL)
        return;
    for (size_t i = 0; i < plugins->count; i++) {
        plugin_retire(plugins->items[i]);
        plugin_unref(plugins->items[i]);
    }
    free(plugins->items);
    free(plugins);
}

size_t plugins_count(const struct plugins *plugins)
{
    return plugins->count;
}

struct plugin *plugins_at(const struct plugins *plugins, size_t index)
{
    return plugins->items[index];
}

struct plugin *plugins_find(const struct plugins *plugins, const char *name)
{
    for (size_t i = 0; i < plugins->count; i++)
        if (plugins->items[i]->refusal == NULL && strcmp(plugins->items[i]->name, name) == 0)
            return plugins->items[i];
    return NULL;
}

char *plugins_names(const struct plugins *plugins)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    const char *separator = "";

    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < plugins->count; i++) {
        if (plugins->items[i]->refusal != NULL)
            continue;
        (void)fprintf(out, "%s%s", separator, plugins->items[i]->name);
        separator = ", ";
    }
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
