# SPDX-License-Identifier: Apache-2.0
"""`docker-compose up -d`, with the real docker-compose on a real engine."""

import os

from deployment import BACKEND, RUNNER
from harness.waiting import eventually

SCRIPT = """
import json, os
numbers = [int(line) for line in open("/job/input/numbers.txt")]
print("adding", len(numbers), "numbers")
open("sum.txt", "w").write(str(sum(numbers)))
json.dump({"sum": sum(numbers), "uid": os.getuid()}, open("result.json", "w"))
"""
FILES = [{"path": "numbers.txt", "content": "19\n23\n"}]
OWNER = 4711  # of nobody in particular
SOCKET = "/var/run/docker.sock"


def add_numbers(deployment):
    """Runs a job with input and output; returns its document."""
    document = deployment.api.run(SCRIPT, within=120, files=FILES)
    assert document["status"] == "success", document
    assert document["logs"] == "adding 2 numbers\n"
    assert document["result"]["sum"] == 42
    assert deployment.api.output(document["job_id"], "sum.txt") == b"42"
    return document


def test_up_builds_both_images_and_brings_a_healthy_backend(engine, deployment):
    assert engine.has_image(BACKEND)
    assert engine.has_image(RUNNER)
    assert deployment.inspect("py-exec")["State"]["ExitCode"] == 0


def test_the_backend_says_that_it_runs_jobs_with_docker(deployment):
    info = deployment.api.get("/api/system/info").json()
    assert (info["runtime"], info["runner_type"]) == ("docker", "DockerRunner")
    assert {plugin["state"] for plugin in info["plugins"]} == {"ready"}, info["plugins"]


def test_it_is_published_on_loopback_only(deployment):
    ports = deployment.inspect("maps-backend")["NetworkSettings"]["Ports"]
    assert ports == {"8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(deployment.port)}]}


def test_a_job_with_input_and_output_runs_in_host_project_dir(engine, deployment):
    document = add_numbers(deployment)
    output = deployment.data_dir() / "jobs" / document["job_id"] / "output"
    assert (output / "sum.txt").read_text() == "42"
    eventually(lambda: not engine.exists(f"runner-{document['job_id']}"), "the runner is removed")


def test_only_the_backend_gets_the_socket(engine, deployment):
    job = deployment.api.submit("import time; time.sleep(600)")
    deployment.api.running(job["job_id"])
    runner = engine.inspect(f"runner-{job['job_id']}")
    deployment.api.cancel(job["job_id"])
    deployment.api.finished(job["job_id"])
    holders = [container["Name"] for container in (
        deployment.inspect("maps-backend"), deployment.inspect("py-exec"), runner)
        if any(mount["Destination"] == SOCKET or mount.get("Source") == engine.path
               for mount in container["Mounts"])]
    assert holders == [deployment.inspect("maps-backend")["Name"]]


def test_the_backend_gives_up_root_if_a_group_may_use_the_socket(engine, deployment):
    status = os.stat(engine.path)
    may = status.st_gid != 0 and status.st_mode & 0o020
    assert may, "the engine under test lets no group use its socket; tests/engines/run --group"
    assert deployment.user_id() != 0


def test_without_host_project_dir_jobs_are_kept_beside_the_compose_file(copy):
    copy.up("--no-build")
    document = add_numbers(copy)
    assert copy.user_id() != 0
    assert (copy.folder / "maps-data" / "jobs" / document["job_id"]).is_dir()


def test_the_backend_works_as_the_owner_of_the_project_folder(copy):
    os.chown(copy.folder, OWNER, OWNER)
    copy.up("--no-build")
    document = add_numbers(copy)
    assert copy.user_id() == OWNER
    assert document["result"]["uid"] == OWNER
    output = copy.data_dir() / "jobs" / document["job_id"] / "output" / "sum.txt"
    assert output.stat().st_uid == OWNER


def test_a_project_folder_that_only_root_may_enter_is_no_obstacle(copy):
    copy.folder.chmod(0o700)
    copy.up("--no-build")
    add_numbers(copy)
    assert copy.user_id() == 0
    assert "only root may enter /project" in copy.compose("logs", "--no-color")


def test_a_restart_takes_up_a_changed_configuration_and_keeps_the_jobs(copy):
    copy.up("--no-build")
    job_id = add_numbers(copy)["job_id"]
    file = copy.folder / "etc" / "maps-backend.conf"
    before = file.read_text()
    file.write_text(before.replace("# queue_limit = 1000;", "queue_limit = 77;"))
    assert file.read_text() != before
    copy.compose("restart")
    copy.await_health()
    assert copy.api.get("/api/system/info").json()["queue"]["limit"] == 77
    assert copy.api.job(job_id)["status"] == "success"


def test_down_leaves_only_the_project_folder(engine, copy):
    volumes = engine.unused_volumes()
    copy.up("--no-build")
    add_numbers(copy)
    copy.down()
    assert not copy.containers()
    assert engine.unused_volumes() <= volumes
    networks = engine.get("/networks").expect(200).json()
    assert not [network["Name"] for network in networks if copy.name in network["Name"]]
    assert copy.data_dir().is_dir()
