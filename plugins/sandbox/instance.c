/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPTION(name, type, value, help, min, max)                                                  \
    {                                                                                              \
        sizeof(struct maps_option), name, type, 0, value, NULL, help, min, max                     \
    }

const struct maps_option sandbox_options[] = {
    OPTION("bwrap_path", MAPS_OPTION_STRING, "/usr/bin/bwrap",
           "The bubblewrap program that makes the sandboxes.", 0, 0),
    OPTION("readonly_paths", MAPS_OPTION_LIST, "/usr",
           "Folders and files of this machine that every script can read, under the same names.", 0,
           0),
    OPTION("path", MAPS_OPTION_STRING, "/usr/local/bin:/usr/bin:/bin", "PATH of the scripts.", 0,
           0),
    OPTION("allow_host_network", MAPS_OPTION_BOOL, "false",
           "Lets jobs that ask for the network \"host\" share this machine's network.", 0, 0),
    OPTION("tmp_bytes", MAPS_OPTION_BYTES, "64M",
           "Size of a job's private /tmp, which counts against its memory limit.", 4096, INT64_MAX),
    OPTION("shm_bytes", MAPS_OPTION_BYTES, "64M",
           "Size of a job's private /dev/shm, which counts against its memory limit.", 4096,
           INT64_MAX),
    OPTION("open_files", MAPS_OPTION_INT, "1024", "Files that one process may have open.", 16,
           1048576),
    OPTION("cgroup", MAPS_OPTION_STRING, "auto",
           "Control groups that keep the limits: auto (what there is), v1, v2 or none (limits are "
           "not kept).",
           0, 0),
    OPTION(
        "cgroup_parent", MAPS_OPTION_STRING, "",
        "Control group below which \"maps-backend\" is made, e.g. \"/batch.slice\"; empty: chosen "
        "by the plugin.",
        0, 0),
    MAPS_OPTION_END,
};

/* maps-init enforces the cap on output itself. */
uint32_t sandbox_limits_enforced(const struct maps_instance *instance)
{
    return cgroup_layout_limits(&instance->cgroups) | MAPS_LIMIT_OUTPUT;
}

/* The host's guard samples the output folder. */
uint32_t sandbox_limits_soft(void)
{
    return MAPS_LIMIT_DISK;
}

static char *copy_option(const struct maps_config *config, const char *name)
{
    const char *value = sandbox_host->option_string(config, name);

    return strdup(value != NULL ? value : "");
}

static char **copy_list(const char *const *list)
{
    size_t count = 0, i;
    char **copy;

    while (list[count] != NULL)
        count++;
    copy = calloc(count + 1, sizeof(*copy));
    for (i = 0; copy != NULL && i < count; i++)
        copy[i] = strdup(list[i]);
    return copy;
}

/* "auto", "v1", "v2" or "none"; 0 or -EINVAL. */
static int parse_cgroup(const char *text, struct cgroup_wish *wish, bool *demanded)
{
    wish->allow_v1 = strcmp(text, "auto") == 0 || strcmp(text, "v1") == 0;
    wish->allow_v2 = strcmp(text, "auto") == 0 || strcmp(text, "v2") == 0;
    *demanded = wish->allow_v1 != wish->allow_v2;
    if (wish->allow_v1 || wish->allow_v2 || strcmp(text, "none") == 0)
        return 0;
    sandbox_host->set_error("sandbox.cgroup: \"%s\" is none of auto, v1, v2 and none", text);
    return -EINVAL;
}

static int find_cgroups(const struct maps_config *config, struct maps_instance *instance)
{
    TEXT_AUTO mode = copy_option(config, "cgroup");
    TEXT_AUTO parent = copy_option(config, "cgroup_parent");
    struct cgroup_wish wish = { .parent = parent, .root = "" };
    int rc;

    if (mode == NULL || parent == NULL)
        return -ENOMEM;
    rc = parse_cgroup(mode, &wish, &instance->cgroups_demanded);
    if (rc != 0)
        return rc;
    if (wish.allow_v1 || wish.allow_v2)
        cgroup_layout_find(&wish, &instance->cgroups, &instance->no_cgroups);
    else
        fault_set(&instance->no_cgroups, 0, "sandbox.cgroup is \"none\"");
    return 0;
}

