# SPDX-License-Identifier: Apache-2.0
"""The image that scripts run in: what is in it, and what its hooks put into it."""

import functools
import http.server
import secrets
import shutil
import threading
import zipfile

import pytest
from engines import images

# Runs as the image says, confined as a job is.
CONFINED = {"NetworkMode": "none", "ReadonlyRootfs": True, "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"], "Tmpfs": {"/tmp": "rw,nosuid,nodev,size=16m"}}
FIND_PRIVILEGED = ["/usr/bin/find", "/", "-xdev", "-type", "f", "-perm", "/6000"]
SIZE_RATIO = 1.02  # of what it is built on, if that has Python


@pytest.fixture
def run(engine):
    """run(IMAGE, COMMAND): what it prints; fails if it does."""
    def call(image, command, **settings):
        name = f"maps-image-{secrets.token_hex(4)}"
        engine.create(name, {"Image": image, "Cmd": command, "HostConfig": CONFINED, **settings})
        try:
            engine.start(name)
            status = engine.post(f"/containers/{name}/wait").expect(200).json()["StatusCode"]
            printed = {stream: text.decode() for stream, text in engine.logs(name).items()}
            assert status == 0, printed
            return printed[1]
        finally:
            engine.remove(name)
    return call


@pytest.fixture
def built(engine, tmp_path):
    """built(requirements=TEXT, **BUILD ARGUMENTS): a changed image's name."""
    tag = f"maps-image-{secrets.token_hex(4)}:latest"
    context = tmp_path / "runner_image"
    context.mkdir()
    for name in images.CONTEXT_FILES:
        shutil.copy(images.CONTEXT / name, context)

    def build(requirements="", **arguments):
        with open(context / "requirements.txt", "a", encoding="utf-8") as file:
            file.write(requirements)
        images.build_runner(engine, arguments, tag, context, network="host")
        return tag

    yield build
    engine.remove_image(tag)


@pytest.fixture
def package_index(tmp_path):
    """The address of a folder with one small Python package in it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    about = "maps_greeting-1.0.dist-info"
    with zipfile.ZipFile(folder / "maps_greeting-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("maps_greeting.py", "TEXT = 'hello from a package'\n")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: maps-greeting\n"
                                            "Version: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\n"
                                         "Root-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    handler = functools.partial(QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def inspect(engine, image):
    return engine.get(f"/images/{image}/json").expect(200).json()


def test_the_default_user_is_a_number_and_not_root(engine, run):
    uid, gid = inspect(engine, images.RUNNER)["Config"]["User"].split(":")
    assert int(uid) > 0 and int(gid) > 0
    assert run(images.RUNNER, ["/usr/bin/id", "-u"]).strip() == uid


def test_python_works_confined_with_a_read_only_root(run):
    script = "import json, sqlite3, ssl, sys, tempfile; tempfile.TemporaryFile(); print(sys.flags.dont_write_bytecode)"
    assert run(images.RUNNER, ["/usr/bin/python3", "-c", script]) == "1\n"


def test_any_user_id_will_do(run):
    assert run(images.RUNNER, ["/usr/bin/python3", "-c", "import os; print(os.getuid())"],
               User="64738:64738") == "64738\n"


def test_no_program_brings_rights_that_the_base_does_not_bring(run):
    def privileged(image):
        return set(run(image, FIND_PRIVILEGED, User="0:0",
                       HostConfig={**CONFINED, "CapDrop": []}).splitlines())

    base = privileged(images.BASE)
    assert "/usr/bin/su" in base or "/bin/su" in base, "the search finds nothing"
    assert privileged(images.RUNNER) <= base


def test_the_image_is_hardly_larger_than_its_base(engine):
    sizes = [inspect(engine, image)["Size"] for image in (images.RUNNER, images.BASE)]
    assert sizes[0] <= SIZE_RATIO * sizes[1], sizes


def test_extra_packages_of_debian_are_installed_and_nothing_else_stays(built, run):
    image = built(EXTRA_PACKAGES="jq file")
    assert run(image, ["/usr/bin/jq", "-n", "1+2"]) == "3\n"
    assert run(image, ["/usr/bin/find", "/tmp", "/var/lib/apt/lists", "-type", "f"],
               HostConfig={**CONFINED, "Tmpfs": {}}) == ""


def test_requirements_are_installed_without_leaving_pip_behind(built, run, package_index):
    image = built(requirements=f"--no-index\n--find-links {package_index}\nmaps-greeting==1.0\n")
    script = ("import importlib.util, maps_greeting; "
              "print(maps_greeting.TEXT, importlib.util.find_spec('pip'))")
    assert run(image, ["/usr/bin/python3", "-c", script]) == "hello from a package None\n"
