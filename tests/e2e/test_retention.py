# SPDX-License-Identifier: Apache-2.0
"""How long ended jobs are kept, and what an operator does with the store."""

import contextlib
import sqlite3
import threading

import pytest
from harness.document import TERMINAL
from harness.host import run_cli
from harness.waiting import eventually


def kept(api):
    return [job for job in api.jobs(limit=200) if job["status"] in TERMINAL]


def known(api, job_id):
    return api.get(f"/api/jobs/{job_id}").status == 200


def ended_or_gone(api, job_id):
    reply = api.get(f"/api/jobs/{job_id}")
    return reply.status == 404 or reply.json()["status"] in TERMINAL


def waiting(api):
    return api.get("/api/system/info").json()["queue"]["queued"]


def sleeper(api, seconds, **fields):
    return api.submit(f"import time; time.sleep({seconds}); print('slept')", **fields)["job_id"]


def store(host, *words):
    return run_cli("store", *words, environment={"MAPS_DATA_DIR": str(host.data_dir)})


def in_order(host):
    """Nothing is half: no row without a folder, no folder without a row."""
    done = store(host, "check")
    assert done.returncode == 0, done.stdout + done.stderr
    return True


# ---- the limits ----

def test_only_so_many_ended_jobs_are_kept_the_latest_ones(new_host):
    host = new_host(MAPS_RETENTION_MAX_JOBS=3)
    ids = [host.api.run("pass")["job_id"] for _ in range(6)]
    eventually(lambda: [job["job_id"] for job in kept(host.api)] == ids[:2:-1],
               "the latest three are kept")
    host.api.get(f"/api/jobs/{ids[0]}").problem(404)
    host.api.get(f"/api/jobs/{ids[0]}/logs").problem(404)
    assert host.job_folders() == sorted(ids[3:])
    assert "cause=count" in host.log()


def test_ended_jobs_take_only_so_much_disk(new_host):
    host = new_host(MAPS_RETENTION_MAX_BYTES="5M")
    write = "open('/job/output/big', 'wb').write(b'x' * (2 << 20))"
    ids = [host.api.run(write)["job_id"] for _ in range(4)]
    eventually(lambda: not known(host.api, ids[1]), "the first two are gone")
    assert not known(host.api, ids[0])
    assert known(host.api, ids[2]) and known(host.api, ids[3])
    eventually(lambda: host.api.get("/api/system/info").json()["retention"]["kept_jobs"] == 2,
               "the figures follow")
    figures = host.api.get("/api/system/info").json()["retention"]
    assert 4 << 20 <= figures["kept_bytes"] <= 5 << 20
    assert figures["max_bytes"] == 5 << 20
    assert "cause=bytes" in host.log()


def test_old_jobs_go_without_anybody_asking(new_host):
    host = new_host(MAPS_RETENTION_MAX_AGE_SECONDS=2)
    running = sleeper(host.api, 8)
    job_id = host.api.run("pass")["job_id"]
    assert known(host.api, job_id)
    eventually(lambda: not known(host.api, job_id), "it has become too old")
    assert host.api.job(running)["status"] == "running"
    assert "cause=age" in host.log()
    host.api.cancel(running)


def test_retention_under_load_deletes_only_what_it_may(new_host):
    host = new_host(MAPS_RETENTION_MAX_JOBS=2, MAPS_RETENTION_MAX_AGE_SECONDS=3,
                    MAPS_RETENTION_MAX_BYTES="1M", MAPS_JOBS_CONCURRENCY=3)
    running = [sleeper(host.api, 15), sleeper(host.api, 15)]
    for job_id in running:
        host.api.running(job_id)
    stop = threading.Event()

    def keep_busy():
        """Jobs are always waiting, so that the one of the lowest priority is never next."""
        while not stop.is_set():
            burst = [host.api.submit("print('short')")["job_id"] for _ in range(10)]
            eventually(lambda: ended_or_gone(host.api, burst[0]), "the first has ended")

    threads = [threading.Thread(target=keep_busy) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: waiting(host.api) >= 10, "jobs wait")
        queued = sleeper(host.api, 0, priority=-100)
        before = host.log().count("event=forgotten")
        eventually(lambda: host.log().count("event=forgotten") >= before + 20, "many are forgotten")
        for job_id in running:
            assert host.api.job(job_id)["status"] == "running"
        assert host.api.job(queued)["status"] == "queued"
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for job_id in running:
        assert host.api.follow(job_id).read() == b"slept\n"
    assert f"job={queued} " in host.log()
    eventually(lambda: not kept(host.api), "all of them have become too old")
    finished = [line for line in host.log().splitlines() if "event=finished" in line]
    for job_id in [*running, queued]:
        assert any(f"job={job_id} " in line and "status=success" in line for line in finished)
    assert host.job_folders() == []
    in_order(host)


