# SPDX-License-Identifier: Apache-2.0
"""An engine's folder: short of name, and gone when the engine is, whatever was mounted in it."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def mounts_below(folder):
    """Mount points in this namespace, the innermost first."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        points = [line.split()[4] for line in file]
    return [point for point in reversed(points) if point.startswith(f"{folder}/")]


def remove(folder):
    for point in mounts_below(folder):
        subprocess.run(["umount", "--lazy", point], check=False)
    shutil.rmtree(folder)


@contextlib.contextmanager
def temporary():
    """Not below TMPDIR: the names of unix sockets are limited to 108 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="maps-engine-", dir="/tmp"))
    folder.chmod(0o711)  # the socket's own mode says who may use it
    try:
        yield folder
    finally:
        remove(folder)


def own_socket(path, gid):
    """Lets root and one group use it, as distributions do."""
    os.chown(path, 0, gid)
    os.chmod(path, 0o660)
