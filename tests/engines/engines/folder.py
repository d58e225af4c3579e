# SPDX-License-Identifier: Apache-2.0
"""An engine's folder: short of name, and gone when the engine is, whatever was mounted in it."""

import contextlib
import os
import tempfile
from pathlib import Path

from harness.dockerd import remove_with_mounts


@contextlib.contextmanager
def temporary():
    """Not below TMPDIR: the names of unix sockets are limited to 108 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="maps-engine-", dir="/tmp"))
    folder.chmod(0o711)  # the socket's own mode says who may use it
    try:
        yield folder
    finally:
        remove_with_mounts(folder)


def own_socket(path, gid):
    """Lets root and one group use it, as distributions do."""
    os.chown(path, 0, gid)
    os.chmod(path, 0o660)
