# SPDX-License-Identifier: Apache-2.0
"""The engine goes away, hangs, and comes back: a dockerd of these tests' own. As root."""

import os
import shutil
import tempfile
import time

import pytest
from harness import certificates
from harness.dockerd import Dockerd
from harness.document import ended
from harness.host import RUNTIME
from harness.leftovers import processes_named
from harness.registry import free_port
from harness.waiting import eventually, seconds

pytestmark = pytest.mark.skipif(RUNTIME != "docker" or os.getuid() != 0,
                                reason="starts a dockerd of its own, as root")

SLEEP = """
open("starts", "a").write("started\\n")
print("ready", flush=True)
import time; time.sleep(600)
"""

LONG = """
import time
open("starts", "a").write("started\\n")
for number in range(60):
    print(number, flush=True)
    time.sleep(0.1)
"""
LONG_LOG = "".join(f"{number}\n" for number in range(60))


@pytest.fixture(scope="module")
def module_daemon():
    folder = tempfile.mkdtemp(prefix="maps-e2e-dockerd-")
    daemon = Dockerd(folder)
    try:
        daemon.start().copy_image(os.environ.get("RUNNER_IMAGE") or "py-exec:latest")
        yield daemon
        daemon.remove()
    finally:
        if daemon.process is not None and daemon.process.poll() is None:
            daemon.go_on()
            daemon.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def daemon(module_daemon):
    """The engine, up, with no container of the test before."""
    yield module_daemon.ensure_up()
    module_daemon.ensure_up()
    eventually(lambda: not module_daemon.engine.containers(), "no container is left")


@pytest.fixture
def host(new_host, daemon):
    return new_host(DOCKER_HOST=daemon.address)


def start(host, script=SLEEP, text=b"ready", **fields):
    job_id = host.api.submit(script, **fields)["job_id"]
    host.api.await_log(job_id, text)
    return job_id


def not_ready(host, daemon):
    """Waits until the host has started, and says that its engine is away, and by which socket."""
    def says_so():
        reply = host.api.get("/readyz")
        return reply.status == 503 and "still starting" not in reply.text and reply
    text = eventually(says_so, "/readyz says that the engine is away", within=20).text
    assert str(daemon.engine.path) in text, text


def ready(host):
    eventually(lambda: host.api.get("/readyz").status == 200, "the host is ready again", within=30)


def check_lost(host, job_id, marker):
    document = ended(host.api.finished(job_id), "lost", "runtime_lost")
    assert document["message"]
    assert not processes_named(marker)
    assert host.api.output(job_id, "starts") == b"started\n", "and it is not run again"


# ---- away ----

def test_jobs_wait_for_an_engine_that_is_away_and_run_when_it_is_back(host, daemon):
    ended(host.api.run("pass"), "success", "exited")
    daemon.stop()
    not_ready(host, daemon)
    ids = [host.api.submit("print('at last')")["job_id"] for _ in range(3)]
    assert host.api.get("/healthz").status == 200
    info = {plugin["name"]: plugin for plugin in
            host.api.get("/api/system/info").json()["plugins"]}["docker"]
    assert info["state"] == "unavailable" and daemon.engine.path in info["error"]
    assert all(host.api.job(job_id)["status"] == "queued" for job_id in ids)
    daemon.start()
    for job_id in ids:
        assert ended(host.api.finished(job_id), "success", "exited")["logs"] == "at last\n"
    ready(host)


def test_a_host_may_be_there_before_its_engine(make_host, daemon):
    daemon.stop()
    host = make_host(DOCKER_HOST=daemon.address).start(ready=False)
    not_ready(host, daemon)
    job_id = host.api.submit("print('at last')")["job_id"]
    daemon.start()
    assert ended(host.api.finished(job_id), "success", "exited")["logs"] == "at last\n"
    ready(host)


def test_a_queued_job_can_be_cancelled_while_the_engine_is_away(host, daemon):
    daemon.stop()
    not_ready(host, daemon)
    job_id = host.api.submit("print('must not run')")["job_id"]
    host.api.cancel(job_id)
    document = ended(host.api.finished(job_id), "cancelled", "cancelled")
    assert document["started_at"] is None


# ---- hung ----

