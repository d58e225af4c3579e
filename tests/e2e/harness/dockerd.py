# SPDX-License-Identifier: Apache-2.0
"""A dockerd of a test's own, to be stopped, hung and restarted. Needs root."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from . import engine
from .engine import Engine, UnixConnection
from .waiting import eventually, seconds


def mounts_below(folder):
    """Mount points in this namespace, the innermost first."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        points = [line.split()[4] for line in file]
    return [point for point in reversed(points) if point.startswith(f"{folder}/")]


def remove_with_mounts(folder):
    """What an engine mounts on itself, it leaves if it was ever killed."""
    for point in mounts_below(folder):
        subprocess.run(["umount", "--lazy", point], check=False)
    shutil.rmtree(folder)


class Dockerd:
    """Its images and containers outlive a restart, and go with remove()."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.engine = Engine(f"unix://{self.folder}/docker.sock")
        self.process = None
        (self.folder / "daemon.json").write_text("{}")

    @property
    def address(self):
        return self.engine.address

    def start(self, *arguments):
        command = ["dockerd", "--host", self.address, "--config-file", self.folder / "daemon.json",
                   "--data-root", self.folder / "data", "--exec-root", self.folder / "exec",
                   "--pidfile", self.folder / "pid", "--bridge=none", "--iptables=false",
                   *arguments]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True)
        eventually(self._is_up, "dockerd answers", within=60)
        return self

    def _is_up(self):
        assert self.process.poll() is None, f"dockerd ended:\n{self.log()[-2000:]}"
        return self.engine.answers()

    def stop(self):
        self.process.terminate()
        self.process.wait(seconds(60))
        self.process = None

    def kill(self):
        """As the machine's out-of-memory killer would. The kernel then ends its containerd, which
        a dockerd that starts in that moment would take for a living one."""
        containerd = int((self.folder / "exec/containerd/containerd.pid").read_text())
        self.process.kill()
        self.process.wait()
        self.process = None
        eventually(lambda: not os.path.exists(f"/proc/{containerd}"), "its containerd is gone")

    def hang(self):
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def ensure_up(self, *arguments):
        """Whatever a test did to it."""
        if self.process is not None and self.process.poll() is None:
            self.go_on()
            return self
        return self.start(*arguments)

    def copy_image(self, name):
        """Brings an image over from the engine under test."""
        image = self.folder / "image.tar"
        connection = UnixConnection(engine.default().path, seconds(120))
        try:
            connection.request("GET", f"/images/{name}/get")
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            with open(image, "wb") as file:
                shutil.copyfileobj(answer, file, 1 << 20)
        finally:
            connection.close()
        with open(image, "rb") as file:
            self.engine.post("/images/load", file, timeout=300, headers={
                "Content-Type": "application/x-tar",
                "Content-Length": str(os.path.getsize(image))}).expect(200)
        image.unlink()

    def remove(self):
        self.ensure_up()
        for container in self.engine.containers():
            self.engine.remove(container["Id"])
        self.stop()
        remove_with_mounts(self.folder)
