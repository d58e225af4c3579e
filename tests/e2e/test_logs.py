# SPDX-License-Identifier: Apache-2.0
"""Logs: whole, in order, apart or together, while the script runs and after."""

import threading

import pytest
from harness.document import ended
from harness.waiting import seconds

NUMBERED = """
import sys
count = int(sys.argv[1])
for number in range(count):
    sys.stdout.write(f"out {number:06}\\n")
    sys.stderr.write(f"err {number:06}\\n")
"""


def numbered(stream, count):
    return "".join(f"{stream} {number:06}\n" for number in range(count)).encode()


def check_numbered(api, job_id, count):
    """Each stream whole by itself; together: the same lines, each stream in its order."""
    out, err = numbered("out", count), numbered("err", count)
    assert api.logs(job_id, stream="stdout") == out
    assert api.logs(job_id, stream="stderr") == err
    together = api.logs(job_id)
    assert len(together) == len(out) + len(err)


def test_thousand_lines_on_both_streams(api):
    document = ended(api.run(NUMBERED, args=["1000"]), "success", "exited")
    check_numbered(api, document["job_id"], 1000)
    assert document["logs_truncated"] is False


@pytest.mark.heavy
def test_100000_lines_on_both_streams_are_whole_and_in_order(api):
    document = ended(api.run(NUMBERED, within=180, args=["100000"]), "success", "exited")
    check_numbered(api, document["job_id"], 100000)
    assert document["logs_truncated"] is False


def test_bytes_pass_as_they_are(api):
    script = """
import os
os.write(1, bytes(range(256)) * 10)
os.write(2, b"no newline at the end")
"""
    document = ended(api.run(script), "success", "exited")
    assert api.logs(document["job_id"], stream="stdout") == bytes(range(256)) * 10
    assert api.logs(document["job_id"], stream="stderr") == b"no newline at the end"
    assert "no newline at the end" in document["logs"], "the document stays valid JSON"


def test_one_line_of_megabytes(api):
    document = ended(api.run("print('x' * 3000000)"), "success", "exited")
    assert api.logs(document["job_id"]) == b"x" * 3000000 + b"\n"


def test_no_output_is_an_empty_log(api):
    document = ended(api.run("pass"), "success", "exited")
    assert document["logs"] == ""
    assert api.logs(document["job_id"]) == b""


def test_an_offset_continues_where_a_reader_left_off(api):
    job_id = api.run(NUMBERED, args=["100"])["job_id"]
    whole = numbered("out", 100)
    for offset in (0, 1, 500, len(whole) - 1, len(whole), len(whole) + 1000):
        assert api.logs(job_id, stream="stdout", offset=offset) == whole[offset:]
    together = api.logs(job_id)
    assert api.logs(job_id, offset=777) == together[777:]


def test_logs_can_be_read_while_the_script_runs(api):
    job_id = api.submit("""
import time
print("early", flush=True)
time.sleep(600)
""")["job_id"]
    api.await_log(job_id, b"early\n")
    api.running(job_id)
    assert api.job(job_id, logs="true")["logs"] == "early\n"
    api.cancel(job_id)
    api.finished(job_id)


def test_a_follower_gets_lines_live_and_ends_with_the_job(api):
    job_id = api.submit("""
import time
print("first", flush=True)
time.sleep(600)
""")["job_id"]
    reply = api.follow(job_id)
    assert reply.readline() == b"first\n"
    api.running(job_id)  # the line came while the script still runs
    api.cancel(job_id)
    assert reply.read() == b"", "the stream ends with the job"
    reply.close()


def test_a_follower_that_comes_before_the_start_misses_nothing(new_host):
    api = new_host(MAPS_JOBS_CONCURRENCY=1).api
    blocker = api.submit("import time; time.sleep(600)")["job_id"]
    api.running(blocker)
    job_id = api.submit(NUMBERED, args=["5000"])["job_id"]
    reply = api.follow(job_id, stream="stderr")
    api.cancel(blocker)
    assert reply.read() == numbered("err", 5000)
    reply.close()
    api.finished(job_id)
    api.finished(blocker)


def test_a_follower_that_comes_after_the_end_gets_all(api):
    job_id = api.run(NUMBERED, args=["10"])["job_id"]
    reply = api.follow(job_id, stream="stdout", offset=11)
    assert reply.read() == numbered("out", 10)[11:]
    reply.close()


@pytest.mark.heavy
def test_many_followers_of_one_job_all_get_everything(api):
    """Followers are suspended connections: a hundred cost no threads."""
    job_id = api.submit("""
import sys, time
print("ready", flush=True)
for number in range(20000):
    print(f"line {number}")
sys.stdout.flush()
""")["job_id"]
    whole = b"ready\n" + b"".join(b"line %d\n" % number for number in range(20000))
    received = [None] * 100

    def follow(index):
        reply = api.follow(job_id)
        received[index] = reply.read()
        reply.close()

    threads = [threading.Thread(target=follow, args=(index,)) for index in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds(60))
    assert all(text == whole for text in received)
    api.finished(job_id)


def test_a_follower_that_goes_away_harms_nobody(api):
    job_id = api.submit("""
import time
for number in range(100000):
    print("tick", number, flush=True)
    time.sleep(0.01)
""")["job_id"]
    for _ in range(5):
        reply = api.follow(job_id)
        assert reply.readline().startswith(b"tick 0")
        reply.close()
    api.running(job_id)
    api.cancel(job_id)
    api.finished(job_id)


def test_logs_of_an_unknown_job_are_404(api):
    api.get("/api/jobs/nobody-knows-me/logs").problem(404)
    api.get("/api/jobs/nobody-knows-me/output").problem(404)
