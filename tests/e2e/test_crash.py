# SPDX-License-Identifier: Apache-2.0
"""The host is killed, stopped and started again: no job is lost, none runs twice."""

import random
import signal
import time

import pytest
from harness.document import TERMINAL, ended
from harness.leftovers import processes_named
from harness.waiting import SLOWNESS, eventually, seconds

# Leaves a trace of each start, then prints numbered lines for a while, each in one piece also
# where Python buffers nothing.
LONG = """
import sys, time
with open("starts", "a") as file:
    file.write("started\\n")
count, pause = int(sys.argv[1]), float(sys.argv[2])
for number in range(count):
    print(f"out {number}\\n", end="", flush=True)
    print(f"err {number}\\n", end="", file=sys.stderr, flush=True)
    time.sleep(pause)
print("done", flush=True)
sys.exit(int(sys.argv[3]))
"""


def submit_long(api, count=30, pause=0.1, code=0, **fields):
    return api.submit(LONG, args=[str(count), str(pause * SLOWNESS), str(code)],
                      **fields)["job_id"]


def check_whole(api, job_id, count=30, code=0):
    """Ended by itself, with all it printed, after exactly one start."""
    document = api.finished(job_id, within=90)
    ended(document, "error" if code else "success", "exited")
    assert document["exit_code"] == code
    out = "".join(f"out {number}\n" for number in range(count)) + "done\n"
    err = "".join(f"err {number}\n" for number in range(count))
    assert api.logs(job_id, stream="stdout").decode() == out
    assert api.logs(job_id, stream="stderr").decode() == err
    assert document["logs_truncated"] is False
    assert api.output(job_id, "starts") == b"started\n", "it ran exactly once"


def test_kill_9_in_mid_run_loses_nothing_and_repeats_nothing(new_host):
    host = new_host(MAPS_JOBS_CONCURRENCY=4)
    running = [submit_long(host.api, code=index) for index in range(4)]
    queued = [submit_long(host.api, count=2) for _ in range(4)]
    for job_id in running:
        host.api.await_log(job_id, b"out 2\n")
    host.kill()
    host.restart()
    for job_id in queued + running:
        assert host.api.job(job_id)["status"] not in ("lost", "cancelled")
    for index, job_id in enumerate(running):
        check_whole(host.api, job_id, code=index)
    for job_id in queued:
        check_whole(host.api, job_id, count=2)


def test_scripts_go_on_while_there_is_no_host(new_host, marker):
    host = new_host()
    script = "import time\nfor n in range(20): print(n, flush=True); time.sleep(0.1)\n"
    job_id = host.api.submit(script, args=[marker])["job_id"]
    host.api.await_log(job_id, b"2\n")
    host.kill()
    assert processes_named(marker), "the script survives the host"
    eventually(lambda: not processes_named(marker), "the script ends by itself")
    host.restart()
    document = ended(host.api.finished(job_id), "success", "exited")
    assert document["logs"].split() == [str(number) for number in range(20)]


def test_an_adopted_job_can_be_cancelled(new_host, marker):
    host = new_host()
    job_id = host.api.submit("print('ready', flush=True)\nimport time; time.sleep(600)",
                             args=[marker])["job_id"]
    host.api.await_log(job_id, b"ready")
    host.kill()
    host.restart()
    host.api.running(job_id)
    host.api.cancel(job_id)
    ended(host.api.finished(job_id), "cancelled", "cancelled")
    assert not processes_named(marker)
    assert host.api.logs(job_id) == b"ready\n"


def test_an_adopted_job_still_has_its_timeout(new_host, marker):
    host = new_host()
    job_id = host.api.submit("import time; time.sleep(600)", timeout=4 * SLOWNESS,
                             args=[marker])["job_id"]
    host.api.running(job_id)
    host.kill()
    host.restart()
    ended(host.api.finished(job_id), "timeout", "timeout")
    assert not processes_named(marker)


def test_a_timeout_strikes_also_while_there_is_no_host(new_host, marker):
    host = new_host()
    job_id = host.api.submit("""
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
""", timeout=2 * SLOWNESS, args=[marker])["job_id"]
    host.api.running(job_id)
    host.kill()
    eventually(lambda: not processes_named(marker), "the guard below the host strikes")
    host.restart()
    ended(host.api.finished(job_id), "timeout", "timeout")


def test_a_follower_of_an_adopted_job_gets_all_of_it(new_host):
    host = new_host()
    job_id = submit_long(host.api)
    host.api.await_log(job_id, b"out 2\n")
    host.kill()
    host.restart()
    reply = host.api.follow(job_id, stream="stdout")
    text = reply.read().decode()
    reply.close()
    assert text == "".join(f"out {number}\n" for number in range(30)) + "done\n"
    check_whole(host.api, job_id)


def test_finished_jobs_are_as_they_were_after_a_crash(new_host):
    host = new_host()
    before = host.api.run("print('kept'); open('result.json', 'w').write('[1]')")
    host.kill()
    host.restart()
    after = host.api.job(before["job_id"], logs="true")
    assert after == before


