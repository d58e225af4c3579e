# SPDX-License-Identifier: Apache-2.0
"""A private dockerd."""

import contextlib

from harness.dockerd import Dockerd

from . import folder


@contextlib.contextmanager
def running(*arguments, gid=0):
    """An Engine; arguments are dockerd's."""
    with folder.temporary() as place:
        daemon = Dockerd(place)
        try:
            yield daemon.start("--group", str(gid), *arguments).engine
        finally:
            if daemon.process is not None:
                daemon.go_on()
                clear(daemon.engine)
                daemon.stop()


def clear(engine):
    """Containers hold processes and mounts, which must not outlive the daemon."""
    with contextlib.suppress(OSError, AssertionError):
        for container in engine.containers():
            engine.remove(container["Id"])
