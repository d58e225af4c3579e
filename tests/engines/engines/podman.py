# SPDX-License-Identifier: Apache-2.0
"""A private Podman, as a service that speaks Docker's API."""

import contextlib
import os
import subprocess

from harness.engine import Engine
from harness.waiting import eventually, seconds

from . import folder
from .docker import clear

STORAGE = """[storage]
driver = "overlay"
graphroot = "{place}/graph"
runroot = "{place}/run"
"""

# Its defaults ask for limits above what a container or a small machine allows, and for systemd.
# Locks in files: those in shared memory would be one set for all Podmans of the machine.
CONTAINERS = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "{runtime}"
lock_type = "file"
tmp_dir = "{place}/tmp"
"""
RUNTIME = "runc"


def configure(place):
    """Writes the settings; returns the environment that names them."""
    (place / "tmp").mkdir()
    environment = dict(os.environ)
    for variable, name, text in [("CONTAINERS_STORAGE_CONF", "storage.conf", STORAGE),
                                 ("CONTAINERS_CONF", "containers.conf", CONTAINERS)]:
        (place / name).write_text(text.format(place=place, runtime=RUNTIME))
        environment[variable] = str(place / name)
    return environment


def start(place, environment, engine):
    with open(place / "log", "ab") as log:
        process = subprocess.Popen(["podman", "system", "service", "--time=0", engine.address],
                                   env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=log, start_new_session=True)

    def is_up():
        assert process.poll() is None, "podman ended:\n" + (place / "log").read_text()[-2000:]
        return engine.answers()
    try:
        eventually(is_up, "podman answers", within=60)
    except BaseException:
        stop(process)
        raise
    return process


def stop(process):
    process.terminate()
    try:
        process.wait(seconds(30))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running(gid=0):
    """An Engine."""
    with folder.temporary() as place:
        engine = Engine(f"unix://{place}/podman.sock")
        process = start(place, configure(place), engine)
        try:
            folder.own_socket(engine.path, gid)
            yield engine
        finally:
            clear(engine)
            stop(process)
