# SPDX-License-Identifier: Apache-2.0
"""`maps-backend run` and its like: processes that run one script each, on a data folder of the
test's own, which must be as good as empty when all is over."""

import os
import secrets
import subprocess
from pathlib import Path

from . import engine
from .host import BINARY, RUNTIME, base_environment, read_owner
from .leftovers import left_behind, left_in_engine
from .runtime import CLEAN_WITHIN_SECONDS
from .waiting import eventually, seconds


class OneShots:
    def __init__(self, folder, environment=None):
        self.folder = Path(folder) / f"maps-e2e-{secrets.token_hex(6)}"
        self.data_dir = self.folder / "data"
        self.environment = dict(environment or {})
        self.processes = []
        self.watches_engine = RUNTIME == "docker"
        self.volumes_before = engine.default().unused_volumes() if self.watches_engine else set()
        self.folder.mkdir(parents=True)

    def script(self, text, name="script.py"):
        """Writes a script; returns its path."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def start(self, *arguments, program=(str(BINARY), "run"), stdin=subprocess.DEVNULL, **options):
        environment = {**base_environment(), "MAPS_DATA_DIR": str(self.data_dir),
                       **self.environment, **options.pop("environment", {})}
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        process = subprocess.Popen([*program, *arguments], env=environment, cwd=self.folder,
                                   stdin=stdin, **options)
        self.processes.append(process)
        return process

    def run(self, *arguments, input=None, within=60, **options):
        """To its end; the bytes of both streams are .stdout and .stderr."""
        stdin = subprocess.DEVNULL if input is None else subprocess.PIPE
        process = self.start(*arguments, stdin=stdin, **options)
        out, err = process.communicate(input, timeout=seconds(within))
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    # ---- looking at it ----

    def slots(self):
        folder = self.data_dir / "oneshot"
        return sorted(folder.iterdir(), key=lambda slot: int(slot.name)) if folder.is_dir() else []

    def job_folders(self):
        return [job for slot in self.slots() for place in ("jobs", "trash")
                for job in (slot / place).iterdir()]

    def left(self):
        found = left_behind(self.folder.name, [job.name for job in self.job_folders()])
        found += [f"folder {job}" for job in self.job_folders()]
        if self.watches_engine:
            for slot in self.slots():
                found += left_in_engine(self.folder.name, [], read_owner(slot),
                                        self.volumes_before)
        return found

    def close(self):
        """Fails if anything is left behind."""
        running = [process for process in self.processes if process.poll() is None]
        for process in running:
            process.kill()
            process.wait()
        assert not running, f"still there: {[process.args for process in running]}"
        eventually(lambda: not self.left(), f"nothing is left: {self.left()}",
                   within=CLEAN_WITHIN_SECONDS)


def read_until(stream, text, within=30):
    """Reads a pipe until the text has come, which proves that it came alive."""
    seen = b""
    while text not in seen:
        chunk = os.read(stream.fileno(), 65536)
        assert chunk, f"{text!r} not in {seen[-500:]!r}"
        seen += chunk
    return seen
