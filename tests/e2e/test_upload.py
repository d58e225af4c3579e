# SPDX-License-Identifier: Apache-2.0
"""Submissions in parts: the same jobs and the same answers as in JSON, however large the files,
and nothing left of what did not become a job."""

import json
import os
import shutil
import socket
import subprocess
import threading
import time

import pytest
from harness.document import ended
from harness.form import BOUNDARY, Form, Zeros, head
from harness.waiting import eventually, seconds

SHOW = """
import json, os
with open(os.environ["MAPS_REQUEST"]) as file:
    print(json.load(file))
for folder, _, names in sorted(os.walk(os.environ["MAPS_INPUT"])):
    for name in sorted(names):
        path = os.path.join(folder, name)
        with open(path, "rb") as file:
            print(os.path.relpath(path, os.environ["MAPS_INPUT"]), file.read())
"""
SHOWN = "{'n': 1}\nempty b''\ndata/a.csv b'1,2\\r\\n'\n"
FILES = (("files", "data/a.csv", "1,2\r\n"), ("files", "empty", ""))
HUGE = 2 << 30


def incoming(host):
    return os.listdir(host.data_dir / "incoming")


def finished_logs(api, reply):
    assert reply.status == 202, reply
    document = api.finished(reply.json()["job_id"])
    ended(document, "success", "exited")
    return document["logs"]


@pytest.fixture(autouse=True)
def nothing_is_left_arriving(request):
    yield
    if "host" in request.fixturenames or "api" in request.fixturenames:
        host = request.getfixturevalue("host")
        eventually(lambda: not incoming(host), "what arrived is a job's or removed")


# ---- the same as in JSON ----

def test_parts_in_any_order_are_script_request_and_files(api):
    reply = api.post_form(("options", '{"timeout": 30, "labels": {"made": "of-parts"}}'), *FILES,
                          ("request", '{"n": 1}'), ("script", SHOW))
    assert finished_logs(api, reply) == SHOWN
    document = reply.json()
    assert document["timeout"] == 30 and document["labels"] == {"made": "of-parts"}
    assert reply.headers["Location"] == f"/api/jobs/{document['job_id']}"


def test_the_script_alone_is_a_job_and_may_be_waited_for(api):
    reply = api.post_form(("script", "print(6 * 7)"), query={"wait": "30"})
    assert reply.status == 200, reply
    assert reply.json()["logs"] == "42\n"


def test_what_curl_sends_is_a_job(api, tmp_path):
    """As docs/api.md shows it."""
    (tmp_path / "job.py").write_text(SHOW)
    (tmp_path / "a.csv").write_bytes(b"1,2\r\n")
    (tmp_path / "empty").write_bytes(b"")
    done = subprocess.run(
        ["curl", "-sS", f"http://127.0.0.1:{api.port}/api/jobs?wait=30", "-F", "script=@job.py",
         "-F", 'request={"n": 1}', "-F", "files=@a.csv;filename=data/a.csv", "-F", "files=@empty",
         "-F", 'options={"timeout": 60}'],
        cwd=tmp_path, capture_output=True, text=True, timeout=seconds(60), check=True)
    document = json.loads(done.stdout)
    api.job_ids.add(document["job_id"])
    ended(document, "success", "exited")
    assert document["logs"] == SHOWN


def test_a_script_need_not_be_utf8(api):
    script = b"# -*- coding: latin-1 -*-\nprint(ord('\xe9'))\n"
    assert finished_logs(api, api.post_form(("script", script))) == "233\n"


def test_a_key_makes_repeats_one_job_in_parts_or_in_json(api, marker):
    key = {"Idempotency-Key": marker}
    parts = (("script", "print(1)"), ("request", '{"n": 1}'), *FILES,
             ("options", '{"timeout": 30}'))
    first = api.post_form(*parts, headers=key)
    again = api.post_form(*reversed(parts), headers=key)
    as_json = api.post_job({"script_content": "print(1)", "request_json": {"n": 1}, "timeout": 30,
                            "files": [{"path": "data/a.csv", "content": "1,2\r\n"},
                                      {"path": "empty", "content_base64": ""}]}, headers=key)
    assert first.status == 202
    assert first.json()["job_id"] == again.json()["job_id"] == as_json.json()["job_id"]
    other = api.post_form(("script", "print(1)"), ("request", '{"n": 1}'), ("files", "empty", ""),
                          ("files", "data/a.csv", "1,3\r\n"), ("options", '{"timeout": 30}'),
                          headers=key)
    other.problem(409)
    api.finished(first.json()["job_id"])