@pytest.mark.heavy
def test_random_kills_lose_no_accepted_job_and_start_none_twice(new_host):
    """Submits, kills at a random moment, starts again; all that was accepted must end."""
    host = new_host(MAPS_JOBS_CONCURRENCY=4)
    chance = random.Random(11)
    accepted = []
    for _ in range(6):
        moment = time.monotonic() + chance.uniform(0.05, 1.5)
        while time.monotonic() < moment:
            accepted.append(submit_long(host.api, count=3, pause=0.05))
            time.sleep(0.05)  # a load, not a flood: most moments are to fall into a run
        host.kill()
        host.restart()
    documents = [host.api.finished(job_id, within=240) for job_id in accepted]
    lost = [document for document in documents if document["status"] == "lost"]
    for document in documents:
        if document["status"] != "lost":
            check_whole(host.api, document["job_id"], count=3)
    for document in lost:  # it may have been killed between the start and its evidence
        assert len(host.api.outputs(document["job_id"])) <= 1
    assert not lost, f"{len(lost)} of {len(accepted)} jobs were lost: {lost[0]}"


def test_an_unfinished_submission_leaves_no_folder_after_a_crash(new_host):
    """Folders without a row are collected at the next start."""
    host = new_host()
    done = host.api.run("pass")["job_id"]
    host.kill()
    orphan = host.data_dir / "jobs" / "orphan-of-a-crash"
    orphan.mkdir(parents=True)
    (orphan / "script").write_text("pass")
    host.restart()
    eventually(lambda: host.job_folders() == [done], "the orphan is collected")


# ---- SIGTERM ----

def test_sigterm_waits_for_running_jobs_and_refuses_new_ones(new_host):
    host = new_host(MAPS_JOBS_DRAIN_SECONDS=60)
    job_id = submit_long(host.api, count=20)
    host.api.await_log(job_id, b"out 2\n")
    host.terminate()

    def refused():
        reply = host.api.post_job({"script_content": "pass"})
        return reply.status == 503 and reply

    refusal = eventually(refused, "a draining host refuses jobs", within=5)
    refusal.problem(503)
    assert host.api.get("/readyz").status == 503
    assert host.api.get("/healthz").status == 200
    assert host.wait() == 0
    host.restart()
    document = host.api.job(job_id)
    assert document["status"] == "success", "it was finished before the host went"
    check_whole(host.api, job_id, count=20)


def test_sigterm_leaves_what_outlasts_the_grace_to_be_adopted(new_host):
    host = new_host(MAPS_JOBS_DRAIN_SECONDS=1)
    job_id = submit_long(host.api, count=60)
    host.api.await_log(job_id, b"out 2\n")
    before = time.monotonic()
    host.terminate()
    assert host.wait() == 0
    assert time.monotonic() - before < seconds(5)
    host.restart()
    host.api.running(job_id)
    check_whole(host.api, job_id, count=60)


def test_sigterm_keeps_queued_jobs_for_the_next_start(new_host):
    host = new_host(MAPS_JOBS_CONCURRENCY=1, MAPS_JOBS_DRAIN_SECONDS=0)
    first = submit_long(host.api, count=20)
    host.api.await_log(first, b"out 1\n")
    second = submit_long(host.api, count=2)
    host.terminate()
    assert host.wait() == 0
    host.restart()
    check_whole(host.api, first, count=20)
    check_whole(host.api, second, count=2)


def test_sigterm_with_open_waiters_and_followers_ends_them(new_host):
    host = new_host(MAPS_JOBS_DRAIN_SECONDS=0)
    job_id = host.api.submit("print('x', flush=True)\nimport time; time.sleep(600)")["job_id"]
    reply = host.api.follow(job_id)
    assert reply.readline() == b"x\n"
    before = time.monotonic()
    host.stop()
    assert time.monotonic() - before < seconds(10)
    reply.close()
    host.restart()
    host.api.cancel(job_id)
    host.api.finished(job_id)


def test_an_idle_host_stops_at_once(new_host):
    host = new_host()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = time.monotonic()
        host.process.send_signal(number)
        assert host.wait() == 0
        assert time.monotonic() - before < seconds(5)
        host.start()


# ---- one folder, one host ----

def test_a_second_host_on_one_data_folder_refuses_and_says_who_holds_it(new_host, make_host):
    first = new_host()
    second = make_host(MAPS_DATA_DIR=first.data_dir).spawn()
    holder = first.process.pid
    assert second.wait() != 0
    assert str(holder) in second.log()
    assert str(first.data_dir) in second.log()
    ended(first.api.run("pass"), "success", "exited")


def test_two_hosts_side_by_side_leave_each_others_jobs_alone(new_host, marker):
    """Each collects what carries its own label, at its start and at its stop."""
    first, second = new_host(), new_host()
    job_id = first.api.submit("print('ready', flush=True)\nimport time; time.sleep(600)",
                              args=[marker])["job_id"]
    first.api.await_log(job_id, b"ready")
    second.kill()
    second.restart()
    ended(second.api.run("pass"), "success", "exited")
    second.stop()
    second.start()
    first.api.running(job_id)
    assert processes_named(marker)
    first.api.cancel(job_id)
    ended(first.api.finished(job_id), "cancelled", "cancelled")


def test_the_data_folder_is_for_its_owner_only(new_host):
    host = new_host()
    host.api.run("pass")
    assert host.data_dir.stat().st_mode & 0o077 == 0


def test_terminal_states_survive_a_restart_unchanged(new_host):
    host = new_host()
    api = host.api
    ids = [api.run(script)["job_id"] for script in
           ("pass", "raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)")]
    ids.append(api.run("import time; time.sleep(60)", timeout=0.5)["job_id"])
    before = [api.job(job_id) for job_id in ids]
    assert all(document["status"] in TERMINAL for document in before)
    host.stop()
    host.start()
    assert [host.api.job(job_id) for job_id in ids] == before
