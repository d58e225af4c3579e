# SPDX-License-Identifier: Apache-2.0
"""How jobs end: status, reason and evidence are the same on every runtime."""

import json
import time

import pytest
from harness.document import check_document, ended, instant
from harness.host import RUNNER_TYPE, RUNTIME
from harness.leftovers import processes_named
from harness.runtime import ARCHIVE
from harness.waiting import SLOWNESS, eventually, seconds

# Writes to both streams in turn, each piece only after the one before was read, so that
# the order of arrival is the order of writing.
BOTH_STREAMS = """
import fcntl, os, struct, sys, termios, time

def say(fd, text):
    os.write(fd, text)
    while struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0]:
        time.sleep(0.001)

for number in range(5):
    say(1, b"out %d\\n" % number)
    say(2, b"err %d\\n" % number)
sys.exit(3)
"""

IGNORE_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""

# Leaves a whole family: a child, a session of its own, an orphan; all ignore SIGTERM.
FAMILY = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
command = [sys.executable, "-c",
           "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
           sys.argv[1]]
subprocess.Popen(command)
subprocess.Popen(command, start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(command[0], command)
    os._exit(0)
print("ready", flush=True)
"""


def test_a_script_that_succeeds_says_so(api):
    document = ended(api.run("print('hello')"), "success", "exited")
    assert document["exit_code"] == 0
    assert document["logs"] == "hello\n"
    assert document["logs_truncated"] is False
    assert (document["runtime"], document["runner_type"]) == (RUNTIME, RUNNER_TYPE)
    assert document["profile"] == "python"


def test_exit_3_with_both_streams_apart_and_together(api):
    document = ended(api.run(BOTH_STREAMS), "error", "exited")
    assert document["exit_code"] == 3
    out = b"".join(b"out %d\n" % number for number in range(5))
    err = b"".join(b"err %d\n" % number for number in range(5))
    together = b"".join(b"out %d\nerr %d\n" % (number, number) for number in range(5))
    job_id = document["job_id"]
    assert api.logs(job_id, stream="stdout") == out
    assert api.logs(job_id, stream="stderr") == err
    merged = api.logs(job_id)
    assert document["logs"].encode() == merged
    if ARCHIVE:  # between the streams the engine's order counts
        assert sorted(merged.splitlines()) == sorted(together.splitlines())
    else:
        assert merged == together


@pytest.mark.parametrize("code", [1, 2, 124, 125, 126, 127, 130, 137, 143, 255])
def test_an_exit_code_is_never_taken_for_a_signal(api, code):
    document = ended(api.run(f"import sys; sys.exit({code})"), "error", "exited")
    assert document["exit_code"] == code
    assert not document["signal"]


@pytest.mark.parametrize("number", [6, 9, 11, 15])
def test_a_signal_is_never_taken_for_an_exit_code(api, number):
    document = ended(api.run(f"import os; os.kill(os.getpid(), {number})"), "error", "signaled")
    assert document["signal"] == number
    assert document["exit_code"] is None


def test_an_exception_shows_its_traceback_on_stderr(api):
    document = ended(api.run("raise RuntimeError('no luck')"), "error", "exited")
    assert document["exit_code"] == 1
    errors = api.logs(document["job_id"], stream="stderr")
    assert b"RuntimeError: no luck" in errors
    assert b"/job/script.py" in errors


def test_timeout_with_sigterm_ignored_is_reported_within_3_s(api, marker):
    before = time.monotonic()
    document = api.submit(IGNORE_SIGTERM, timeout=1, args=[marker])
    document = ended(api.finished(document["job_id"]), "timeout", "timeout")
    assert not processes_named(marker), "reported before the process was gone"
    took = instant(document["finished_at"]) - instant(document["started_at"])
    assert 1.0 <= took + 0.05
    assert took <= seconds(3)
    assert time.monotonic() - before <= seconds(6)
    assert document["message"]


def test_a_timeout_kills_the_whole_tree(api, marker):
    script = FAMILY + "time.sleep(600)\n"
    # time for the family to gather, also in emulation
    document = api.submit(script, timeout=round(2 + SLOWNESS), args=[marker])
    eventually(lambda: len(processes_named(marker)) >= 4, "the family is there", every=0.01)
    ended(api.finished(document["job_id"]), "timeout", "timeout")
    assert not processes_named(marker)


def test_a_cancel_kills_the_whole_tree(api, marker):
    script = FAMILY + "time.sleep(600)\n"
    job_id = api.submit(script, args=[marker])["job_id"]
    api.await_log(job_id, b"ready")
    eventually(lambda: len(processes_named(marker)) >= 4, "the family is there", every=0.01)
    api.cancel(job_id)
    ended(api.finished(job_id), "cancelled", "cancelled")
    assert not processes_named(marker)


def test_daemonised_children_end_with_the_script(api, marker):
    document = ended(api.run(FAMILY, args=[marker]), "success", "exited")
    assert document["logs"] == "ready\n"
    assert not processes_named(marker)


def test_a_child_that_holds_stdout_open_holds_up_nothing(api, marker):
    script = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", sys.argv[1]],
                 start_new_session=True)
print("done")
"""
    document = ended(api.run(script, within=20, args=[marker]), "success", "exited")
    assert document["logs"] == "done\n"
    assert not processes_named(marker)


def test_zombies_and_orphans_are_reaped(api):
    script = """
import os, time
for _ in range(200):
    if os.fork() == 0:
        if os.fork() == 0:
            os._exit(0)
        os._exit(0)
    os.wait()
deadline = time.monotonic() + 20
def zombies():
    found = 0
    for name in os.listdir("/proc"):
        try:
            if name.isdigit() and ") Z " in open(f"/proc/{name}/stat").read():
                found += 1
        except OSError:
            pass
    return found
while zombies() and time.monotonic() < deadline:
    time.sleep(0.01)
print(zombies(), "zombies")
"""
    document = ended(api.run(script, limits={}), "success", "exited")
    assert document["logs"] == "0 zombies\n"


def test_cancel_while_running_is_final(api):
    job_id = api.submit(IGNORE_SIGTERM)["job_id"]
    api.await_log(job_id, b"ready")
    api.cancel(job_id)
    document = ended(api.finished(job_id), "cancelled", "cancelled")
    assert document["exit_code"] is None
    again = api.cancel(job_id)
    assert again["status"] == "cancelled"
    assert again["finished_at"] == document["finished_at"]
    assert api.logs(job_id) == b"ready\n", "what it had printed is kept"


def test_cancel_twice_at_once_is_one_cancel(api):
    job_id = api.submit(IGNORE_SIGTERM)["job_id"]
    api.running(job_id)
    api.cancel(job_id)
    api.cancel(job_id)
    ended(api.finished(job_id), "cancelled", "cancelled")


def test_cancel_after_the_end_changes_nothing(api):
    document = ended(api.run("print('done')"), "success", "exited")
    after = api.cancel(document["job_id"])
    assert (after["status"], after["reason"]) == ("success", "exited")


def test_cancel_while_queued_never_starts(new_host):
    api = new_host(MAPS_JOBS_CONCURRENCY=1).api
    blocker = api.submit("import time; time.sleep(600)")["job_id"]
    api.running(blocker)
    waiting = api.submit("print('must not run')")["job_id"]
    assert api.job(waiting)["status"] == "queued"
    api.cancel(waiting)
    document = ended(api.finished(waiting), "cancelled", "cancelled")
    assert document["started_at"] is None
    assert api.job(blocker)["status"] == "running", "its neighbour is not touched"
    api.cancel(blocker)
    api.finished(blocker)
    assert api.logs(waiting) == b""


def test_cancel_of_an_unknown_job_is_404(api):
    api.post("/api/jobs/nobody-knows-me/cancel").problem(404)


# ---- what a script is given ----

def test_request_args_and_env_reach_the_script(api):
    script = """
import json, os, sys
print(json.dumps({
    "request": json.load(open(os.environ["MAPS_REQUEST"])), "args": sys.argv[1:],
    "own": os.environ["GREETING"], "script": sys.argv[0], "cwd": os.getcwd(),
    "names": [os.environ[name] for name in
              ("MAPS_JOB_ID", "MAPS_REQUEST", "MAPS_INPUT", "MAPS_OUTPUT")]}))
"""
    request = {"text": "žluťoučký \u2603 \U0001f30d", "number": 1.5, "list": [1, None, True]}
    args = ["plain", "with space", "", "$(echo no) $HOME", "\"quotes'"]
    document = ended(api.run(script, request_json=request, args=args,
                             env={"GREETING": "$(HOME) grüezi"}), "success", "exited")
    seen = json.loads(document["logs"])
    assert seen["request"] == request
    assert seen["args"] == args
    assert seen["own"] == "$(HOME) grüezi"
    assert seen["script"] == "/job/script.py"
    assert seen["cwd"] == "/job/output"
    assert seen["names"] == [document["job_id"], "/job/request.json", "/job/input",
                             "/job/output"]


def test_no_request_is_an_empty_object(api):
    document = api.run("print(open('/job/request.json').read().strip())")
    assert json.loads(document["logs"]) == {}


def test_input_files_arrive_whole_and_read_only(api):
    script = """
import hashlib, os
for folder, _, names in sorted(os.walk("/job/input")):
    for name in sorted(names):
        path = os.path.join(folder, name)
        print(path, hashlib.sha256(open(path, "rb").read()).hexdigest()[:8])
for attempt in ("/job/input/new", "/job/input/a.txt", "/job/script.py", "/job/request.json"):
    try:
        open(attempt, "a")
        print("WRITABLE", attempt)
    except OSError:
        pass
"""
    files = [{"path": "a.txt", "content": "grüezi\n"},
             {"path": "deep/er/b.bin", "content_base64": "AAEC/w=="},
             {"path": "empty", "content": ""}]
    document = ended(api.run(script, files=files), "success", "exited")
    assert document["logs"].splitlines() == [
        "/job/input/a.txt b336e15d", "/job/input/empty e3b0c442",
        "/job/input/deep/er/b.bin 3d1f57c9"]


def test_result_json_becomes_the_result(api):
    result = {"answer": 42, "list": [1.5, None], "text": "é"}
    script = f"import json; json.dump({result!r}, open('result.json', 'w'))"
    document = ended(api.run(script), "success", "exited")
    assert document["result"] == result
    assert "result.json" in json.dumps(document["output_files"])


@pytest.mark.parametrize("text", ["{not json", "", "\\xff\\xfe", "[1,2", "{} trailing"])
def test_a_result_that_is_not_json_is_no_result(api, text):
    document = api.run(f"open('result.json', 'wb').write(b'{text}')")
    ended(document, "success", "exited")
    assert document.get("result") is None


# ---- submitting ----

def test_own_job_id_is_kept_and_can_be_used_once(api, marker):
    document = api.submit("print(1)", job_id=marker)
    assert document["job_id"] == marker
    problem = api.post_job({"script_content": "print(2)", "job_id": marker}).problem(409)
    assert problem["field"] == "job_id"
    assert api.finished(marker)["logs"] == "1\n", "the first is not touched"


def test_made_job_ids_are_ordered_by_time(api):
    ids = []
    for _ in range(5):
        ids.append(api.submit("pass")["job_id"])
        time.sleep(0.003)  # ids are ordered by the millisecond
    assert ids == sorted(ids)
    assert all(len(job_id) == 26 for job_id in ids)
    for job_id in ids:
        api.finished(job_id)


def test_a_submission_is_answered_with_its_document(api):
    reply = api.post_job({"script_content": "pass", "labels": {"team": "maps"}, "priority": 3,
                          "timeout": 17})
    assert reply.status == 202
    document = check_document(reply.json())
    assert document["labels"] == {"team": "maps"}
    assert document["timeout"] == 17
    assert document["priority"] == 3
    api.finished(document["job_id"])


def test_wait_0_answers_at_once(api):
    reply = api.post_job({"script_content": "import time; time.sleep(600)"}, {"wait": 0})
    assert reply.status == 202
    api.cancel(reply.json()["job_id"])


def test_wait_answers_with_the_finished_document(api):
    reply = api.post_job({"script_content": "print('soon')"}, {"wait": 30})
    assert reply.status == 200
    document = ended(check_document(reply.json()), "success", "exited")
    assert document["logs"] == "soon\n"


def test_wait_that_runs_out_answers_202_with_the_document_as_it_stands(api):
    before = time.monotonic()
    reply = api.post_job({"script_content": "import time; time.sleep(600)"}, {"wait": 1})
    assert reply.status == 202
    assert time.monotonic() - before >= 1
    document = reply.json()
    assert document["status"] in ("queued", "starting", "running")
    api.cancel(document["job_id"])


def test_long_poll_wakes_at_the_end(api):
    job_id = api.submit("import time; time.sleep(600)")["job_id"]
    api.running(job_id)
    before = time.monotonic()
    assert api.job(job_id, wait=1)["status"] == "running"
    assert time.monotonic() - before >= 1
    api.cancel(job_id)
    before = time.monotonic()
    assert api.job(job_id, wait=30)["status"] == "cancelled"
    assert time.monotonic() - before < seconds(10)


@pytest.mark.parametrize("value", ["-1", "soon", "", "1e9999", "nan"])
def test_a_wait_that_is_no_number_is_refused(api, value):
    reply = api.post_job({"script_content": "print('no')"}, {"wait": value})
    assert reply.problem(422)["field"] == "wait"


def test_fractional_timeouts_are_honoured(api):
    document = ended(api.run("import time; time.sleep(600)", timeout=0.5), "timeout", "timeout")
    assert document["timeout"] == 0.5
    assert instant(document["finished_at"]) - instant(document["started_at"]) <= seconds(2.5)


# ---- idempotency ----

def test_same_key_and_body_is_the_same_job(api, marker):
    headers = {"Idempotency-Key": marker}
    first = api.post_job({"script_content": "print(1)", "priority": 1}, headers=headers)
    # Compared parsed: neither order nor spacing of the JSON matters.
    again = api.post_job('{ "priority": 1,\n "script_content": "print(1)" }', headers=headers)
    assert first.status == 202
    assert again.status in (200, 202)
    assert first.json()["job_id"] == again.json()["job_id"]
    api.finished(first.json()["job_id"])


def test_same_key_with_another_body_is_refused(api, marker):
    headers = {"Idempotency-Key": marker}
    first = api.post_job({"script_content": "print(1)"}, headers=headers).json()["job_id"]
    api.post_job({"script_content": "print(2)"}, headers=headers).problem(409)
    assert api.finished(first)["logs"] == "1\n"


# ---- list, delete ----

def test_list_pages_newest_first_without_gap_or_repeat(api, marker):
    ids = [api.submit("pass", labels={"page": marker})["job_id"] for _ in range(7)]
    seen, cursor = [], None
    while True:
        query = {"label": f"page={marker}", "limit": 3}
        if cursor:
            query["cursor"] = cursor
        page = api.get("/api/jobs", query=query).json()
        assert len(page["jobs"]) <= 3
        seen += [document["job_id"] for document in page["jobs"]]
        cursor = page.get("next_cursor")
        if not cursor:
            break
    assert seen == ids[::-1]
    for job_id in ids:
        api.finished(job_id)


def test_list_filters_by_status_and_label(api, marker):
    good = api.run("pass", labels={"kind": marker})["job_id"]
    bad = api.run("raise SystemExit(1)", labels={"kind": marker})["job_id"]
    api.run("pass", labels={"kind": "other"})

    def listed(**query):
        return {document["job_id"] for document in api.jobs(label=f"kind={marker}", **query)}

    assert listed() == {good, bad}
    assert listed(status="success") == {good}
    assert listed(status="error") == {bad}
    assert listed(status="lost") == set()


@pytest.mark.parametrize("query, field", [
    ({"status": "happy"}, "status"), ({"limit": "0"}, "limit"), ({"limit": "many"}, "limit"),
    ({"cursor": "nonsense!"}, "cursor"), ({"colour": "red"}, "colour"),
    ({"limit": "99999999999999999999"}, "limit")])
def test_a_bad_list_query_names_its_parameter(api, query, field):
    assert field in json.dumps(api.get("/api/jobs", query=query).problem(400, 422))


def test_delete_forgets_job_and_files(host):
    api = host.api
    job_id = api.run("open('kept', 'w').write('x')")["job_id"]
    assert job_id in host.job_folders()
    assert api.delete(f"/api/jobs/{job_id}").status == 204
    api.get(f"/api/jobs/{job_id}").problem(404)
    api.delete(f"/api/jobs/{job_id}").problem(404)
    assert job_id not in host.job_folders()
    assert job_id not in [document["job_id"] for document in api.jobs()]


def test_delete_of_a_running_job_cancels_it_first(host, marker):
    api = host.api
    job_id = api.submit(IGNORE_SIGTERM, args=[marker])["job_id"]
    api.await_log(job_id, b"ready")
    assert api.delete(f"/api/jobs/{job_id}").status == 204
    assert not processes_named(marker)
    api.get(f"/api/jobs/{job_id}").problem(404)
    assert job_id not in host.job_folders()
