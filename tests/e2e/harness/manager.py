# SPDX-License-Identifier: Apache-2.0
"""What systemd is for a service with Type=notify, and threads that hang."""

import contextlib
import ctypes
import os
import socket
import threading
import time
from pathlib import Path

from .waiting import seconds

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WAIT_ALL_CHILDREN = 0x40000000  # __WALL: threads too


class Manager:
    """Hears what a host tells its service manager."""

    def __init__(self, folder):
        self.path = Path(folder) / "notify.socket"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))

    def environment(self, watchdog_ms=None):
        variables = {"NOTIFY_SOCKET": self.path}
        if watchdog_ms is not None:
            variables["WATCHDOG_USEC"] = watchdog_ms * 1000
        return variables

    def hear(self, within):
        """The next message as {name: value}; None if there is none in that time."""
        self.socket.settimeout(max(within, 0.001))
        try:
            text = self.socket.recv(65536).decode()
        except TimeoutError:
            return None
        return dict(line.split("=", 1) for line in text.splitlines())

    def await_message(self, name, within=30):
        """Reads until a message has that name; returns its value."""
        deadline = time.monotonic() + seconds(within)
        while (left := deadline - time.monotonic()) > 0:
            message = self.hear(left)
            if message and name in message:
                return message[name]
        raise AssertionError(f"the manager was not told {name}")

    def messages_for(self, duration):
        """All that comes within that many seconds."""
        deadline = time.monotonic() + duration
        heard = []
        while (left := deadline - time.monotonic()) > 0:
            message = self.hear(left)
            if message:
                heard.append(message)
        return heard

    def close(self):
        self.socket.close()
        self.path.unlink()


def thread_of(pid, name):
    """The id of the one thread with that name."""
    found = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()
             if (task / "comm").read_text().strip() == name]
    assert len(found) == 1, f"{len(found)} threads are called {name}"
    return found[0]


def reap(thread_id):
    """A traced thread that is killed is a zombie, and its process with it, until its tracer asks."""
    with contextlib.suppress(ChildProcessError):  # it was let go
        os.waitpid(thread_id, WAIT_ALL_CHILDREN)


@contextlib.contextmanager
def hung(thread_id):
    """Stops one thread of a process, while its others go on."""
    libc = ctypes.CDLL(None, use_errno=True)

    def ptrace(request):
        result = libc.ptrace(request, thread_id, None, None)
        assert result == 0, f"ptrace: {os.strerror(ctypes.get_errno())}"

    ptrace(PTRACE_SEIZE)
    try:
        ptrace(PTRACE_INTERRUPT)
        os.waitpid(thread_id, WAIT_ALL_CHILDREN)
        threading.Thread(target=reap, args=(thread_id,), daemon=True).start()
        yield
    finally:
        with contextlib.suppress(AssertionError):  # it may have been killed
            ptrace(PTRACE_DETACH)
