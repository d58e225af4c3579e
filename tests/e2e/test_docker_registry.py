# SPDX-License-Identifier: Apache-2.0
"""Images from a private registry, which runs here on loopback."""

import base64
import io
import json
import os
import tarfile

import pytest
from harness import engine as engines
from harness.document import ended
from harness.host import RUNTIME
from harness.registry import Door, Registry, push
from harness.waiting import eventually

pytestmark = pytest.mark.skipif(RUNTIME != "docker", reason="only docker pulls images")

REPOSITORY = "maps/scripts"


@pytest.fixture(scope="module")
def engine():
    return engines.default()


def build_on(engine, base, name, layer):
    """An image with one more layer than its base."""
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for path, content in (("Dockerfile", f"FROM {base}\nCOPY layer /layer\n".encode()),
                              ("layer", layer)):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    answer = engine.post("/build", context.getvalue(), query={"t": name}, timeout=300,
                         headers={"Content-Type": "application/x-tar"}).expect(200)
    assert b'"error"' not in answer.body, answer.body[-500:]


@pytest.fixture(scope="module")
def registry(engine, tmp_path_factory):
    """A registry with one image, whose last layer the engine does not have."""
    base = os.environ.get("RUNNER_IMAGE") or "py-exec:latest"
    started = Registry(tmp_path_factory.mktemp("registry")).start()
    build_on(engine, base, "maps-e2e-layer:1", os.urandom(4 << 20))
    push(engine, "maps-e2e-layer:1", f"{started.name}/{REPOSITORY}", "1")
    engine.remove_image("maps-e2e-layer:1")
    yield started
    started.stop()


@pytest.fixture
def image(registry, engine):
    name = f"{registry.name}/{REPOSITORY}:1"
    assert not engine.has_image(name)
    yield name
    engine.remove_image(name)


def test_an_image_is_pulled_with_the_credentials_of_docker_login(new_host, registry, engine, image,
                                                                 tmp_path):
    config = registry.docker_config(tmp_path / "config.json", registry.name)
    host = new_host(RUNNER_IMAGE=image, MAPS_DOCKER_CONFIG_FILE=config)
    document = ended(host.api.run("print(open('/layer', 'rb').read(1) != b'')"),
                     "success", "exited")
    assert document["logs"] == "True\n"
    assert document["image"] == image
    assert engine.has_image(image)


def test_while_it_is_pulled_the_jobs_message_says_how_far(new_host, registry, engine, tmp_path):
    with Door(registry) as door:
        image = f"{door.name}/{REPOSITORY}:1"
        config = registry.docker_config(tmp_path / "config.json", door.name)
        host = new_host(RUNNER_IMAGE=image, MAPS_DOCKER_CONFIG_FILE=config)
        job_id = host.api.submit("pass")["job_id"]
        try:
            assert eventually(door.holds.is_set, "the pull is half way")

            def says_how_far():
                document = host.api.job(job_id)
                assert document["status"] in ("queued", "starting"), document
                message = document["message"] or ""
                return image in message and "%" in message

            eventually(says_how_far, "the message says how far the pull is")
            door.opened.set()
            ended(host.api.finished(job_id), "success", "exited")
        finally:
            engine.remove_image(image)


def test_a_pull_can_be_cancelled(new_host, registry, engine, tmp_path):
    with Door(registry) as door:
        image = f"{door.name}/{REPOSITORY}:1"
        config = registry.docker_config(tmp_path / "config.json", door.name)
        host = new_host(RUNNER_IMAGE=image, MAPS_DOCKER_CONFIG_FILE=config)
        job_id = host.api.submit("print('must not run')")["job_id"]
        eventually(door.holds.is_set, "the pull is half way")
        host.api.cancel(job_id)
        document = ended(host.api.finished(job_id), "cancelled", "cancelled")
        assert document["started_at"] is None
    engine.remove_image(image)


@pytest.mark.parametrize("account", [None, {"password": "wrong"}, {"user": "nobody"}])
def test_without_the_right_credentials_it_says_so(new_host, registry, image, tmp_path, account):
    settings = {"RUNNER_IMAGE": image}
    if account is not None:
        settings["MAPS_DOCKER_CONFIG_FILE"] = registry.docker_config(
            tmp_path / "config.json", registry.name, **account)
    document = ended(new_host(**settings).api.run("pass"), "lost", "image_unavailable")
    assert image in document["message"]
    assert "auth" in document["message"] or "credential" in document["message"]


def test_a_name_that_the_registry_does_not_have_is_said(new_host, registry, tmp_path):
    image = f"{registry.name}/maps/no-such-image:1"
    config = registry.docker_config(tmp_path / "config.json", registry.name)
    host = new_host(RUNNER_IMAGE=image, MAPS_DOCKER_CONFIG_FILE=config)
    document = ended(host.api.run("pass"), "lost", "image_unavailable")
    assert image in document["message"]


def test_the_password_of_a_registry_is_not_logged(new_host, tmp_path):
    account = base64.b64encode(b"user:hush-registry-4f1d").decode()
    login = tmp_path / "config.json"  # as `docker login` leaves it
    login.write_text(json.dumps({"auths": {"127.0.0.1:1": {"auth": account}}}))
    host = new_host(RUNNER_IMAGE="127.0.0.1:1/maps/scripts:1", MAPS_DOCKER_CONFIG_FILE=login,
                    MAPS_LOG_LEVEL="debug")
    assert host.api.run("pass")["reason"] == "image_unavailable"
    assert "image_unavailable" in host.log()
    for secret in (account, "hush-registry"):
        assert secret not in host.log()
