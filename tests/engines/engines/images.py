# SPDX-License-Identifier: Apache-2.0
"""The images that tests run on, made on this machine: no registry is asked for anything."""

import hashlib
import io
import json
import shutil
import tarfile
from pathlib import Path
from urllib.parse import urlencode

from groundwork import cache, debian
from groundwork.complaint import Complaint
from harness.engine import UnixConnection

BASE = "debian:bookworm-slim"
RUNNER = "py-exec:latest"
# With python3, so that the runner's image builds without any network.
BASE_PACKAGES = ["python3"]
CONTEXT = Path(__file__).resolve().parents[3] / "runner_image"
CONTEXT_FILES = ["Dockerfile", "requirements.txt"]
TIMEOUT_SECONDS = 600
PIECE_BYTES = 1 << 20


def stamp(*parts):
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def base_key():
    return f"{debian.suite()}-{stamp(*(name.encode() for name in BASE_PACKAGES))}"


def base_tar(say):
    """The file system of the base image, as a tar file."""
    def make(work):
        say("making the base image with mmdebstrap (once; about half a minute)")
        return debian.install(work, "the base image", BASE_PACKAGES)
    return cache.kept("base", base_key(), make)


def upload(engine, path, file):
    """POSTs a tar file, and complains if the engine does, in its status or in its progress."""
    answer = engine.post(path, file, headers={"Content-Type": "application/x-tar"},
                         timeout=TIMEOUT_SECONDS)
    text = answer.body.decode(errors="replace")
    if answer.status != 200 or '"error"' in text:
        raise Complaint(f"{path.split('?')[0]}: the engine says {answer.status}: {text[-2000:]}")
    return text


def download(engine, path, file):
    connection = UnixConnection(engine.path, TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != 200:
            raise Complaint(f"{path}: the engine says {answer.status}: {answer.read(2000)!r}")
        with open(file, "wb") as copy:
            shutil.copyfileobj(answer, copy, PIECE_BYTES)
    finally:
        connection.close()


def packed(folder, names):
    """These files of a folder, as a tar file in memory."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in names:
            tar.add(folder / name, name)
    return buffer.getvalue()


def build_runner(engine, arguments=None, tag=RUNNER, context=CONTEXT, network="none"):
    """Builds runner_image/, or a copy of it, on what the engine has."""
    query = urlencode({"t": tag, "networkmode": network, "rm": 1, "forcerm": 1,
                       "buildargs": json.dumps(arguments or {})})
    return upload(engine, f"/build?{query}", packed(context, CONTEXT_FILES))


def import_base(engine, say):
    with open(base_tar(say), "rb") as file:
        repository, tag = BASE.split(":")
        upload(engine, f"/images/create?fromSrc=-&repo={repository}&tag={tag}", file)


def archive(say, borrow_engine):
    """A tar file with both images, as `docker save` writes it and /images/load takes it.
    borrow_engine() gives an engine to build on, as a context manager, if need be."""
    def make(work):
        say("building py-exec (once)")
        with borrow_engine() as engine:
            import_base(engine, say)
            build_runner(engine)
            download(engine, f"/images/get?names={BASE}&names={RUNNER}", work / "images.tar")
        return work / "images.tar"

    recipe = [(CONTEXT / name).read_bytes() for name in CONTEXT_FILES]
    return cache.kept("images", stamp(base_key().encode(), *recipe), make)


def load(engine, path):
    with open(path, "rb") as file:
        upload(engine, "/images/load?quiet=1", file)
