# SPDX-License-Identifier: Apache-2.0
"""What is particular to containers: how they look to the engine, and what others do to them."""

import os
import secrets
import time

import pytest
from harness import engine as engines
from harness.document import ended
from harness.host import RUNTIME
from harness.leftovers import processes_named
from harness.runtime import ARCHIVE
from harness.waiting import eventually, seconds

pytestmark = pytest.mark.skipif(RUNTIME != "docker", reason="only docker has containers to look at")

MEBIBYTE = 1 << 20
SLEEP = """
open("starts", "a").write("started\\n")
print("ready", flush=True)
import time; time.sleep(600)
"""


@pytest.fixture(scope="module")
def engine():
    return engines.default()


@pytest.fixture
def image(engine):
    """The image that scripts run in, as the engine calls it."""
    return os.environ.get("RUNNER_IMAGE") or "py-exec:latest"


def start(api, marker, **fields):
    job_id = api.submit(SLEEP, args=[marker], **fields)["job_id"]
    api.await_log(job_id, b"ready")
    return job_id


def cancel(api, job_id):
    api.cancel(job_id)
    return ended(api.finished(job_id), "cancelled", "cancelled")


def profiles(tmp_path, image):
    """A configuration with a profile of another image."""
    path = tmp_path / "profiles.conf"
    path.write_text(f'profiles: {{ other: {{ image = "{image}"; command = ["python3"]; '
                    'script_name = "script.py"; }; };\n')
    return ["--config", str(path)]


# ---- how a job looks to the engine ----

def test_the_container_bears_the_jobs_name_and_the_hosts_label(api, engine, marker):
    job_id = start(api, marker)
    found = engine.inspect(f"runner-{job_id}")
    labels = found["Config"]["Labels"]
    assert labels["maps.job"] == job_id
    assert labels["maps.attempt"] == "1"
    assert labels["maps.owner"]
    [listed] = engine.containers(label=[f"maps.owner={labels['maps.owner']}"])
    assert listed["Id"] == found["Id"], "and there is no other"
    cancel(api, job_id)
    eventually(lambda: not engine.exists(f"runner-{job_id}"), "it goes with the job")


def test_docker_logs_shows_both_streams_while_the_job_runs(api, engine):
    job_id = api.submit("""
import sys, time
print("to stdout", flush=True)
print("to stderr", file=sys.stderr, flush=True)
time.sleep(600)
""")["job_id"]
    expected = {1: b"to stdout\n", 2: b"to stderr\n"}
    api.running(job_id)
    eventually(lambda: engine.logs(f"runner-{job_id}") == expected, "docker logs shows it")
    eventually(lambda: api.logs(job_id, stream="stderr") == expected[2], "and so does the host")
    assert api.job(job_id)["status"] == "running"
    cancel(api, job_id)


LIMITS = {"memory_bytes": 200 * MEBIBYTE, "pids": 50, "cpus": 0.5}


@pytest.fixture(scope="module")
def inspected(host, engine):
    job_id = start(host.api, secrets.token_hex(8), limits=LIMITS)
    found = engine.inspect(f"runner-{job_id}")
    if engine.is_podman:  # its own API says what Docker's has no words for
        own = engine.look(f"/v4.0.0/libpod/containers/runner-{job_id}/json").expect(200).json()
        found["EffectiveCaps"] = own["EffectiveCaps"]
        found["HostConfig"]["LogConfig"] = own["HostConfig"]["LogConfig"]
    cancel(host.api, job_id)
    return found


