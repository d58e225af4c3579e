# SPDX-License-Identifier: Apache-2.0
"""The host as a systemd service: as it is installed, and as an administrator might write it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from harness.client import Client
from harness.waiting import eventually

BUILD = Path(os.environ["MAPS_BUILD_DIR"])
INSTALLED = Path("/srv/maps/installed")
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

UNITS = {"root": COMMON, "bare": COMMON + "User=maps\n"}


def systemctl(*arguments):
    done = subprocess.run(["systemctl", *arguments], text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"systemctl {arguments}: {done.stderr}"
    return done.stdout.strip()


class Service:
    """One of UNITS, from its making to its removal."""

    def __init__(self, kind):
        self._name(f"maps-service-{kind}")
        self.file = Path("/run/systemd/system") / self.unit
        self.file.write_text(UNITS[kind])
        systemctl("daemon-reload")

    def _name(self, name):
        self.unit = f"{name}.service"
        self.data_dir = Path("/var/lib") / name
        self.api = Client(PORT)

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


SETTINGS = f"""
runtime = "sandbox";
listen = "127.0.0.1:{PORT}";
log_format = "json";
jobs: {{ drain_seconds = 1; }};
"""


def install():
    """What cmake --install has made, put in place as a package manager would. Once a boot."""
    if Path("/run/maps-installed").exists():
        return
    subprocess.run(["cp", "-r", "--preserve=mode", f"{INSTALLED}/.", "/"], check=True)
    [settings] = [path.relative_to(INSTALLED) for path in INSTALLED.rglob("maps-backend.conf")
                  if path.parent.name == "maps-backend"]
    (Path("/") / settings).write_text(SETTINGS)
    subprocess.run(["systemd-sysusers"], check=True)
    systemctl("daemon-reload")
    Path("/run/maps-installed").touch()


class InstalledService(Service):
    """The unit that comes with the product, as it is."""

    def __init__(self):
        self._name("maps-backend")
        install()

    def drop_in(self, text):
        """Settings that an administrator adds; none for None."""
        folder = Path("/run/systemd/system") / f"{self.unit}.d"
        folder.mkdir(exist_ok=True)
        (folder / "test.conf").write_text(text or "")
        systemctl("daemon-reload")

    def journal_lines(self, *arguments):
        shown = subprocess.run(["journalctl", "--no-pager", "--output=json", "--unit", self.unit,
                                *arguments], text=True, capture_output=True, check=True)
        return [json.loads(line) for line in shown.stdout.splitlines()]

    def remove(self):
        self.drop_in(None)
        self.stop()
        shutil.rmtree(self.data_dir, ignore_errors=True)