def test_many_uploads_at_once_with_one_key_are_one_job(api, marker):
    replies = []

    def submit():
        replies.append(api.post_form(("script", "print(1)"), ("files", "a", Zeros(600000)),
                                     headers={"Idempotency-Key": marker}))

    threads = [threading.Thread(target=submit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds(60))
    assert {reply.status for reply in replies} <= {200, 202}, replies
    assert len({reply.json()["job_id"] for reply in replies}) == 1
    api.finished(replies[0].json()["job_id"])


# ---- what is wrong ----

@pytest.mark.parametrize("parts, status, field", [
    ([("request", "{}")], 422, "script_content"),
    ([("script", "")], 422, "script"),
    ([("script", "x"), ("script", "y")], 422, "script"),
    ([("script", "x"), ("file", "a", "y")], 422, "file"),
    ([("script", "x"), ("files", "y")], 422, "files[0].path"),
    ([("script", "x"), ("files", "a", "1"), ("files", "../b", "2")], 422, "files[1].path"),
    ([("script", "x"), ("files", "/etc/passwd", "1")], 422, "files[0].path"),
    ([("script", "x"), ("files", "a", "1"), ("files", "b", "2"), ("files", "a", "3")], 422,
     "files[2].path"),
    ([("script", "x"), ("files", "a", "1"), ("files", "a/b", "2")], 422, "files[1].path"),
    ([("script", "x"), ("request", "{")], 400, "request"),
    ([("script", "x"), ("options", "[]")], 400, "options"),
    ([("script", "x"), ("options", '{"timeout": -1}')], 422, "timeout"),
    ([("script", "x"), ("options", '{"wiat": 1}')], 422, "wiat"),
    ([("script", "x"), ("options", '{"script_content": "y"}')], 422, "script"),
    ([("request", "{}"), ("options", '{"script_content": "y", "request_json": 1}')], 422,
     "request"),
    ([("script", "x"), ("files", "a", "1"), ("options", '{"files": []}')], 422, "files")])
def test_what_is_wrong_is_named_as_in_json(api, parts, status, field):
    before = len(api.jobs())
    assert api.post_form(*parts).problem(status)["field"] == field
    assert len(api.jobs()) == before


@pytest.mark.parametrize("body", [
    b"", b"{}", head("script") + b"x", head("script") + b"x\r\n--" + BOUNDARY.encode(),
    b"--other\r\n\r\n\r\n--other--\r\n"])
def test_a_body_that_is_not_what_it_says_is_400(api, body):
    problem = api.post("/api/jobs", body, headers=Form().headers
                       | {"Content-Length": str(len(body))}).problem(400)
    assert BOUNDARY in problem["detail"]


def test_a_page_from_elsewhere_cannot_upload(api):
    """A browser sends a form without asking first, so this must hold without a token."""
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"},
                    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        api.post_form(("script", "x"), headers=headers).problem(403)


def test_an_upload_over_the_limit_is_413_before_it_is_sent(new_host):
    host = new_host(MAPS_HTTP_MAX_UPLOAD_BYTES="1M")
    answer = host.api.raw(b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/"
                          b"form-data; boundary=x\r\nContent-Length: 1048577\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413") and b"http.max_upload_bytes" in answer
    assert host.api.get("/api/system/info").json()["max_upload_bytes"] == 1 << 20


# ---- what ends early ----

def begin_upload(host, length=HUGE):
    """An upload in the middle of its file, which has been staged in part."""
    peer = socket.create_connection(("127.0.0.1", host.api.port), seconds(30))
    form = Form(("script", "x"), ("files", "a", Zeros(length)))
    lines = [f"{name}: {value}" for name, value in form.headers.items()]
    peer.sendall("\r\n".join(["POST /api/jobs HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()
                 + head("script") + b"x\r\n" + head("files", "a") + bytes(1 << 20))
    eventually(lambda: incoming(host), "a file is staged")
    return peer


def test_an_upload_whose_client_hangs_up_leaves_nothing(host):
    with begin_upload(host):
        assert incoming(host)
    eventually(lambda: not incoming(host), "it is removed at once", within=10)


def test_what_was_arriving_when_the_host_ended_is_removed(new_host):
    host = new_host()
    with begin_upload(host):
        host.kill()
    assert incoming(host)
    host.restart()
    assert not incoming(host)
    with begin_upload(host):
        host.stop()
    assert not incoming(host)
    host.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_507_and_leaves_nothing(make_host):
    host = make_host()
    folder = host.data_dir / "incoming"
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4M", "none", folder], check=True)
    try:
        host.start()
        host.api.post_form(("script", "x"), ("files", "a", Zeros(5 << 20))).problem(507)
        eventually(lambda: not incoming(host), "what there was room for is removed")
        assert host.api.get("/readyz").status == 200
        host.stop()
    finally:
        subprocess.run(["umount", folder], check=True)


# ---- two gigabytes ----

class Heartbeat:
    """Asks for /healthz as long as it is open; knows the longest that an answer took."""

    def __init__(self, api):
        self.api = api
        self.longest = 0
        self.count = 0
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self.beat)

    def beat(self):
        while not self.ends.wait(0.05):
            before = time.monotonic()
            assert self.api.get("/healthz").status == 200
            self.longest = max(self.longest, time.monotonic() - before)
            self.count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()


@pytest.mark.heavy
def test_two_gigabytes_cost_no_memory_and_hold_up_nobody(new_host):
    host = new_host()
    if shutil.disk_usage(host.data_dir).free < 2 * HUGE:
        pytest.skip("there is no room for 2 GB")
    host.api.post_form(("script", "pass"), ("files", "a", Zeros(4 << 20)), query={"wait": "30"})
    before = host.memory_bytes()
    with Heartbeat(host.api) as heart:
        reply = host.api.post_form(
            ("script", "import os; print(os.path.getsize('/job/input/huge'))"),
            ("files", "huge", Zeros(HUGE)), timeout=600)
    assert finished_logs(host.api, reply) == f"{HUGE}\n"
    assert host.memory_bytes("VmHWM") - before < 16 << 20
    assert heart.count > 5 and heart.longest < seconds(2), (heart.count, heart.longest)
    host.api.delete(f"/api/jobs/{reply.json()['job_id']}")
    host.api.job_ids.discard(reply.json()["job_id"])
