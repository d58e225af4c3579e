# SPDX-License-Identifier: Apache-2.0
"""Under a service manager: readiness, status, and a sign of life that means something."""

import signal

import pytest
from harness.document import ended
from harness.manager import Manager, hung, thread_of
from harness.waiting import SLOWNESS, eventually

WATCHDOG_MS = int(1000 * SLOWNESS)
THREADS = {"store": "store", "http": "MHD-single", "dispatcher": "dispatcher"}


@pytest.fixture
def manager(tmp_path):
    made = Manager(tmp_path)
    yield made
    made.close()


@pytest.fixture
def watched_host(new_host, manager):
    return new_host(**manager.environment(WATCHDOG_MS))


def test_ready_is_said_when_it_serves(make_host, manager):
    host = make_host(**manager.environment()).start(ready=False)
    manager.await_message("READY")
    assert host.api.get("/healthz").status == 200
    ended(host.api.run("pass"), "success", "exited")


def test_a_host_that_cannot_start_is_never_ready(make_host, manager):
    host = make_host(EXECUTION_RUNTIME="teapot", **manager.environment()).spawn()
    assert host.wait() != 0
    assert not any("READY" in message for message in manager.messages_for(0.2))


def test_the_status_line_says_how_many_jobs_run(watched_host, manager):
    job_id = watched_host.api.submit("import time; time.sleep(600)")["job_id"]
    watched_host.api.running(job_id)
    eventually(lambda: "1 jobs running" in manager.await_message("STATUS"), "it is said")
    watched_host.api.cancel(job_id)
    eventually(lambda: "0 jobs running" in manager.await_message("STATUS"), "it is said")


def test_a_stop_is_announced_and_asks_for_time(make_host, manager):
    host = make_host(MAPS_JOBS_DRAIN_SECONDS=600, **manager.environment()).start()
    job_id = host.api.submit("import time; time.sleep(600)")["job_id"]
    host.api.running(job_id)
    host.terminate()
    manager.await_message("STOPPING")
    assert int(manager.await_message("EXTEND_TIMEOUT_USEC")) >= 10_000_000
    host.terminate()  # the second one cuts it short
    assert host.wait() == 0
    host.restart()


def test_a_reload_is_announced_and_its_end_too(new_host, manager):
    host = new_host(**manager.environment())
    manager.await_message("READY")
    host.process.send_signal(signal.SIGHUP)
    assert int(manager.await_message("MONOTONIC_USEC")) > 0
    manager.await_message("READY")


def signs_of_life(manager, duration):
    return sum("WATCHDOG" in message for message in manager.messages_for(duration))


def test_without_a_watchdog_no_sign_of_life_is_given(new_host, manager):
    new_host(**manager.environment())
    assert signs_of_life(manager, 1) == 0


@pytest.mark.parametrize("room", THREADS)
def test_a_host_with_a_hung_thread_gives_no_sign_of_life(watched_host, manager, room):
    manager.await_message("WATCHDOG")
    with hung(thread_of(watched_host.process.pid, THREADS[room])):
        signs_of_life(manager, WATCHDOG_MS / 1000)  # the last ones
        assert signs_of_life(manager, 2 * WATCHDOG_MS / 1000) == 0
        assert "has not answered" in watched_host.log()
    manager.await_message("WATCHDOG")
    ended(watched_host.api.run("pass"), "success", "exited")


def test_clients_that_take_all_connections_are_not_taken_for_a_hang(new_host, manager):
    host = new_host(MAPS_HTTP_MAX_CONNECTIONS=4, MAPS_HTTP_IDLE_TIMEOUT_SECONDS=1,
                    **manager.environment(WATCHDOG_MS))
    job_id = host.api.submit("import time; time.sleep(600)")["job_id"]
    host.api.running(job_id)
    followers = []
    for _ in range(3):
        followers.append(host.api.follow(job_id))
    signs_of_life(manager, 1.5)  # by now the host's own connection has idled out
    assert signs_of_life(manager, 3 * WATCHDOG_MS / 1000) > 0
    for follower in followers:
        follower.close()
