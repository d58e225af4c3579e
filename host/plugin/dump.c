/* SPDX-License-Identifier: Apache-2.0 */
/* --dump-plugin: what a file declares, and why it would be refused. */
#include "plugin/option_text.h"
#include "plugin/plugin.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_pair(FILE *out, const char *key, const char *value)
{
    if (value != NULL)
        (void)fprintf(out, "%-12s %s\n", key, value);
}

static void print_callbacks(FILE *out, const struct maps_runtime_plugin *plugin)
{
    const struct {
        const char *name;
        bool there;
    } callbacks[] = { { "load", plugin->load != NULL },
                      { "unload", plugin->unload != NULL },
                      { "configure", plugin->configure != NULL },
                      { "release", plugin->release != NULL },
                      { "probe", plugin->probe != NULL },
                      { "run_script", plugin->run_script != NULL },
                      { "cancel", plugin->cancel != NULL },
                      { "recover", plugin->recover != NULL },
                      { "list_owned", plugin->list_owned != NULL },
                      { "cleanup", plugin->cleanup != NULL } };

    (void)fprintf(out, "%-12s", "callbacks");
    for (size_t i = 0; i < sizeof(callbacks) / sizeof(callbacks[0]); i++)
        if (callbacks[i].there)
            (void)fprintf(out, " %s", callbacks[i].name);
    (void)fputc('\n', out);
}

/* MAPS_<PLUGIN>_<NAME>, and the further one the plugin declares. */
static void print_variables(FILE *out, const char *plugin, const struct maps_option *option)
{
    (void)fputs("  variable   MAPS_", out);
    for (const char *c = plugin; *c != '\0'; c++)
        (void)fputc(toupper((unsigned char)*c), out);
    (void)fputc('_', out);
    for (const char *c = option->name; *c != '\0'; c++)
        (void)fputc(toupper((unsigned char)*c), out);
    if (option->environment != NULL)
        (void)fprintf(out, " or %s", option->environment);
    (void)fputc('\n', out);
}

static void print_option(FILE *out, const char *plugin, const struct maps_option *option)
{
    const char *shown = option->default_value == NULL ? "(unset)" : option->default_value;

    (void)fprintf(out, "option       %s.%s\n", plugin, option->name);
    (void)fprintf(out, "  type       %s%s\n", option_type_name(option->type),
                  option->secret != 0 ? ", secret" : "");
    if (option->min != 0 || option->max != 0)
        (void)fprintf(out, "  range      %lld to %lld\n", (long long)option->min,
                      (long long)option->max);
    (void)fprintf(out, "  default    %s\n", option->secret != 0 ? "(hidden)" : shown);
    print_variables(out, plugin, option);
    (void)fprintf(out, "  help       %s\n", option->help);
}

static void print_plugin(FILE *out, const char *path, const struct plugin *plugin)
{
    print_pair(out, "file", path);
    print_pair(out, "name", plugin->name);
    print_pair(out, "version", plugin->version);
    if (plugin->abi_version != 0)
        (void)fprintf(out, "%-12s %u\n", "abi", plugin->abi_version);
    print_pair(out, "runner_type", plugin->runner_type);
    print_pair(out, "description", plugin->description);
    if (plugin->refusal != NULL)
        return;
    (void)fprintf(out, "%-12s %zu bytes (this host: %zu)\n", "struct",
                  plugin->declaration.declared_bytes, sizeof(struct maps_runtime_plugin));
    print_callbacks(out, &plugin->declaration.plugin);
    for (const struct maps_option *option = plugin->declaration.options;
         option != NULL && option->name != NULL; option++)
        print_option(out, plugin->name, option);
}

static struct error *open_folder(const char *file, int *folder)
{
    char *copy = strdup(file);

    if (copy == NULL)
        return error_errno(ENOMEM, "Reading %s", file);
    *folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    return *folder < 0 ? error_errno(errno, "The folder of %s cannot be opened", file) : NULL;
}

struct error *plugin_dump(const char *file, FILE *out)
{
    const char *slash = strrchr(file, '/');
    struct plugin *plugin;
    int folder = -1;
    struct error *err = open_folder(file, &folder);

    if (err != NULL)
        return err;
    plugin = loader_map(folder, slash == NULL ? file : slash + 1);
    (void)close(folder);
    if (plugin == NULL)
        return error_errno(ENOMEM, "Reading %s", file);
    if (plugin->refusal == NULL)
        loader_start(plugin);
    print_plugin(out, file, plugin);
    if (plugin->refusal != NULL)
        err = error_new(ERROR_INVALID, NULL, "This plugin would be refused. %s",
                        plugin->refusal->message);
    plugin_retire(plugin);
    plugin_unref(plugin);
    return err;
}
