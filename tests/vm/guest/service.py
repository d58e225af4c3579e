# SPDX-License-Identifier: Apache-2.0
"""The host as a systemd service, written as an administrator would write it."""

import os
import shutil
import subprocess
from pathlib import Path

from harness.client import Client
from harness.waiting import eventually

BUILD = Path(os.environ["MAPS_BUILD_DIR"])
CGROUP = Path("/sys/fs/cgroup")
PORT = 8765

COMMON = f"""
[Service]
Type=exec
ExecStart={BUILD}/bin/maps-backend
Environment=EXECUTION_RUNTIME=sandbox MAPS_LISTEN=127.0.0.1:{PORT}
Environment=MAPS_DATA_DIR=/var/lib/%p MAPS_JOBS_DRAIN_SECONDS=1
StateDirectory=%p
Delegate=yes
KillMode=process
Restart=always
RestartSec=100ms
"""

# An ordinary user may move processes between control groups only if it may write to the
# nearest one above both; so the jobs' groups and the unit's share a slice that root opens
# to the user. Below the unit itself they would keep systemd from starting the unit again while
# a job runs, because no group may have both members and controlled children.
SLICE_OF_ITS_OWN = r"""
User=maps
Slice=maps.slice
ExecStartPre=+/bin/sh -euc 'cd /sys/fs/cgroup/maps.slice; mkdir -p jobs; \
    chown maps cgroup.procs jobs jobs/cgroup.procs jobs/cgroup.subtree_control'
Environment=MAPS_SANDBOX_CGROUP_PARENT=/maps.slice/jobs
"""

UNITS = {"root": COMMON, "user": COMMON + SLICE_OF_ITS_OWN, "bare": COMMON + "User=maps\n"}


def systemctl(*arguments):
    done = subprocess.run(["systemctl", *arguments], text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"systemctl {arguments}: {done.stderr}"
    return done.stdout.strip()


class Service:
    def __init__(self, kind):
        self.name = f"maps-service-{kind}"
        self.unit = f"{self.name}.service"
        self.file = Path("/run/systemd/system") / self.unit
        self.data_dir = Path("/var/lib") / self.name
        self.api = Client(PORT)
        self.file.write_text(UNITS[kind])
        systemctl("daemon-reload")

    def start(self):
        systemctl("start", self.unit)
        self.await_ready()

    def stop(self):
        systemctl("stop", self.unit)

    def main_pid(self):
        return int(systemctl("show", "--property=MainPID", "--value", self.unit))

    def journal(self):
        return subprocess.run(["journalctl", "--no-pager", "--lines=60", "--unit", self.unit],
                              text=True, capture_output=True, check=False).stdout

    def _answers(self):
        try:
            return self.api.get("/readyz").status == 200
        except OSError:
            return False

    def await_ready(self):
        try:
            eventually(self._answers, "the service is ready")
        except AssertionError as complaint:
            raise AssertionError(f"{complaint}\n{self.journal()}") from complaint

    def kill(self):
        """kill -9 of the host alone; systemd starts it again."""
        before = self.main_pid()
        systemctl("kill", "--signal=KILL", "--kill-who=main", self.unit)
        try:
            eventually(lambda: self.main_pid() not in (0, before), "systemd starts it again")
        except AssertionError as complaint:
            raise AssertionError(f"{complaint}\n{self.journal()}") from complaint
        self.await_ready()

    def restart(self):
        systemctl("restart", self.unit)
        self.await_ready()

    def job_group(self, job_id):
        """The one control group of a job, wherever the sandbox has put it."""
        found = [Path(folder) / name for folder, names, _ in os.walk(CGROUP) for name in names
                 if job_id in name]
        assert len(found) == 1, found
        return found[0]

    def job_groups(self):
        return [name for _, names, _ in os.walk(CGROUP) for name in names
                if any(job_id in name for job_id in self.api.job_ids)]

    def remove(self):
        self.stop()
        self.file.unlink()
        systemctl("daemon-reload")
        shutil.rmtree(self.data_dir, ignore_errors=True)
