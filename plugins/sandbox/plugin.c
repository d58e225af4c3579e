/* SPDX-License-Identifier: Apache-2.0 */
/* The sandbox runtime: jobs in bubblewrap on this machine, with no daemon and no image. */
#include "instance.h"
#include "run.h"

#include <errno.h>

const struct maps_host *sandbox_host;

static int load(const struct maps_host *host)
{
    if (!MAPS_HAS(host, struct maps_host, finish))
        return -ENOTSUP;
    sandbox_host = host;
    return 0;
}

static int list_owned(struct maps_instance *instance, maps_owned_fn found, void *context)
{
    return cgroup_layout_list(&instance->cgroups, instance->owner, found, context);
}

static struct maps_runtime_plugin plugin = {
    .version = MAPS_VERSION,
    .runner_type = "SandboxRunner",
    .description = "Runs scripts on this machine in bubblewrap sandboxes: no daemon, no image.",
    .options = sandbox_options,
    .load = load,
    .configure = sandbox_configure,
    .release = sandbox_release,
    .probe = sandbox_do_probe,
    .run_script = sandbox_run_script,
    .cancel = sandbox_cancel,
    .recover = sandbox_recover,
    .list_owned = list_owned,
    .cleanup = sandbox_cleanup,
};

MAPS_REGISTER_RUNTIME("sandbox", plugin)
