# SPDX-License-Identifier: Apache-2.0
"""The unit as it is installed: what it may do, what it says, and that it is looked after."""

import json
import subprocess

import pytest
from harness.document import ended
from harness.manager import hung, thread_of
from harness.waiting import eventually
from service import INSTALLED, InstalledService, systemctl
from test_service import MEBIBYTE, end_jobs, start_obedient, tell

# systemd-analyze's own scale, tenths: 0 is a service that can do nothing, 100 one that can do all.
EXPOSURE = {"sandbox": 31, "docker": 20}
WATCHDOG_SECONDS = 8


@pytest.fixture(scope="module")
def service():
    made = InstalledService()
    try:
        made.start()
        yield made
        end_jobs(made)
    finally:
        made.remove()


def shown(service, name):
    return systemctl("show", f"--property={name}", "--value", service.unit)


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def test_it_is_started_when_it_serves_and_says_so(service):
    assert shown(service, "Type") == "notify"
    assert shown(service, "ActiveState") == "active"
    assert shown(service, "StatusText").startswith("Serving")


def test_it_runs_without_any_privilege_and_keeps_its_data_to_itself(service):
    status = status_of(service.main_pid())
    uid = int(status["Uid"].split()[0])
    assert uid != 0
    assert (int(status["CapBnd"], 16), status["NoNewPrivs"], status["Seccomp"]) == (0, "1", "2")
    folder = service.data_dir.stat()
    assert (folder.st_uid, folder.st_mode & 0o777) == (uid, 0o700)


def test_a_job_has_its_limits(service):
    eat = "x = [b'x' * (1 << 20) for _ in range(200)]"
    limits = {"memory_bytes": 64 * MEBIBYTE, "pids": 16, "cpus": 0.5}
    ended(service.api.run(eat, limits=limits), "error", "oom")


def test_restarted_in_mid_job_it_delivers_the_whole_log_and_the_exit_code(service):
    job_id = start_obedient(service)
    before = service.main_pid()
    service.restart()
    assert service.main_pid() != before
    tell(service, job_id, "raise SystemExit(7)")
    document = ended(service.api.finished(job_id), "error", "exited")
    assert (document["exit_code"], document["logs"]) == (7, "up\ngoing on\n")
    seen = [line.get("event") for line in messages(service) if line.get("job") == job_id]
    assert seen[-2:] == ["adopted", "finished"]


def test_a_reload_keeps_the_process(service):
    before = service.main_pid()
    systemctl("reload", service.unit)
    eventually(lambda: any("settings reloaded" in message["msg"] for message in messages(service)),
               "the settings are read again")
    eventually(lambda: shown(service, "ActiveState") == "active", "the reload is over")
    assert service.main_pid() == before
    assert service.api.get("/readyz").status == 200


# ---- the journal ----

PRIORITY = {"error": "3", "warning": "4", "info": "6", "debug": "7"}


def own_lines(service, *arguments):
    """What the host itself has said, not what systemd says about it."""
    return [line for line in service.journal_lines(*arguments)
            if line.get("_COMM") == "maps-backend"]


def messages(service):
    return [json.loads(line["MESSAGE"]) for line in own_lines(service)]


def test_the_journal_has_readable_lines_with_their_priorities(service):
    found = own_lines(service)
    assert found
    for line in found:
        message = json.loads(line["MESSAGE"])
        assert line["PRIORITY"] == PRIORITY[message["level"]], line
        assert "time" not in message, "the journal has its own"


def test_warnings_can_be_picked_out(service):
    picked = own_lines(service, "--priority=warning")
    assert picked, "there is no Docker here, and it says so"
    assert {json.loads(line["MESSAGE"])["level"] for line in picked} <= {"error", "warning"}


# ---- hardening ----

def exposure_exceeds(bound, *arguments):
    """What systemd-analyze finds too much; "" if the unit is below the bound."""
    done = subprocess.run(["systemd-analyze", "security", "--no-pager", f"--threshold={bound}",
                           *arguments], text=True, capture_output=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def unit_file():
    [path] = INSTALLED.rglob("systemd/system/maps-backend.service")
    return "/" / path.relative_to(INSTALLED)


def test_the_unit_is_a_valid_one(service):
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit_file())], text=True,
                          capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done


def test_the_running_unit_is_exposed_little(service):
    assert not exposure_exceeds(EXPOSURE["sandbox"], service.unit)


def test_the_unit_file_is_exposed_little():
    assert not exposure_exceeds(EXPOSURE["sandbox"], "--offline=yes", str(unit_file()))


# ---- what may go wrong ----

def test_a_hung_thread_leads_to_a_restart_and_jobs_are_adopted(service):
    service.drop_in(f"[Service]\nWatchdogSec={WATCHDOG_SECONDS}\n")
    service.restart()
    job_id = start_obedient(service)
    before = service.main_pid()
    with hung(thread_of(before, "store")):
        eventually(lambda: service.main_pid() not in (0, before), "systemd starts it again")
    service.await_ready()
    assert shown(service, "NRestarts") == "1"
    tell(service, job_id, "")
    document = ended(service.api.finished(job_id), "success", "exited")
    assert document["logs"] == "up\ngoing on\ndone\n"


def test_with_the_drop_in_for_docker_it_starts_and_is_exposed_less(service):
    [drop_in] = INSTALLED.rglob("systemd/docker.conf")
    subprocess.run(["groupadd", "--force", "docker"], check=True)
    service.drop_in(drop_in.read_text())
    systemctl("restart", service.unit)
    eventually(lambda: service.api.get("/healthz").status == 200, "it answers")
    assert service.api.get("/api/system/info").json()["runtime"] == "docker"
    assert not exposure_exceeds(EXPOSURE["docker"], service.unit)
    service.drop_in(None)
    service.restart()