def test_a_crash_in_the_middle_of_it_leaves_nothing_half(new_host):
    host = new_host(MAPS_RETENTION_MAX_JOBS=1000)
    write = "import os\nfor i in range(200):\n    open(f'/job/output/{i}', 'w').write('x')\n"
    ids = [host.api.submit(write)["job_id"] for _ in range(40)]
    for job_id in ids:
        host.api.finished(job_id)
    running = sleeper(host.api, 10)
    host.api.running(running)
    host.kill()
    host.environment["MAPS_RETENTION_MAX_JOBS"] = "1"
    for _ in range(3):
        host.restart(ready=False)
        eventually(lambda: "event=forgotten" in host.log() or len(host.job_folders()) <= 2,
                   "it has begun")
        host.kill()
    host.restart()
    eventually(lambda: len(kept(host.api)) == 1, "one is kept")
    assert host.api.finished(running)["status"] == "success"
    eventually(lambda: host.job_folders() == [running], "only its folder is there")
    eventually(lambda: not list((host.data_dir / "trash").iterdir()), "the trash is empty")
    in_order(host)


def test_a_download_goes_on_when_its_job_is_forgotten(new_host):
    host = new_host(MAPS_RETENTION_MAX_JOBS=1)
    size = 64 << 20
    job_id = host.api.run("f = open('/job/output/big', 'wb')\n"
                          f"f.truncate({size})")["job_id"]
    connection = host.api.connect()
    with contextlib.closing(connection):
        connection.request("GET", f"/api/jobs/{job_id}/output/big")
        reply = connection.getresponse()
        assert reply.status == 200
        received = len(reply.read(1 << 20))
        host.api.run("pass")
        eventually(lambda: not known(host.api, job_id), "it is forgotten")
        while chunk := reply.read(1 << 20):
            received += len(chunk)
    assert received == size


# ---- DELETE ----

def test_a_queued_job_is_deleted_without_a_start(new_host):
    host = new_host(MAPS_JOBS_CONCURRENCY=1)
    blocker = sleeper(host.api, 30)
    host.api.running(blocker)
    queued = host.api.submit("print('never')")["job_id"]
    assert host.api.delete(f"/api/jobs/{queued}").status == 204
    host.api.get(f"/api/jobs/{queued}").problem(404)
    host.api.delete(f"/api/jobs/{queued}").problem(404)
    assert queued not in host.job_folders()
    assert host.api.delete(f"/api/jobs/{blocker}").status == 204
    in_order(host)


# ---- the store ----

def test_the_store_is_checked_and_copied_while_the_host_works(new_host, tmp_path):
    host = new_host()
    job_id = host.api.run("print('x')")["job_id"]
    running = sleeper(host.api, 30)
    host.api.running(running)
    in_order(host)
    copy = tmp_path / "backup.db"
    done = store(host, "backup", str(copy))
    assert done.returncode == 0, done.stderr
    assert copy.stat().st_mode & 0o777 == 0o600
    with contextlib.closing(sqlite3.connect(copy)) as database:
        assert dict(database.execute("SELECT id, status FROM jobs")) == {job_id: 3, running: 2}
    again = store(host, "backup", str(copy))
    assert again.returncode == 1
    assert "there already" in again.stderr
    refused = store(host, "compact")
    assert refused.returncode == 1
    assert f"process {host.process.pid}" in refused.stderr
    host.api.cancel(running)
    host.api.finished(running)


def test_a_stopped_store_is_checked_compacted_and_restored(new_host, tmp_path):
    host = new_host()
    job_id = host.api.run("print('x')")["job_id"]
    host.stop()
    in_order(host)
    copy = tmp_path / "backup.db"
    assert store(host, "backup", str(copy)).returncode == 0
    done = store(host, "compact")
    assert done.returncode == 0, done.stderr
    assert "bytes" in done.stdout
    (host.data_dir / "store.db").unlink()
    copy.rename(host.data_dir / "store.db")
    host.restart()
    assert host.api.job(job_id)["status"] == "success"
    assert host.api.logs(job_id) == b"x\n"


def test_what_does_not_belong_together_is_named(new_host):
    host = new_host()
    job_id = host.api.run("pass")["job_id"]
    host.stop()
    (host.data_dir / "jobs" / job_id).rename(host.data_dir / "jobs" / "stray")
    done = store(host, "check")
    assert done.returncode == 1
    assert f"The job {job_id} (success) has no folder" in done.stdout
    assert "The folder jobs/stray belongs to no job" in done.stdout
    host.restart()
    assert host.job_folders() == []


@pytest.mark.parametrize("words", [(), ("chekc",), ("backup",), ("check", "more")])
def test_other_words_are_refused(tmp_path, words):
    done = run_cli("store", *words, environment={"MAPS_DATA_DIR": str(tmp_path)})
    assert done.returncode == 2
    assert "check, backup FILE or compact" in done.stderr


def test_a_folder_without_a_store_is_not_in_order(tmp_path):
    for words in [("check",), ("backup", str(tmp_path / "copy")), ("compact",)]:
        done = run_cli("store", *words, environment={"MAPS_DATA_DIR": str(tmp_path)})
        assert done.returncode == 1
        assert "There is no store" in done.stderr
    assert not list(tmp_path.iterdir())
