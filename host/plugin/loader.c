/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to a plugin that is ready to be configured.  Each step trusts a little more:
 * the file's owner, its bytes, its code, its declaration, its load(). */
#include "plugin/call.h"
#include "plugin/elf_note.h"
#include "plugin/origin.h"
#include "plugin/plugin.h"
#include "plugin/plugin_file.h"
#include "plugin/private_copy.h"
#include "plugin/services.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static struct error *copy_file(int folder, const char *file, int *copy)
{
    int original = -1;
    struct error *err = plugin_file_open(folder, file, &original);

    if (err != NULL)
        return err;
    err = private_copy_make(original, file, copy);
    (void)close(original);
    return err;
}

static struct error *map_code(int folder, struct plugin *plugin)
{
    int copy = -1;
    struct error *err = copy_file(folder, plugin->file, &copy);

    if (err != NULL)
        return err;
    err = elf_note_check(copy, &plugin->abi_version);
    if (err != NULL) {
        (void)close(copy);
        return err;
    }
    return shared_object_open(copy, &plugin->object);
}

static bool copy_text(char **copy, const char *text)
{
    if (text != NULL)
        *copy = strdup(text);
    return text == NULL || *copy != NULL;
}

static struct error *copy_identity(struct plugin *plugin)
{
    const struct maps_runtime_plugin *theirs = &plugin->declaration.plugin;

    if (!copy_text(&plugin->name, theirs->name) || !copy_text(&plugin->version, theirs->version) ||
        !copy_text(&plugin->runner_type, theirs->runner_type) ||
        !copy_text(&plugin->description, theirs->description))
        return error_errno(ENOMEM, "Reading what it declares");
    return NULL;
}

static struct error *read_declaration(struct plugin *plugin)
{
    struct error *err = declaration_read(plugin->object.entry(), &plugin->declaration);
    struct error *copied = copy_identity(plugin);

    if (err == NULL)
        return copied;
    error_free(copied);
    return err;
}

struct plugin *loader_map(int folder, const char *file)
{
    struct plugin *plugin = plugin_new(file);
    struct error *err;

    if (plugin == NULL)
        return NULL;
    err = map_code(folder, plugin);
    if (err == NULL)
        err = read_declaration(plugin);
    if (err != NULL)
        plugin_refuse(plugin, err);
    return plugin;
}

static int call_load(struct call *call, struct plugin *plugin)
{
    int result;

    call_enter(call, plugin);
    result = plugin->declaration.plugin.load(services_table());
    call_leave(call);
    return result;
}

void loader_start(struct plugin *plugin)
{
    struct call call;
    int result;

    origin_add(plugin->name, &plugin->host, plugin_code(plugin));
    plugin->started = true;
    if (plugin->declaration.plugin.load == NULL)
        return;
    result = call_load(&call, plugin);
    if (result != 0)
        plugin_refuse(plugin, error_wrap(call_error(&call, ERROR_UNAVAILABLE, "load", result),
                                         "It refuses to be loaded"));
}
