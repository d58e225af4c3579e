# SPDX-License-Identifier: Apache-2.0
"""The machine is what the other scenarios take it for."""

import os
import subprocess
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def as_user(user, *command):
    return subprocess.run(["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups",
                           *command], text=True, capture_output=True, check=False)


def test_control_groups_are_version_2_only():
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    types = {fields[2] for fields in mounts if fields[2].startswith("cgroup")}
    assert types == {"cgroup2"}
    assert {"cpu", "memory", "pids"} <= set((CGROUP / "cgroup.controllers").read_text().split())


def test_systemd_is_process_1():
    assert Path("/proc/1/comm").read_text() == "systemd\n"


def test_the_ordinary_user_has_a_user_manager_with_delegated_controllers():
    manager = CGROUP / "user.slice/user-1000.slice/user@1000.service"
    assert os.stat(manager / "cgroup.subtree_control").st_uid == 1000
    assert {"memory", "pids"} <= set((manager / "cgroup.controllers").read_text().split())


def test_an_ordinary_user_can_use_bubblewrap():
    shown = as_user("maps", "bwrap", "--unshare-all", "--ro-bind", "/", "/", "id", "-u")
    assert (shown.returncode, shown.stdout) == (0, "1000\n"), shown.stderr