static int check_paths(const struct maps_instance *instance)
{
    size_t i;

    if (instance->bwrap[0] != '/') {
        sandbox_host->set_error("sandbox.bwrap_path: \"%s\" is not an absolute path",
                                instance->bwrap);
        return -EINVAL;
    }
    for (i = 0; instance->readonly_paths[i] != NULL; i++) {
        if (instance->readonly_paths[i][0] == '/' && instance->readonly_paths[i][1] != '\0')
            continue;
        sandbox_host->set_error("sandbox.readonly_paths: \"%s\" is not an absolute path below /",
                                instance->readonly_paths[i]);
        return -EINVAL;
    }
    return 0;
}

static int find_programs(struct maps_instance *instance)
{
    const char *owner = sandbox_host->info("owner");
    const char *libexec = sandbox_host->info("libexec_dir");
    const char *init = sandbox_host->info("init_path");

    if (owner == NULL || libexec == NULL || init == NULL) {
        sandbox_host->set_error(
            "this host does not say its owner label, libexec_dir and init_path: "
            "install plugin and host of one version");
        return -ENOTSUP;
    }
    instance->owner = strdup(owner);
    instance->init = strdup(init);
    instance->supervisor = text_format("%s/maps-sandbox-supervisor", libexec);
    return instance->owner != NULL && instance->init != NULL && instance->supervisor != NULL
               ? 0
               : -ENOMEM;
}

static int fill(const struct maps_config *config, struct maps_instance *instance)
{
    int rc = find_programs(instance);

    if (rc != 0)
        return rc;
    instance->bwrap = copy_option(config, "bwrap_path");
    instance->search_path = copy_option(config, "path");
    instance->readonly_paths = copy_list(sandbox_host->option_list(config, "readonly_paths"));
    if (instance->bwrap == NULL || instance->search_path == NULL ||
        instance->readonly_paths == NULL)
        return -ENOMEM;
    instance->allow_host_network = sandbox_host->option_bool(config, "allow_host_network") != 0;
    instance->tmp_bytes = (uint64_t)sandbox_host->option_int(config, "tmp_bytes");
    instance->shm_bytes = (uint64_t)sandbox_host->option_int(config, "shm_bytes");
    instance->open_files = (uint64_t)sandbox_host->option_int(config, "open_files");
    instance->root = geteuid() == 0;
    rc = check_paths(instance);
    return rc == 0 ? find_cgroups(config, instance) : rc;
}

int sandbox_configure(const struct maps_config *config, struct maps_instance **instance)
{
    struct maps_instance *made = calloc(1, sizeof(*made));
    int rc;

    if (made == NULL)
        return -ENOMEM;
    pthread_mutex_init(&made->probe_lock, NULL);
    rc = fill(config, made);
    if (rc == 0) {
        *instance = made;
        return 0;
    }
    if (rc == -ENOMEM)
        sandbox_host->set_error("out of memory");
    sandbox_release(made);
    return rc;
}

void sandbox_release(struct maps_instance *instance)
{
    size_t i;

    for (i = 0; instance->readonly_paths != NULL && instance->readonly_paths[i] != NULL; i++)
        free(instance->readonly_paths[i]);
    free(instance->readonly_paths);
    free(instance->owner);
    free(instance->supervisor);
    free(instance->init);
    free(instance->bwrap);
    free(instance->search_path);
    cgroup_layout_clear(&instance->cgroups);
    pthread_mutex_destroy(&instance->probe_lock);
    free(instance);
}