def test_it_is_confined_by_every_means_that_the_engine_has(inspected, engine):
    config, host_config = inspected["Config"], inspected["HostConfig"]
    assert config["User"].split(":")[0] not in ("", "0", "root")
    assert not config["Tty"] and not config["OpenStdin"]
    assert host_config["NetworkMode"] == "none"
    assert host_config["ReadonlyRootfs"] is True
    assert host_config["Privileged"] is False
    assert any(option.startswith("no-new-privileges") for option in host_config["SecurityOpt"])
    assert host_config["IpcMode"] in ("private", "shareable"), "Podman's word for it"
    assert host_config["RestartPolicy"]["Name"] in ("no", "")
    assert host_config["AutoRemove"] is False, "its end is evidence until it is on disk"
    for name in ("CapAdd", "Devices", "Links", "VolumesFrom", "GroupAdd", "PortBindings"):
        assert not host_config[name], name
    for name in ("PidMode", "UTSMode", "UsernsMode"):
        assert host_config[name] in ("", "private"), name
    if engine.is_podman:  # which lists the capabilities instead, and has no NetworkDisabled
        assert len(host_config["CapDrop"]) > 10 and not inspected["EffectiveCaps"]
    else:
        assert host_config["CapDrop"] == ["ALL"]
        if not ARCHIVE:  # where nothing is mounted, /etc/hosts is for the engine to make
            assert config["NetworkDisabled"] is True
        assert host_config["CgroupnsMode"] == "private"


def test_it_has_its_limits_from_the_engine(inspected, engine):
    host_config = inspected["HostConfig"]
    assert host_config["Memory"] == host_config["MemorySwap"] == LIMITS["memory_bytes"]
    assert host_config["PidsLimit"] == LIMITS["pids"]
    assert host_config["NanoCpus"] == LIMITS["cpus"] * 1e9
    assert host_config["ShmSize"] == 64 * MEBIBYTE
    if not engine.is_podman:  # there it is maps-init alone that sets them
        ulimits = {ulimit["Name"]: (ulimit["Soft"], ulimit["Hard"])
                   for ulimit in host_config["Ulimits"]}
        assert ulimits == {"core": (0, 0), "nofile": (1024, 1024)}
    options = host_config["Tmpfs"]["/tmp"].split(",")
    assert {"nosuid", "nodev"} <= set(options)
    assert any(option.startswith("size=") for option in options)


def test_its_log_in_the_engine_has_an_end(inspected, engine):
    log = inspected["HostConfig"]["LogConfig"]
    if engine.is_podman:
        assert log["Type"] == "k8s-file"
        assert log["Size"] not in ("", "0B")
    else:
        assert log["Type"] == "local"
        assert log["Config"]["max-size"]


def test_it_shows_nothing_of_the_hosts_environment(make_host, engine, marker):
    host = make_host(SECRET_OF_THE_HOST="do-not-pass-on", MAPS_TOKEN="correct-horse").start(
        "correct-horse")
    job_id = start(host.api, marker)
    text = str(engine.inspect(f"runner-{job_id}"))
    assert "do-not-pass-on" not in text and "correct-horse" not in text
    cancel(host.api, job_id)


# ---- images ----

def test_a_missing_image_is_said_at_once_with_its_name_and_what_to_do(new_host):
    host = new_host(RUNNER_IMAGE="maps-e2e-no-such-image:1", MAPS_DOCKER_PULL="never")
    before = time.monotonic()
    document = ended(host.api.run("pass"), "lost", "image_unavailable")
    assert time.monotonic() - before < seconds(10)
    assert "maps-e2e-no-such-image:1" in document["message"]
    assert "docker build" in document["message"]
    assert document["started_at"] is None


def test_an_image_that_no_registry_gives_is_said_with_the_engines_words(new_host):
    """Nobody listens at port 1: refused at once, wherever this runs."""
    host = new_host(RUNNER_IMAGE="127.0.0.1:1/no/such:2")
    document = ended(host.api.run("pass"), "lost", "image_unavailable")
    assert "127.0.0.1:1/no/such:2" in document["message"]
    assert "refused" in document["message"], "the reason, as the engine has it"


@pytest.mark.parametrize("name", ["", "UPPER CASE", "../../containers/x/json", "a?b=c", "a:b:c:"])
def test_what_is_no_image_name_reaches_no_engine(make_host, name, tmp_path):
    """A name is part of a request's path: nothing may be smuggled in by it."""
    host = make_host(arguments=profiles(tmp_path, name)).spawn()
    if eventually(lambda: host.process.poll() is not None or "listening" in host.log(),
                  "a start or a refusal") and host.process.poll() is not None:
        assert "image" in host.log()
        host.process = None
        return
    host.process.kill()
    host.wait()
    host.start()
    document = host.api.run("pass", profile="other")
    ended(document, "lost", "image_unavailable")


