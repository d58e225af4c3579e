# SPDX-License-Identifier: Apache-2.0
"""What takes long to make is made once, and kept in the user's cache folder."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

UNUSED_DAYS = 30


def folder():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(base) / "maps-backend"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


@contextlib.contextmanager
def only_one(kind):
    with open(folder() / f"{kind}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remove(path):
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def forget_unused(kind):
    for old in folder().glob(f"{kind}-*"):
        if time.time() - old.stat().st_mtime > UNUSED_DAYS * 86400:
            remove(old)


def kept(kind, key, make):
    """The file or folder of this kind and key.  If there is none yet, make(WORK FOLDER) makes
    it and returns its path; what is half made is never seen, and nobody makes it twice."""
    path = folder() / f"{kind}-{key}"
    with only_one(kind):
        if not path.exists():
            with tempfile.TemporaryDirectory(prefix=f"making-{kind}-", dir=folder()) as work:
                make(Path(work)).rename(path)
        os.utime(path)
        forget_unused(kind)
    return path
