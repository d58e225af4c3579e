# SPDX-License-Identifier: Apache-2.0
"""Many jobs at once: order, concurrency, and a queue that says when it is full."""

import random
import threading

import pytest
from harness.document import ended, instant
from harness.runtime import MANY_JOBS, OVERLAP_SECONDS
from harness.waiting import eventually, seconds

SLEEP = "import time; time.sleep(600)"
# Runs long enough to overlap with its neighbours and says when it really ran.
TIMED = f"""
import time
start = time.time()
time.sleep({OVERLAP_SECONDS})
print(start, time.time())
"""


def block(api, count):
    """Fills the slots, so that what comes next has to queue."""
    blockers = [api.submit(SLEEP, priority=100)["job_id"] for _ in range(count)]
    for job_id in blockers:
        api.running(job_id)
    return blockers


def release(api, blockers):
    for job_id in blockers:
        api.cancel(job_id)


def left_queue(document):
    return instant(document["created_at"]) + document["timings_ms"]["queued"] / 1000


def inversions(documents, slots):
    """Pairs in which the less important job left the queue clearly first.

    `slots` jobs leave together, so neighbours within that distance may swap places."""
    order = sorted(documents, key=left_queue)
    return [(early["priority"], late["priority"])
            for at, late in enumerate(order) for early in order[:max(0, at - slots)]
            if early["priority"] < late["priority"]]


def submit_in_parallel(api, count, make):
    """Submits from eight threads at once; returns all ids."""
    ids, lock = [], threading.Lock()

    def submit(numbers):
        for number in numbers:
            document = api.submit(**make(number))
            with lock:
                ids.append(document["job_id"])

    threads = [threading.Thread(target=submit, args=(range(start, count, 8),))
               for start in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds(120))
    assert len(ids) == count
    return ids


def test_one_slot_runs_jobs_strictly_by_priority_then_by_age(new_host):
    api = new_host(MAPS_JOBS_CONCURRENCY=1).api
    blockers = block(api, 1)
    priorities = [0, 5, -3, 5, 0, 100, -100, 1]
    ids = [api.submit("pass", priority=priority)["job_id"] for priority in priorities]
    release(api, blockers)
    documents = [api.finished(job_id) for job_id in ids]
    assert all(document["status"] == "success" for document in documents)
    expected = [ids[index] for index in
                sorted(range(len(ids)), key=lambda index: (-priorities[index], index))]
    started = sorted(documents, key=lambda document: instant(document["started_at"]))
    assert [document["job_id"] for document in started] == expected


@pytest.mark.heavy
def test_many_jobs_at_once_finish_in_order_of_priority_at_the_concurrency(new_host):
    slots = 4
    api = new_host(MAPS_JOBS_CONCURRENCY=slots).api
    blockers = block(api, slots)
    chance = random.Random(7)
    ids = submit_in_parallel(api, MANY_JOBS, lambda _: {
        "script": TIMED, "priority": chance.choice([-5, 0, 7])})
    release(api, blockers)
    documents = [ended(api.finished(job_id, within=300), "success", "exited") for job_id in ids]
    assert not inversions(documents, slots)
    spans = [tuple(map(float, document["logs"].split())) for document in documents]
    at_once = max(sum(start <= moment < end for start, end in spans) for moment, _ in spans)
    assert at_once == slots, "as many as allowed, and never more"


@pytest.mark.heavy
def test_as_many_jobs_as_allowed_really_run_at_once(new_host):
    host = new_host(MAPS_JOBS_CONCURRENCY=50)
    ids = submit_in_parallel(host.api, 50, lambda _: {"script": SLEEP})
    eventually(lambda: len(host.api.jobs(status="running", limit=100)) == 50,
               "fifty jobs run at once", within=60)
    for job_id in ids:
        host.api.cancel(job_id)
    for job_id in ids:
        ended(host.api.finished(job_id), "cancelled", "cancelled")


def test_a_full_queue_says_429_and_when_to_come_back(new_host):
    host = new_host(MAPS_JOBS_CONCURRENCY=1, MAPS_JOBS_QUEUE_LIMIT=3)
    api = host.api
    blockers = block(api, 1)
    queued = [api.submit("pass")["job_id"] for _ in range(3)]
    reply = api.post_job({"script_content": "pass"})
    reply.problem(429)
    assert int(reply.headers["Retry-After"]) >= 1
    assert set(host.job_folders()) == set(blockers + queued), "the refused one left no folder"
    assert len(api.jobs()) == 4
    release(api, blockers)
    for job_id in queued:
        ended(api.finished(job_id), "success", "exited")
    ended(api.run("pass"), "success", "exited")


def test_hundred_equal_submissions_with_one_key_are_one_job(api, marker):
    replies = []

    def submit():
        replies.append(api.post_job({"script_content": "print(1)"},
                                    headers={"Idempotency-Key": marker}))

    threads = [threading.Thread(target=submit) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds(60))
    assert {reply.status for reply in replies} <= {200, 202}
    assert len({reply.json()["job_id"] for reply in replies}) == 1
    api.finished(replies[0].json()["job_id"])


@pytest.mark.heavy
def test_200_waiters_cost_no_threads(host):
    """A waiting client is a suspended connection, not a thread."""
    job_id = host.api.submit(SLEEP)["job_id"]
    host.api.running(job_id)

    def thread_count():
        import os
        return len(os.listdir(f"/proc/{host.process.pid}/task"))

    before = thread_count()
    answers = []
    waiters = [threading.Thread(target=lambda: answers.append(host.api.job(job_id, wait=60)))
               for _ in range(200)]
    for waiter in waiters:
        waiter.start()
    eventually(lambda: host.api.get("/healthz").status == 200, "the host answers others")
    assert thread_count() <= before + 2
    host.api.cancel(job_id)
    for waiter in waiters:
        waiter.join(seconds(30))
    assert [answer["status"] for answer in answers] == ["cancelled"] * 200
