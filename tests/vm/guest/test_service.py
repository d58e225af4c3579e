# SPDX-License-Identifier: Apache-2.0
"""A service that is killed or restarted under running jobs finds them again, and their
limits stay in force meanwhile."""

import pytest
from harness.document import ended
from harness.waiting import eventually
from service import InstalledService, Service

MEBIBYTE = 1 << 20

# Counts its starts, then waits to be told what to do.
OBEDIENT = """
import os, time
with open("starts", "a") as file:
    file.write("started\\n")
print("up", flush=True)
while not os.path.exists("go"):
    time.sleep(0.1)
print("going on", flush=True)
exec(open("go").read())
print("done", flush=True)
"""


def end_jobs(service):
    for job_id in service.api.job_ids:
        service.api.post(f"/api/jobs/{job_id}/cancel")
        service.api.finished(job_id)
    eventually(lambda: not service.job_groups(), "no control group of a job is left")


def run_service(made):
    try:
        made.start()
        yield made
        end_jobs(made)
    finally:
        made.remove()  # the next one wants its port


@pytest.fixture(params=[lambda: Service("root"), InstalledService], ids=["root", "installed"])
def service(request):
    yield from run_service(request.param())


@pytest.fixture
def bare_service():
    """An ordinary user's service with Delegate=yes, but without a slice of its own."""
    yield from run_service(Service("bare"))


def start_obedient(service):
    limits = {"memory_bytes": 64 * MEBIBYTE, "pids": 16, "cpus": 0.5}
    job_id = service.api.submit(OBEDIENT, limits=limits)["job_id"]
    service.api.await_log(job_id, b"up\n")
    return job_id


def tell(service, job_id, text):
    """The file appears whole in the script's working directory."""
    output = service.data_dir / "jobs" / job_id / "output"
    (output / ".go").write_text(text)
    (output / ".go").chmod(0o644)
    (output / ".go").rename(output / "go")


def limits_of(group):
    return {name: (group / name).read_text().strip()
            for name in ("memory.max", "memory.swap.max", "pids.max", "cpu.max")
            if (group / name).exists()}


INTERRUPTIONS = [Service.kill, Service.restart]


@pytest.mark.parametrize("interrupt", INTERRUPTIONS)
def test_a_job_is_adopted_and_ends_by_itself(service, interrupt):
    job_id = start_obedient(service)
    interrupt(service)
    interrupt(service)
    service.api.running(job_id)
    tell(service, job_id, "")
    document = ended(service.api.finished(job_id), "success", "exited")
    assert document["logs"] == "up\ngoing on\ndone\n"
    assert service.api.output(job_id, "starts") == b"started\n", "it ran exactly once"


def test_limits_stay_in_force_without_a_host_and_after_it(service):
    job_id = start_obedient(service)
    group = service.job_group(job_id)
    before = limits_of(group)
    assert before["memory.max"] == str(64 * MEBIBYTE)
    assert before["pids.max"].isdigit() and before["cpu.max"] == "50000 100000"
    service.kill()
    assert limits_of(group) == before
    tell(service, job_id, "x = [b'x' * (1 << 20) for _ in range(200)]")
    ended(service.api.finished(job_id), "error", "oom")


def test_a_stopped_service_leaves_its_jobs_running_for_the_next_start(service):
    job_id = start_obedient(service)
    group = service.job_group(job_id)
    service.stop()
    assert "populated 1" in (group / "cgroup.events").read_text()
    service.start()
    service.api.cancel(job_id)
    ended(service.api.finished(job_id), "cancelled", "cancelled")
    assert not group.exists()


def warning_of(service):
    info = service.api.get("/api/system/info").json()
    return next(plugin.get("warning", "") for plugin in info["plugins"]
                if plugin["name"] == "sandbox")


def test_a_service_with_a_good_place_for_its_jobs_is_not_warned(service):
    assert warning_of(service) == ""


def test_a_bare_service_is_warned_that_no_job_may_run_at_its_restart(bare_service):
    assert "slice" in warning_of(bare_service)


def test_a_bare_service_has_limits_and_can_be_restarted_between_jobs(bare_service):
    eat = "x = [b'x' * (1 << 20) for _ in range(200)]"
    for _ in range(2):
        document = bare_service.api.run(eat, limits={"memory_bytes": 64 * MEBIBYTE})
        ended(document, "error", "oom")
        bare_service.restart()