def test_a_profile_brings_its_own_image_and_nothing_else_of_it_counts(make_host, engine, image,
                                                                      tmp_path, marker):
    """The image's environment holds; its entrypoint, user, volumes and health check do not."""
    other = f"maps-e2e-{marker}:1"
    base = engine.create(f"maps-e2e-{marker}", {"Image": image, "Cmd": ["true"]})
    try:
        engine.post("/commit", {}, query=[
            ("container", base), ("repo", other.split(":")[0]), ("tag", "1"),
            ("changes", "ENV MARK=of-the-image"), ("changes", 'ENTRYPOINT ["/bin/false"]'),
            ("changes", "USER root"), ("changes", "VOLUME /data"),
            ("changes", "WORKDIR /data")]).expect(200, 201)
        host = make_host(arguments=profiles(tmp_path, other)).start()
        script = """
import os
print(os.environ["MARK"], os.getuid() != 0, os.getcwd())
try:
    open("/data/file", "w")
    print("WRITABLE")
except OSError:
    pass
"""
        document = ended(host.api.run(script, profile="other"), "success", "exited")
        assert document["logs"] == "of-the-image True /job/output\n"
        assert (document["profile"], document["image"]) == ("other", other)
        host.close()
    finally:
        engine.remove(base)
        engine.remove_image(other)


# ---- other people's containers, and other people's hands ----

def test_somebody_elses_container_of_that_name_is_left_alone(api, engine, image, marker):
    foreign = engine.create(f"runner-{marker}", {"Image": image, "Cmd": ["true"]})
    try:
        document = api.run("print('must not run')", job_id=marker)
        ended(document, "lost", "rejected")
        assert f"runner-{marker}" in document["message"]
        assert document["logs"] == ""
        assert engine.inspect(foreign)["State"]["Status"] in ("created", "configured")
        assert api.delete(f"/api/jobs/{marker}").status == 204
        assert engine.exists(foreign), "not even the end of the job touches it"
    finally:
        engine.remove(foreign)


def test_our_own_from_a_crash_before_its_start_is_replaced(api, engine, image, marker):
    running = start(api, "")
    owner = engine.inspect(f"runner-{running}")["Config"]["Labels"]["maps.owner"]
    cancel(api, running)
    left = engine.create(f"runner-{marker}", {
        "Image": image, "Cmd": ["true"],
        "Labels": {"maps.owner": owner, "maps.job": marker, "maps.attempt": "1"}})
    script = "open('starts', 'a').write('started\\n')"
    ended(api.run(script, job_id=marker), "success", "exited")
    assert api.output(marker, "starts") == b"started\n"
    eventually(lambda: not engine.exists(left), "the old one is gone")


def test_a_trial_that_a_killed_host_left_is_removed_by_the_next_start(new_host, engine, image):
    host = new_host()
    host.stop()
    left = engine.create(f"runner-trial-{host.owner}", {"Image": image, "Cmd": ["true"]})
    host.start()
    eventually(lambda: not engine.exists(left), "it is gone")


@pytest.mark.parametrize("deed", ["kill", "stop", "remove"])
def test_what_others_end_is_lost_and_not_run_again(api, engine, marker, deed):
    job_id = start(api, marker)
    name = f"runner-{job_id}"
    if deed == "kill":
        engine.kill(name)
    elif deed == "stop":
        engine.post(f"/containers/{name}/stop", query={"t": 5}).expect(204)
    else:
        engine.remove(name).expect(200, 204)
    document = ended(api.finished(job_id), "lost", "runtime_lost")
    assert "outside" in document["message"], "it says that nobody here did it"
    assert not processes_named(marker)
    assert document["exit_code"] is None
    if not ARCHIVE or deed != "remove":  # what was in the container went with it
        assert api.output(job_id, "starts") == b"started\n", "and it is not run again"
        assert document["logs"] == "ready\n"
    eventually(lambda: not engine.exists(name), "nothing is left of it")


