# SPDX-License-Identifier: Apache-2.0
"""The runtime under test, and where runtimes differ: each fact with its reason, and here only.
What the tests promise is the same everywhere; how it can be seen is not."""

import os

from . import engine

NAME = os.environ.get("MAPS_TEST_RUNTIME", "sandbox")
RUNNER_TYPE = {"sandbox": "SandboxRunner", "docker": "DockerRunner",
               "kubernetes": "KubernetesRunner"}[NAME]
CONTAINERS = NAME != "sandbox"

# What a host is told of its runtime by the environment of the tests.
PASSED_ON = ("DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "RUNNER_IMAGE",
             "MAPS_DOCKER_FILES")

# By archive, outputs arrive when the script has ended, and the engine decides how the lines of
# two streams lie between each other.
ARCHIVE = NAME == "docker" and os.environ.get("MAPS_DOCKER_FILES") == "archive"

# Starting a container costs an engine several processes and a mount or ten: two CPUs start
# about eight a second.  So what has to overlap lasts longer, and "many" are fewer.
OVERLAP_SECONDS = 2 if CONTAINERS else 0.3
MANY_JOBS = 40 if CONTAINERS else 200
# An engine removes containers one after the other, too, and off the reply path.
CLEAN_WITHIN_SECONDS = 60 if CONTAINERS else 10

# A container has a system of its own image: there is a /etc/shadow, and it is not the host's.
# The sandbox shows parts of the host's system, so what must not be seen must not be there.
HAS_OWN_SYSTEM = CONTAINERS

# The Engine API has no "nosuid" for bind mounts; no_new_privs makes suid void all the same.
# The control folder is writable for maps-init, and Landlock keeps the script from writing to it.
MOUNTED_WRITABLE = {"/job", "/maps"} if ARCHIVE else {"/job/output", "/maps/control"}
# What engines bind from their own /dev, the first to cover what is in /proc.
DEVICES = {"/null", "/zero", "/full", "/random", "/urandom", "/tty"}
# Podman puts memory of the container's own over these where the system is read-only; it is closed
# to scripts, too.
PODMANS_TMPFS = {"/run", "/var/tmp"}


CGROUP_V1 = not os.path.exists("/sys/fs/cgroup/cgroup.controllers")


def is_engines_own(mount):
    """Whether a mount is one that engines make in this way and no other: see above; devices one
    by one in a user namespace; empty folders, read-only, over parts of /proc; and the hierarchies
    of control groups, which belong to root. What of these a script can write to is tested by
    trying."""
    point, options = mount["point"], mount["options"].split(",")
    if not CONTAINERS:
        return False
    return (point in MOUNTED_WRITABLE
            or (point in PODMANS_TMPFS and mount["root"] == "/" and "nosuid" in options)
            or (point.startswith(("/dev/", "/proc/")) and mount["root"] in DEVICES)
            or (point.startswith("/proc/") and "ro" in options)
            or (point.startswith("/sys/fs/cgroup") and "nosuid" in options))


def own_namespaces():
    """Namespaces that a script does not share with the host."""
    names = {"mnt", "pid", "net", "ipc", "uts", "cgroup", "user"}
    if NAME == "docker" and not engine.default().shifts_ids():
        names.remove("user")  # there is only the host's
    if NAME == "docker" and engine.default().is_podman and CGROUP_V1:
        names.remove("cgroup")  # Podman makes them with version 2 only
    return names


def image_variables():
    """What an image sets is the script's, too; the sandbox has no images."""
    if NAME != "docker":
        return set()
    return engine.default().image_variables(os.environ.get("RUNNER_IMAGE") or "py-exec:latest")
