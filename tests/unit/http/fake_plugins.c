/* SPDX-License-Identifier: Apache-2.0 */
/* Two plugin files: one that works, one that was refused. */
#include "plugin/plugins.h"

#include <string.h>

struct plugin {
    bool refused;
};
static struct plugin fakes[] = { { true }, { false } };

size_t plugins_count(const struct plugins *plugins)
{
    (void)plugins;
    return 2;
}

struct plugin *plugins_at(const struct plugins *plugins, size_t index)
{
    (void)plugins;
    return &fakes[index];
}

struct plugin *plugins_find(const struct plugins *plugins, const char *name)
{
    (void)plugins;
    return strcmp(name, "sandbox") == 0 ? &fakes[1] : NULL;
}

void plugin_info(const struct plugin *plugin, struct plugin_info *info)
{
    static const struct plugin_info refused = { .file = "broken.so" };
    static const struct plugin_info ready = { .file = "sandbox.so",
                                              .name = "sandbox",
                                              .version = "1.0.0",
                                              .runner_type = "SandboxRunner",
                                              .abi_version = 1 };

    *info = plugin->refused ? refused : ready;
}

enum plugin_state plugin_state(struct plugin *plugin, char *message, size_t message_size,
                               char *engine_version, size_t version_size)
{
    (void)strncpy(message, plugin->refused ? "It is not an ELF file." : "", message_size - 1);
    (void)strncpy(engine_version, plugin->refused ? "" : "bubblewrap 0.8.0", version_size - 1);
    return plugin->refused ? PLUGIN_REFUSED : PLUGIN_READY;
}
