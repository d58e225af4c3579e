/* SPDX-License-Identifier: Apache-2.0 */
/* The least a plugin can be.  Each fixture includes this and adds its one peculiarity. */
#ifndef MAPS_TESTS_PLUGINS_MINIMAL_H
#define MAPS_TESTS_PLUGINS_MINIMAL_H

#include <fcntl.h>
#include <maps_runtime.h>
#include <stdlib.h>
#include <unistd.h>

/* Leaves a trace of the moment at which the file's code was mapped. */
__attribute__((constructor)) static void minimal_mark(void)
{
    const char *path = getenv("MAPS_TEST_MARKER");
    int fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    if (fd >= 0)
        (void)close(fd);
}

static int minimal_configure(const struct maps_config *config, struct maps_instance **instance)
{
    (void)config;
    *instance = NULL;
    return 0;
}

static void minimal_release(struct maps_instance *instance)
{
    (void)instance;
}

static int minimal_probe(struct maps_instance *instance, struct maps_probe *probe)
{
    (void)instance;
    probe->reachable = 1;
    return 0;
}

static int minimal_run_script(struct maps_instance *instance, struct maps_run *run,
                              const struct maps_job *job)
{
    (void)instance;
    (void)run;
    (void)job;
    return -1;
}

static int minimal_recover(struct maps_instance *instance, struct maps_run *run,
                           const struct maps_job *job, const char *handle)
{
    (void)instance;
    (void)run;
    (void)job;
    (void)handle;
    return MAPS_GONE;
}

static int minimal_cleanup(struct maps_instance *instance, const struct maps_job *job,
                           const char *handle)
{
    (void)instance;
    (void)job;
    (void)handle;
    return 0;
}

#define MINIMAL_PLUGIN                                                                             \
    .version = "1.0.0", .runner_type = "MinimalRunner", .description = "A test fixture",           \
    .configure = minimal_configure, .release = minimal_release, .probe = minimal_probe,            \
    .run_script = minimal_run_script, .recover = minimal_recover, .cleanup = minimal_cleanup

/* For fixtures whose defect MAPS_REGISTER_RUNTIME() would not let through. */
#define STAMPED(NAME) .size = sizeof(plugin), .abi_version = MAPS_ABI_VERSION, .name = (NAME)
#define ABI_NOTE                                                                                   \
    __attribute__((used, aligned(4),                                                               \
                   section(MAPS_NOTE_SECTION))) static const struct maps_abi_note note = {         \
        5, 4, MAPS_NOTE_TYPE, MAPS_NOTE_OWNER, MAPS_ABI_VERSION                                    \
    }
#define ENTRY                                                                                      \
    MAPS_EXPORT const struct maps_runtime_plugin *maps_runtime_plugin_entry(void);                 \
    const struct maps_runtime_plugin *maps_runtime_plugin_entry(void)

#endif
