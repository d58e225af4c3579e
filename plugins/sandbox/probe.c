/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include "files.h"
#include "order.h"
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    VERSION_TIMEOUT_MS = 1000,
    PROBE_TIMEOUT_MS = 3500, /* both together stay below the interface's 5 s */
    GOOD_FOR_MS = 15000,
    BAD_FOR_MS = 2000,
    PROBE_TMPFS_BYTES = 65536,
    PROBE_UID = 65534 /* "nobody": any uid but root's shows whether namespaces work */
};

static void cut_line(char *text)
{
    text[strcspn(text, "\n")] = '\0';
}

static bool probe_version(const struct maps_instance *instance, struct maps_probe *probe)
{
    const char *const argv[] = { instance->bwrap, "--version", NULL };
    int status =
        program_capture(argv, -1, VERSION_TIMEOUT_MS, probe->version, sizeof(probe->version));

    cut_line(probe->version);
    if (status == 0)
        return true;
    probe->version[0] = '\0';
    if (status < 0)
        snprintf(probe->message, sizeof(probe->message),
                 "%s cannot be run (%s): install bubblewrap or set sandbox.bwrap_path",
                 instance->bwrap, strerror(-status));
    else
        snprintf(probe->message, sizeof(probe->message),
                 "%s --version fails: is it bubblewrap? Set sandbox.bwrap_path", instance->bwrap);
    return false;
}

/* A descriptor from which the supervisor reads what to try; -errno. */
static int probe_order(const struct maps_instance *instance)
{
    struct order order = { .uid = PROBE_UID,
                           .gid = PROBE_UID,
                           .drop_privileges = instance->root,
                           .tmp_bytes = PROBE_TMPFS_BYTES,
                           .shm_bytes = PROBE_TMPFS_BYTES,
                           .object_name = (char *)"maps-probe",
                           .bwrap = instance->bwrap,
                           .readonly_paths = instance->readonly_paths };
    size_t length;
    TEXT_AUTO text = order_format(&order, &length);
    int fd;

    if (text == NULL)
        return -ENOMEM;
    fd = memfd_create("order", MFD_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (write(fd, text, length) == (ssize_t)length && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return -EIO;
}

static bool probe_sandbox(const struct maps_instance *instance, struct maps_probe *probe)
{
    const char *const argv[] = { instance->supervisor, "probe", NULL };
    FD_AUTO order_fd = probe_order(instance);
    char said[400] = "";
    int status = order_fd < 0
                     ? order_fd
                     : program_capture(argv, order_fd, PROBE_TIMEOUT_MS, said, sizeof(said));

    cut_line(said);
    if (status == 0)
        return true;
    if (status < 0)
        snprintf(probe->message, sizeof(probe->message), "%s cannot be run: %s",
                 instance->supervisor, strerror(-status));
    else
        snprintf(
            probe->message, sizeof(probe->message),
            "A sandbox does not work here: %.300s. Unprivileged user namespaces may be switched "
            "off on this machine: see docs/sandbox.md",
            said[0] != '\0' ? said : "bubblewrap fails without saying why");
    return false;
}

static void say_limits(const struct maps_instance *instance, struct maps_probe *probe)
{
    uint32_t wanted = MAPS_LIMIT_CPU | MAPS_LIMIT_MEMORY | MAPS_LIMIT_PIDS;

    probe->limits_enforced = sandbox_limits_enforced(instance);
    probe->limits_soft = sandbox_limits_soft();
    if (instance->cgroups.mode == CGROUP_NONE)
        snprintf(probe->message, sizeof(probe->message),
                 "Limits on memory, processes and CPU are best effort: %.400s",
                 instance->no_cgroups.text);
    else if ((probe->limits_enforced & wanted) != wanted)
        snprintf(probe->message, sizeof(probe->message),
                 "No limits on%s%s%s: the control group "
                 "controller is not available",
                 (probe->limits_enforced & MAPS_LIMIT_MEMORY) == 0 ? " memory" : "",
                 (probe->limits_enforced & MAPS_LIMIT_PIDS) == 0 ? " processes" : "",
                 (probe->limits_enforced & MAPS_LIMIT_CPU) == 0 ? " CPU" : "");
    else if (instance->cgroups.in_own_service)
        snprintf(probe->message, sizeof(probe->message),
                 "systemd cannot start this service again while a job runs, because the jobs' "
                 "control groups lie inside its own: give them a slice, see docs/sandbox.md");
}

static void probe_now(const struct maps_instance *instance, struct maps_probe *probe)
{
    memset(probe, 0, sizeof(*probe));
    probe->size = sizeof(*probe);
    if (!probe_version(instance, probe) || !probe_sandbox(instance, probe))
        return;
    say_limits(instance, probe);
    if (instance->cgroups.mode == CGROUP_NONE && instance->cgroups_demanded)
        snprintf(probe->message, sizeof(probe->message),
                 "sandbox.cgroup asks for control groups, but %.400s", instance->no_cgroups.text);
    else
        probe->reachable = 1;
}

int sandbox_do_probe(struct maps_instance *instance, struct maps_probe *probe)
{
    size_t size = probe->size < sizeof(*probe) ? probe->size : sizeof(*probe);
    uint64_t now;

    pthread_mutex_lock(&instance->probe_lock);
    now = sandbox_host->now_monotonic_ms();
    if (now >= instance->probe_expires_ms) {
        probe_now(instance, &instance->last_probe);
        instance->probe_expires_ms = sandbox_host->now_monotonic_ms() +
                                     (instance->last_probe.reachable ? GOOD_FOR_MS : BAD_FOR_MS);
    }
    memcpy((char *)probe + sizeof(probe->size),
           (const char *)&instance->last_probe + sizeof(probe->size), size - sizeof(probe->size));
    pthread_mutex_unlock(&instance->probe_lock);
    return 0;
}
