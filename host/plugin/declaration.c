/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/declaration.h"

#include "plugin/abi_copy.h"
#include "plugin/names.h"
#include "plugin/option_table.h"

#include <stdbool.h>
#include <stdlib.h>

enum { PLUGIN_NAME_MAX_BYTES = 32, RUNNER_TYPE_MAX_BYTES = 64 };

static bool empty(const char *text)
{
    return text == NULL || text[0] == '\0';
}

static struct error *check_identity(struct maps_runtime_plugin *plugin)
{
    if (plugin->name == NULL || !name_is_lower(plugin->name, PLUGIN_NAME_MAX_BYTES)) {
        plugin->name = NULL;
        return error_new(ERROR_INVALID, NULL,
                         "Its name is not of the form [a-z][a-z0-9_]* with at most %d characters.",
                         PLUGIN_NAME_MAX_BYTES);
    }
    if (plugin->runner_type == NULL || !name_is_type(plugin->runner_type, RUNNER_TYPE_MAX_BYTES)) {
        plugin->runner_type = NULL;
        return error_new(ERROR_INVALID, NULL,
                         "Its runner_type must be set, to letters and digits like "
                         "\"SandboxRunner\".");
    }
    if (empty(plugin->version) || empty(plugin->description))
        return error_new(ERROR_INVALID, NULL, "Its %s is not set.",
                         empty(plugin->version) ? "version" : "description");
    return NULL;
}

static struct error *check_callbacks(const struct maps_runtime_plugin *plugin)
{
    const struct {
        const char *name;
        bool there;
    } required[] = {
        { "configure", plugin->configure != NULL }, { "release", plugin->release != NULL },
        { "probe", plugin->probe != NULL },         { "run_script", plugin->run_script != NULL },
        { "recover", plugin->recover != NULL },     { "cleanup", plugin->cleanup != NULL }
    };

    for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
        if (!required[i].there)
            return error_new(ERROR_INVALID, NULL, "It lacks the required callback %s.",
                             required[i].name);
    return NULL;
}

static struct error *check_border(const struct maps_runtime_plugin *theirs)
{
    if (theirs == NULL)
        return error_new(ERROR_INVALID, NULL, "Its %s() returned no plugin.", MAPS_ENTRY_NAME);
    if (!abi_size_sane(theirs->size, ABI_PLUGIN_MIN_BYTES))
        return error_new(ERROR_INVALID, NULL,
                         "Its struct maps_runtime_plugin says it has %zu bytes; at least %d are "
                         "needed. Build it with the header of this host.",
                         theirs->size, ABI_PLUGIN_MIN_BYTES);
    if (theirs->abi_version != MAPS_ABI_VERSION)
        return error_new(ERROR_INVALID, NULL,
                         "Its struct maps_runtime_plugin is of version %u of the plugin interface, "
                         "its note of version %u. Build it with one header.",
                         theirs->abi_version, MAPS_ABI_VERSION);
    return NULL;
}

struct error *declaration_read(const struct maps_runtime_plugin *theirs,
                               struct declaration *declaration)
{
    struct maps_runtime_plugin *plugin = &declaration->plugin;
    struct error *err = check_border(theirs);

    *declaration = (struct declaration){ 0 };
    if (err != NULL)
        return err;
    declaration->declared_bytes = theirs->size;
    abi_copy(plugin, sizeof(*plugin), theirs);
    err = check_identity(plugin);
    if (err == NULL)
        err = check_callbacks(plugin);
    if (err == NULL && plugin->options != NULL)
        err = option_table_copy(plugin->options, &declaration->options);
    return err;
}

void declaration_clear(struct declaration *declaration)
{
    free(declaration->options);
    declaration->options = NULL;
}
