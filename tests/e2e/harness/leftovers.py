# SPDX-License-Identifier: Apache-2.0
"""What a host or a job left on the machine: processes, control groups, mounts, and what an
engine keeps.

Every host of these tests has a folder with a random name, and every process of its jobs
has a mount below that folder, or names it; so they are found whatever they call
themselves."""

import os

from . import engine


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:  # it has ended, or is not ours to read
        return b""


def process_ids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def is_zombie(pid):
    return b") Z " in read(f"/proc/{pid}/stat")


def processes_named(marker):
    """Processes, in any namespace, with this text among their arguments."""
    marker = marker.encode()
    return [pid for pid in process_ids()
            if pid != os.getpid() and marker in read(f"/proc/{pid}/cmdline")]


def processes_within(folder_name):
    """Processes that run for, or in a sandbox of, the host with this folder."""
    marker = folder_name.encode()
    own_mounts = read("/proc/self/mountinfo")
    found = []
    for pid in process_ids():
        if pid == os.getpid() or is_zombie(pid):
            continue
        mounts = read(f"/proc/{pid}/mountinfo")
        if (marker in read(f"/proc/{pid}/cmdline") or marker in read(f"/proc/{pid}/environ")
                or (mounts != own_mounts and marker in mounts)):
            found.append(pid)
    return found


def describe(pid):
    line = read(f"/proc/{pid}/cmdline").replace(b"\0", b" ").decode(errors="replace")
    return f"process {pid} ({line.strip()[:200]})"


def cgroups_named(names):
    """Control groups of any version whose name contains one of the names."""
    found = []
    for folder, folders, _ in os.walk("/sys/fs/cgroup"):
        found += [os.path.join(folder, child) for child in folders
                  if any(name in child for name in names)]
    return found


def is_of(container, folder_name, job_ids, owner):
    """Whether a container was made for this host, by its name, its label or its mounts."""
    labels = container.get("Labels") or {}
    names = [name.lstrip("/") for name in container.get("Names") or []]
    return (labels.get("maps.job") in job_ids or (owner and labels.get("maps.owner") == owner)
            or any(name.startswith(f"runner-{job_id}") for name in names for job_id in job_ids)
            or any(folder_name in mount.get("Source", "")
                   for mount in container.get("Mounts") or [] if isinstance(mount, dict)))


def left_in_engine(folder_name, job_ids, owner, volumes_before):
    """A sentence for each container of this host, and for each volume that nobody uses."""
    found = [f"container {container['Names']} ({container.get('Status')})"
             for container in engine.default().containers()
             if is_of(container, folder_name, job_ids, owner)]
    return found + [f"volume {name}"
                    for name in engine.default().unused_volumes() - volumes_before]


def left_behind(folder_name, job_ids):
    """A sentence for each thing that should be gone."""
    found = [describe(pid) for pid in processes_within(folder_name)]
    found += [f"cgroup {path}" for path in cgroups_named(job_ids)] if job_ids else []
    if folder_name.encode() in read("/proc/self/mountinfo"):
        found.append(f"a mount below {folder_name}")
    return found
