# SPDX-License-Identifier: Apache-2.0
"""The disk that is new at each run: a tar file with the build, the tests and the plan.

A disk that is a tar file needs no file system, and everything in it can belong to root
(as installed programs do) whoever packs it."""

import io
import json
import os
import subprocess
import tarfile
import tempfile

from groundwork.complaint import Complaint

FROM_SOURCE = ["etc", "examples", "tests/e2e", "tests/unit/sandbox", "tests/vm/guest"]
FROM_BUILD = ["bin", "lib", "libexec", "tests/unit/sandbox"]
LEFT_OUT = {"__pycache__", ".pytest_cache", "CMakeFiles"}
SECTOR_BYTES = 512


def owned_by_root(entry):
    if LEFT_OUT.intersection(entry.name.split("/")):
        return None
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mode = 0o755 if entry.isdir() or entry.mode & 0o111 else 0o644
    return entry


def add_text(tar, name, text):
    entry = tarfile.TarInfo(name)
    data = text.encode()
    entry.size = len(data)
    tar.addfile(owned_by_root(entry), io.BytesIO(data))


def install(build, folder):
    """cmake --install into folder, as a package is made."""
    done = subprocess.run(["cmake", "--install", str(build)], text=True, capture_output=True,
                          env={**os.environ, "DESTDIR": str(folder)}, check=False)
    if done.returncode != 0:
        raise Complaint(f"cmake --install {build}: {done.stderr.strip()}")


def pack(source, build, plan, path):
    """Writes the payload of one run to path. Inside, all of it lies below /srv/maps."""
    if not (build / "bin" / "maps-backend").exists():
        raise Complaint(f"{build}/bin/maps-backend is not there: build first, "
                        "or name another build folder with --build")
    with tarfile.open(path, "w") as tar:
        for name in FROM_SOURCE:
            if (source / name).exists():
                tar.add(source / name, name, filter=owned_by_root)
        for name in FROM_BUILD:
            if (build / name).exists():
                tar.add(build / name, f"build/{name}", filter=owned_by_root)
        with tempfile.TemporaryDirectory(prefix="maps-installed-") as folder:
            install(build, folder)
            tar.add(folder, "installed", filter=owned_by_root)
        add_text(tar, "plan.json", json.dumps(plan))
    with open(path, "ab") as file:
        file.truncate(-(-file.tell() // SECTOR_BYTES) * SECTOR_BYTES)
