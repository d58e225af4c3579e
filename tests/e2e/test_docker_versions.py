# SPDX-License-Identifier: Apache-2.0
"""Engines that speak other versions of the API: newer ones refuse old versions, old ones lack new
ones, and an engine may be replaced while the host runs."""

import shutil
import tempfile
from pathlib import Path

import pytest
from harness.disguise import Disguise
from harness.document import ended
from harness.host import RUNTIME
from harness.waiting import eventually

pytestmark = pytest.mark.skipif(RUNTIME != "docker", reason="about versions of the Engine API")


@pytest.fixture
def disguise():
    folder = tempfile.mkdtemp(prefix="maps-e2e-")
    made = []

    def make(oldest, newest):
        made.append(Disguise(Path(folder) / "engine.sock", oldest, newest))
        return made[-1]

    yield make
    for one in made:
        one.close()
    shutil.rmtree(folder)


def spoken(host):
    plugins = host.api.get("/api/system/info").json()["plugins"]
    [docker] = [plugin for plugin in plugins if plugin["name"] == "docker"]
    return docker["engine_version"].rsplit("API ", 1)[1]


@pytest.mark.parametrize("oldest, newest, expected", [
    ("1.12", "1.41", "1.41"), ("1.24", "1.51", "1.41"), ("1.44", "1.51", "1.44")])
def test_the_lowest_version_that_both_can_speak_is_spoken(disguise, new_host, oldest, newest,
                                                          expected):
    engine = disguise(oldest, newest)
    host = new_host(DOCKER_HOST=engine.address)
    assert spoken(host) == expected
    ended(host.api.run("pass"), "success", "exited")
    assert engine.refused == 0


def test_an_engine_that_is_too_old_is_said_to_be(disguise, make_host):
    engine = disguise("1.12", "1.40")
    host = make_host(DOCKER_HOST=engine.address).start(ready=False)
    text = eventually(lambda: host.api.get("/readyz").status == 503
                      and "1.41" in host.api.get("/readyz").text and host.api.get("/readyz").text,
                      "the host says what is needed")
    assert "1.40" in text, text


def test_an_engine_that_is_replaced_by_a_newer_one_is_spoken_to_in_its_way(disguise, new_host):
    engine = disguise("1.24", "1.43")
    host = new_host(DOCKER_HOST=engine.address)
    ended(host.api.run("pass"), "success", "exited")
    engine.oldest, engine.newest = "1.44", "1.51"
    ended(host.api.run("pass"), "success", "exited")
    eventually(lambda: spoken(host) == "1.44", "the next probe says so")