def test_a_hung_engine_holds_up_neither_callers_nor_other_runtimes(host, daemon, marker):
    """Accepts connections and never answers, as an engine does that is stuck in a disk."""
    running = start(host, args=[marker])
    daemon.hang()
    try:
        waiting = host.api.submit("print('at last')")["job_id"]
        for _ in range(20):
            before = time.monotonic()
            for path in ("/healthz", "/api/system/info", "/api/jobs", f"/api/jobs/{running}"):
                assert host.api.get(path, timeout=10).status == 200
            assert time.monotonic() - before < seconds(2)
        other = host.api.run("print('neighbour')", runtime="sandbox")
        assert ended(other, "success", "exited")["logs"] == "neighbour\n"
        not_ready(host, daemon)
    finally:
        daemon.go_on()
    assert ended(host.api.finished(waiting), "success", "exited")["logs"] == "at last\n"
    ready(host)
    host.api.running(running)
    host.api.cancel(running)
    ended(host.api.finished(running), "cancelled", "cancelled")


def test_a_timeout_strikes_also_while_the_engine_hangs(host, daemon, marker):
    """maps-init keeps the deadline; the host learns of it when the engine is back."""
    job_id = start(host, args=[marker], timeout=2)
    daemon.hang()
    try:
        eventually(lambda: not processes_named(marker), "the guard below the engine strikes")
    finally:
        daemon.go_on()
    ended(host.api.finished(job_id), "timeout", "timeout")


# ---- restarted under running jobs ----

def test_a_restart_that_ends_the_containers_is_not_the_scripts_fault(host, daemon, marker):
    job_id = start(host, args=[marker])
    daemon.stop()
    daemon.start()
    check_lost(host, job_id, marker)
    ended(host.api.run("pass"), "success", "exited")


def test_a_killed_engine_is_not_the_scripts_fault(host, daemon, marker):
    job_id = start(host, args=[marker])
    daemon.kill()
    daemon.start()
    check_lost(host, job_id, marker)
    ended(host.api.run("pass"), "success", "exited")


def test_with_live_restore_a_restart_is_not_even_noticed(new_host, module_daemon, daemon):
    daemon.stop()
    daemon.start("--live-restore")
    host = new_host(DOCKER_HOST=daemon.address)
    job_id = start(host, LONG, b"3\n")
    daemon.stop()
    daemon.start("--live-restore")
    document = ended(host.api.finished(job_id), "success", "exited")
    assert document["logs"] == LONG_LOG
    assert host.api.output(job_id, "starts") == b"started\n"
    eventually(lambda: not daemon.engine.containers(), "no container is left")
    daemon.stop()


def test_host_and_engine_both_gone_for_a_while_lose_nothing_with_live_restore(new_host, daemon):
    daemon.stop()
    daemon.start("--live-restore")
    host = new_host(DOCKER_HOST=daemon.address)
    job_id = start(host, LONG, b"3\n")
    host.kill()
    daemon.stop()
    host.restart(ready=False)
    not_ready(host, daemon)
    assert host.api.job(job_id)["status"] == "running", "nobody can know yet"
    daemon.start("--live-restore")
    document = ended(host.api.finished(job_id), "success", "exited")
    assert document["logs"] == LONG_LOG
    assert host.api.output(job_id, "starts") == b"started\n"
    eventually(lambda: not daemon.engine.containers(), "no container is left")
    daemon.stop()


def test_host_and_engine_both_gone_are_lost_without_live_restore(host, daemon, marker):
    job_id = start(host, args=[marker])
    host.kill()
    daemon.stop()
    host.restart(ready=False)
    not_ready(host, daemon)
    daemon.start()
    check_lost(host, job_id, marker)


@pytest.fixture
def tls(module_daemon, tmp_path):
    """The engine, listening on loopback for whom its authority has signed: address, folder."""
    folder = certificates.make(tmp_path / "certificates")
    address = f"tcp://127.0.0.1:{free_port()}"
    module_daemon.ensure_up().stop()
    module_daemon.start("--host", address, "--tlsverify", "--tlscacert", folder / "ca.pem",
                        "--tlscert", folder / "server-cert.pem",
                        "--tlskey", folder / "server-key.pem")
    yield address, folder
    module_daemon.stop()


def test_an_engine_is_reached_by_tls_with_a_certificate_of_the_clients_own(tls, new_host):
    address, folder = tls
    host = new_host(DOCKER_HOST=address, DOCKER_TLS_VERIFY=1, DOCKER_CERT_PATH=folder)
    ended(host.api.run("print('over tls')"), "success", "exited")


def test_an_engine_that_nobody_vouches_for_is_not_talked_to(tls, make_host, tmp_path):
    address, folder = tls
    other = certificates.make(tmp_path / "other")
    for name in ("cert.pem", "key.pem"):
        shutil.copyfile(folder / name, other / name)
    host = make_host(DOCKER_HOST=address, DOCKER_TLS_VERIFY=1, DOCKER_CERT_PATH=other)
    host.start(ready=False)
    eventually(lambda: "certificate" in host.api.get("/readyz").text, "the host refuses the engine")
    assert host.api.get("/readyz").status == 503
