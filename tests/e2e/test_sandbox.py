# SPDX-License-Identifier: Apache-2.0
"""What is particular to the sandbox: its supervisor may die too."""

import os
import signal

import pytest
from harness.document import ended
from harness.host import RUNTIME
from harness.leftovers import processes_named, processes_within, read
from harness.waiting import eventually

pytestmark = pytest.mark.skipif(RUNTIME != "sandbox", reason="only the sandbox has a supervisor")

SLEEP = """
open("starts", "a").write("started\\n")
print("ready", flush=True)
import time; time.sleep(600)
"""


def supervisors(host):
    return [pid for pid in processes_within(host.folder.name)
            if os.path.basename(os.fsdecode(read(f"/proc/{pid}/cmdline").split(b"\0")[0]))
            == "maps-sandbox-supervisor"]


def start(host, marker):
    job_id = host.api.submit(SLEEP, args=[marker])["job_id"]
    host.api.await_log(job_id, b"ready")
    return job_id


def kill_supervisors(host):
    found = supervisors(host)
    assert found
    for pid in found:
        os.kill(pid, signal.SIGKILL)


def check_lost(host, job_id, marker):
    document = ended(host.api.finished(job_id), "lost", "runtime_lost")
    assert document["message"]
    assert not processes_named(marker), "what nobody watches must not go on"
    assert host.api.logs(job_id) == b"ready\n", "what was written is kept"
    assert host.api.output(job_id, "starts") == b"started\n", "and it is not run again"


def test_a_killed_supervisor_is_lost_and_takes_the_script_with_it(new_host, marker):
    host = new_host()
    job_id = start(host, marker)
    kill_supervisors(host)
    check_lost(host, job_id, marker)
    ended(host.api.run("pass"), "success", "exited")


def test_host_and_supervisor_killed_together_are_lost_after_the_restart(new_host, marker):
    """As after a power cut: nobody can know how far the script came."""
    host = new_host()
    job_id = start(host, marker)
    found = supervisors(host)
    host.kill()
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    host.restart()
    check_lost(host, job_id, marker)


def test_a_supervisor_goes_when_its_job_has_ended(new_host):
    host = new_host()
    host.api.run("pass")
    eventually(lambda: not supervisors(host), "the supervisor is gone")


def test_a_stopped_supervisor_does_not_keep_the_host_from_answering(new_host, marker):
    host = new_host()
    job_id = start(host, marker)
    [pid] = supervisors(host)
    os.kill(pid, signal.SIGSTOP)
    try:
        ended(host.api.run("pass"), "success", "exited")
        assert host.api.get("/readyz").status == 200
        host.api.cancel(job_id)
    finally:
        os.kill(pid, signal.SIGCONT)
    ended(host.api.finished(job_id), "cancelled", "cancelled")
    assert not processes_named(marker)
