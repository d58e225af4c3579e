# SPDX-License-Identifier: Apache-2.0
"""One maps-backend process of a test: its own data folder, its own port."""

import contextlib
import os
import re
import secrets
import signal
import sqlite3
import subprocess
from pathlib import Path

from . import engine, runtime
from .client import Client
from .leftovers import left_behind, left_in_engine
from .waiting import eventually, seconds

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("MAPS_BUILD_DIR", ROOT / "build")).resolve()
BINARY = BUILD / "bin" / "maps-backend"
PLUGINS = BUILD / "lib" / "maps-backend" / "plugins"
RUNTIME = runtime.NAME
RUNNER_TYPE = runtime.RUNNER_TYPE
LISTENING = re.compile(r"listening on https?://\S+:(\d+)")


def base_environment():
    """Little of ours reaches the host: what it finds its programs and its runtime by, and the
    sanitizers."""
    kept = {name: value for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG", "TMPDIR", *runtime.PASSED_ON)
            or name.endswith("SAN_OPTIONS")}
    # AddressSanitizer keeps what was freed; tests that measure memory want to see the rest.
    kept.setdefault("ASAN_OPTIONS", "quarantine_size_mb=4")
    return {**kept, "EXECUTION_RUNTIME": RUNTIME}


def run_cli(*arguments, environment=None, timeout=60):
    """One call of the binary that is expected to end by itself."""
    return subprocess.run([str(BINARY), *arguments], env={**base_environment(),
                          **(environment or {})}, text=True, capture_output=True,
                          timeout=seconds(timeout), check=False)


def read_owner(data_dir):
    """The label of all that is a host's, from the store of one that has stopped."""
    try:
        with contextlib.closing(sqlite3.connect(data_dir / "store.db")) as store:
            return store.execute("SELECT value FROM meta WHERE key = 'owner'").fetchone()[0]
    except sqlite3.Error:  # a test has damaged it
        return None


class Host:
    """Start it, talk to it as .api, stop it; the data folder outlives each start."""

    def __init__(self, folder, environment=None, arguments=()):
        self.folder = Path(folder) / f"maps-e2e-{secrets.token_hex(6)}"
        self.data_dir = self.folder / "data"
        self.log_path = self.folder / "host.log"
        self.environment = dict(environment or {})
        self.arguments = list(arguments)
        self.process = None
        self.api = None
        self.job_ids = set()
        self.log_start = 0
        self.owner = None  # known once it has stopped
        # A host that is given an engine of its own looks after it by itself.
        self.watches_engine = RUNTIME == "docker" and "DOCKER_HOST" not in self.environment
        self.volumes_before = (engine.default().unused_volumes() if self.watches_engine else set())
        self.folder.mkdir(parents=True)

    # ---- life ----

    def spawn(self):
        """Starts the process without waiting for anything."""
        assert self.process is None
        environment = {**base_environment(), "MAPS_LISTEN": "127.0.0.1:0",
                       "MAPS_DATA_DIR": str(self.data_dir), **self.environment}
        with open(self.log_path, "ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen([str(BINARY), *self.arguments], env=environment,
                                            cwd=self.folder, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        return self

    def start(self, token=None, ready=True):
        """Starts the process and waits until it serves, and unless told otherwise is ready."""
        self.spawn()
        try:
            port = eventually(self._port, "the host says where it listens")
            self.api = Client(port, token)
            self.api.job_ids = self.job_ids
            if ready:
                eventually(self._is_ready, "the host is ready")
        except AssertionError as failure:
            self.abandon()
            raise AssertionError(f"{failure}\n--- log of the host:\n{self.log()}") from None
        return self

    def _port(self):
        assert self.process.poll() is None, "the host did not start"
        match = LISTENING.search(self.log())
        return match and int(match.group(1))

    def _is_ready(self):
        assert self.process.poll() is None, "the host ended before it was ready"
        return self.api.get("/readyz").status == 200

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, within=60):
        """Waits for the end of the process; returns its exit status."""
        status = self.process.wait(seconds(within))
        self.process = None
        return status

    def stop(self):
        """An orderly stop, which must be a clean one."""
        self.terminate()
        status = self.wait()
        assert status == 0, f"the host ended with {status}:\n{self.log()}"
        self.owner = read_owner(self.data_dir)

    def kill(self):
        """kill -9, as the machine's own out-of-memory killer would."""
        self.process.kill()
        self.wait()

    def restart(self, ready=True):
        return self.start(self.api.token, ready)

    def close(self):
        """Ends all there may still be; fails if anything is left behind."""
        if self.process is None and self.api is not None and self.left_behind():
            self.restart()  # jobs of a host that is gone are for the next one to collect
        if self.process is not None:
            status = self.process.poll()
            assert status is None, f"the host died with status {status}"
            self._cancel_all()
            self.stop()
        eventually(lambda: not self.left_behind(), f"nothing is left of {self.folder.name}: "
                   f"{self.left_behind()}", within=runtime.CLEAN_WITHIN_SECONDS)

    def _cancel_all(self):
        if self.api is None:
            return
        for job_id in self.job_ids:
            self.api.post(f"/api/jobs/{job_id}/cancel")
        for job_id in self.job_ids:
            reply = self.api.get(f"/api/jobs/{job_id}")
            if reply.status == 200:
                self.api.finished(job_id)

    def abandon(self):
        """The end of a host whose test has failed: no questions, no process left."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    # ---- looking at it ----

    def log(self):
        """What this start has logged so far."""
        with open(self.log_path, "rb") as file:
            file.seek(self.log_start)
            return file.read().decode(errors="replace")

    def left_behind(self):
        return left_behind(self.folder.name, self.job_ids) + self.engine_leftovers()

    def engine_leftovers(self):
        if not self.watches_engine:
            return []
        return left_in_engine(self.folder.name, self.job_ids, self.owner, self.volumes_before)

    def job_folders(self):
        folder = self.data_dir / "jobs"
        return sorted(os.listdir(folder)) if folder.is_dir() else []

    def memory_bytes(self, field="VmRSS"):
        """Resident memory; field VmHWM is the most it ever was."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+) kB", status).group(1)) * 1024
