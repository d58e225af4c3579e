# SPDX-License-Identifier: Apache-2.0
"""docker-compose.yml as its users know it, on the engine under test."""

import os
import secrets
import socket
import subprocess
from pathlib import Path

from harness.client import Client
from harness.waiting import eventually, seconds

BACKEND = "maps-python-backend:latest"
RUNNER = "py-exec:latest"
BUILD_SECONDS = 900  # it installs a compiler, and compiles
KEPT = ("PATH", "HOME", "LANG", "DOCKER_HOST", "BASE_IMAGE")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Deployment:
    def __init__(self, engine, folder, project_dir=None):
        self.engine = engine
        self.folder = Path(folder)
        self.project_dir = Path(project_dir or folder)
        self.name = f"maps-compose-{secrets.token_hex(4)}"
        self.port = free_port()
        self.api = Client(self.port)
        self.environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.environment.update(DOCKER_SOCKET=engine.path, MAPS_PORT=str(self.port))
        if project_dir is not None:
            self.environment["HOST_PROJECT_DIR"] = str(project_dir)

    def compose(self, *arguments, within=120):
        """docker-compose with these arguments, which must succeed."""
        command = ["docker-compose", "--project-name", self.name, *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=seconds(within), check=False)
        assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-4000:]}"
        return done.stdout

    def up(self, *options):
        self.compose("up", "-d", *options, within=BUILD_SECONDS)
        return self.await_health()

    def await_health(self):
        try:
            eventually(lambda: self.inspect("maps-backend")["State"]["Health"]["Status"]
                       == "healthy", "the backend is healthy", within=90)
        except AssertionError as failure:
            raise AssertionError(f"{failure}\n{self.compose('logs', '--no-color')[-4000:]}") from None
        return self

    def down(self):
        """As an operator ends it; only the project folder stays."""
        self.compose("down", "-v", within=180)

    # ---- looking at it ----

    def containers(self, service=None):
        labels = [f"com.docker.compose.project={self.name}"]
        if service is not None:
            labels.append(f"com.docker.compose.service={service}")
        return self.engine.containers(label=labels)

    def inspect(self, service):
        [container] = self.containers(service)
        return self.engine.inspect(container["Id"])

    def user_id(self):
        """Whom the backend runs as, seen from outside."""
        status = Path(f"/proc/{self.inspect('maps-backend')['State']['Pid']}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("Uid:")]
        return int(line.split()[1])

    def data_dir(self):
        return self.project_dir / "maps-data"