def test_a_script_killed_from_outside_is_signaled(api, marker):
    """The script, not its container: maps-init sees it and says so."""
    job_id = start(api, marker)
    for pid in eventually(lambda: processes_named(marker), "the script is there"):
        os.kill(pid, 9)
    document = ended(api.finished(job_id), "error", "signaled")
    assert document["signal"] == 9


def test_a_paused_container_still_has_its_timeout(api, engine, marker):
    job_id = start(api, marker, timeout=4)
    engine.post(f"/containers/runner-{job_id}/pause").expect(204)
    document = ended(api.finished(job_id), "timeout", "timeout")
    assert not processes_named(marker)
    assert document["message"]


# ---- networks ----

INTERFACES = "import socket; print(sorted(name for _, name in socket.if_nameindex()))"


def test_a_network_that_the_operator_does_not_allow_is_refused(api):
    for network in ("bridge", "host", "container:x"):
        reply = api.post_job({"script_content": "pass", "network": network})
        assert reply.problem(422)["field"] == "network"


@pytest.fixture
def network(engine):
    """A network of the test's own, on the engine."""
    name = f"maps-e2e-{secrets.token_hex(4)}"
    engine.post("/networks/create", {"Name": name, "Driver": "bridge"}).expect(201)
    yield name
    eventually(lambda: engine.request("DELETE", f"/networks/{name}").status in (200, 204, 404),
               "the network is gone")


def test_an_allowed_network_is_there_for_those_who_ask(new_host, network):
    api = new_host(MAPS_JOBS_ALLOWED_NETWORKS=network).api
    document = ended(api.run(INTERFACES, network=network), "success", "exited")
    assert document["logs"] == "['eth0', 'lo']\n"
    document = ended(api.run(INTERFACES), "success", "exited")
    assert document["logs"] == "['lo']\n", "but not for the others"


def test_a_network_that_the_engine_does_not_give_is_said_by_name(new_host):
    api = new_host(MAPS_JOBS_ALLOWED_NETWORKS="host,no-such-network").api
    for network in ("host", "no-such-network"):
        document = ended(api.run("print('no')", network=network), "lost", "rejected")
        assert network in document["message"]
        assert document["logs"] == ""


# ---- the host in a container ----

@pytest.mark.shared_files
def test_a_wrong_project_folder_is_said_by_name_before_anything_runs(new_host, tmp_path):
    data = tmp_path / "project" / "data"
    data.parent.mkdir()
    host = new_host(HOST_PROJECT_DIR="/no/such/project-of-maps", MAPS_DATA_DIR=data,
                    MAPS_DOCKER_PROJECT_MOUNT=data.parent)
    document = ended(host.api.run("print('no')"), "lost", "rejected")
    assert "HOST_PROJECT_DIR" in document["message"]
    assert "/no/such/project-of-maps" in document["message"]
    assert document["logs"] == ""


@pytest.mark.shared_files
def test_the_right_project_folder_is_used(new_host, tmp_path):
    """The same files by another name, as they are for an engine outside of our container."""
    project, mount = tmp_path / "project", tmp_path / "mount"
    project.mkdir()
    mount.symlink_to(project)
    host = new_host(HOST_PROJECT_DIR=project, MAPS_DATA_DIR=mount / "data",
                    MAPS_DOCKER_PROJECT_MOUNT=mount)
    ended(host.api.run("open('seen', 'w').write('here')"), "success", "exited")


# ---- many ----

def test_thirty_jobs_of_every_end_leave_nothing_behind(host, engine):
    api = host.api
    scripts = ["pass", "raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)",
               "import time; time.sleep(600)", "print('x' * 100000)",
               "import os; open('f', 'w'); os.chmod('f', 0)"]
    ids = [api.submit(scripts[number % len(scripts)], timeout=3)["job_id"]
           for number in range(30)]
    for job_id in ids:
        api.finished(job_id)
    eventually(lambda: not host.engine_leftovers(), f"nothing is left: {host.engine_leftovers()}")
