/* SPDX-License-Identifier: Apache-2.0 */
/* The docker runtime: jobs in containers, through the Engine API of Docker or Podman. */
#include "instance.h"
#include "run.h"

#include <errno.h>

const struct maps_host *docker_host;

static int load(const struct maps_host *host)
{
    if (!MAPS_HAS(host, struct maps_host, finish))
        return -ENOTSUP;
    docker_host = host;
    return http_global_init();
}

static struct maps_runtime_plugin plugin = {
    .version = MAPS_VERSION,
    .runner_type = "DockerRunner",
    .description = "Runs scripts in containers of a Docker engine, or of Podman.",
    .options = docker_options,
    .load = load,
    .configure = docker_configure,
    .release = docker_release,
    .probe = docker_probe,
    .run_script = docker_run_script,
    .cancel = docker_cancel,
    .recover = docker_recover,
    .list_owned = docker_list_owned,
    .cleanup = docker_cleanup,
};

MAPS_REGISTER_RUNTIME("docker", plugin)
