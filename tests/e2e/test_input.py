# SPDX-License-Identifier: Apache-2.0
"""Bad input: answered with a 4xx that names what is wrong, and with nothing else. No row,
no folder, no leak, and the host goes on."""

import json
import socket
import threading
import time

import pytest
from harness.waiting import eventually, seconds

OK = {"script_content": "print('ok')"}
MAX_BODY_BYTES = 1 << 20


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    from conftest import finish
    from harness.host import Host
    started = Host(tmp_path_factory.mktemp("host"),
                   {"MAPS_HTTP_MAX_BODY_BYTES": str(MAX_BODY_BYTES),
                    "MAPS_HTTP_REQUEST_TIMEOUT_SECONDS": "4"}).start()
    yield started
    finish([started], False)


@pytest.fixture(autouse=True)
def nothing_came_of_it(host):
    yield
    jobs, folders = host.api.jobs(), host.job_folders()
    for document in jobs:  # or every test after this one would find it too
        host.api.delete(f"/api/jobs/{document['job_id']}")
    assert (jobs, folders) == ([], [])


def short(value):
    """A test's name that a person can read."""
    return json.dumps(value)[-60:]


def with_(**fields):
    return {**OK, **fields}


# ---- the body as JSON ----

@pytest.mark.parametrize("body", [
    "", "{", "nonsense", '{"script_content": "x"', '{"script_content": }', "{'script_content': 1}",
    '{"script_content": "x"} trailing', '{"script_content": "x",}', '{"script_content": "\\ud800"}',
    '{"script_content": "tab\there"}', "NaN", b'{"script_content": "\xff\xfe"}',
    b'\xef\xbb\xbf\x00', '{"script_content": "x", "request_json": ' + "[" * 100000])
def test_what_is_not_json_is_400(api, body):
    problem = api.post("/api/jobs", body).problem(400)
    assert "JSON" in problem["detail"] or "UTF-8" in problem["detail"], problem


@pytest.mark.parametrize("body", ["[]", "1", "null", '"text"', "true"])
def test_json_that_is_no_object_is_refused(api, body):
    problem = api.post("/api/jobs", body).problem(400, 422)
    assert "object" in problem["detail"], problem


def test_a_key_given_twice_is_refused_by_name(api):
    body = '{"script_content": "print(1)", "script_content": "print(2)"}'
    assert "script_content" in json.dumps(api.post("/api/jobs", body).problem(400, 422))


@pytest.mark.parametrize("body, field", [
    ({}, "script_content"),
    ({"script_content": ""}, "script_content"),
    ({"script_content": 1}, "script_content"),
    ({"script_content": None}, "script_content"),
    ({"script_content": ["print(1)"]}, "script_content"),
    (with_(timeout="10"), "timeout"),
    (with_(timeout=0), "timeout"),
    (with_(timeout=-1), "timeout"),
    (with_(timeout=1e300), "timeout"),
    (with_(timeout=True), "timeout"),
    (with_(limits=[]), "limits"),
    (with_(limits={"memory_bytes": "64M"}), "limits.memory_bytes"),
    (with_(limits={"memory_bytes": -1}), "limits.memory_bytes"),
    (with_(limits={"memory_bytes": 1}), "limits.memory_bytes"),
    (with_(limits={"memory_bytes": 1.5}), "limits.memory_bytes"),
    (with_(limits={"memory_bytes": 1e19}), "limits.memory_bytes"),
    (with_(limits={"pids": "many"}), "limits.pids"),
    (with_(limits={"cpus": -0.5}), "limits.cpus"),
    (with_(limits={"output_bytes": [1]}), "limits.output_bytes"),
    (with_(limits={"disk_bytes": {}}), "limits.disk_bytes"),
    (with_(limits={"gpus": 1}), "limits.gpus"),
    (with_(env=["A=b"]), "env"),
    (with_(env={"A": 1}), "env.A"),
    (with_(env={"A=B": "x"}), "env"),
    (with_(env={"": "x"}), "env"),
    (with_(env={"1A": "x"}), "env"),
    (with_(env={"MAPS_JOB_ID": "x"}), "env.MAPS_JOB_ID"),
    (with_(args="one"), "args"),
    (with_(args=[1]), "args[0]"),
    (with_(args=["ok", None]), "args[1]"),
    (with_(labels=[]), "labels"),
    (with_(labels={"a": 1}), "labels.a"),
    (with_(labels={"": "x"}), "labels"),
    (with_(labels={"k" * 200: "x"}), "labels"),
    (with_(labels={"a": "x" * 5000}), "labels.a"),
    (with_(priority="high"), "priority"),
    (with_(priority=101), "priority"),
    (with_(priority=-101), "priority"),
    (with_(priority=1.5), "priority"),
    (with_(profile="cobol"), "profile"),
    (with_(profile=7), "profile"),
    (with_(runtime="abacus"), "runtime"),
    (with_(network="host"), "network"),
    (with_(network="default"), "network"),
    ({"script_path": "/etc/passwd"}, "script_path"),
    (with_(request_path="/etc/passwd"), "request_path"),
    (with_(input_path="/etc"), "input_path"),
    (with_(output_path="/etc"), "output_path"),
    (with_(files={}), "files"),
    (with_(files=["a"]), "files[0]"),
    (with_(files=[{"content": "x"}]), "files[0].path"),
    (with_(files=[{"path": "a"}]), "files[0]"),
    (with_(files=[{"path": 1, "content": "x"}]), "files[0].path"),
    (with_(files=[{"path": "a", "content": 1}]), "files[0].content"),
    (with_(files=[{"path": "a", "content": "x", "content_base64": "eA=="}]), "files[0]"),
    (with_(files=[{"path": "a", "content_base64": "!!!"}]), "files[0].content_base64"),
    (with_(files=[{"path": "a", "content_base64": "eA="}]), "files[0].content_base64"),
    (with_(files=[{"path": "a", "content": "x", "mode": 511}]), "files[0].mode"),
    (with_(files=[{"path": "a", "content": "1"}, {"path": "a", "content": "2"}]), "files[1].path"),
    (with_(files=[{"path": "a", "content": "1"}, {"path": "a/b", "content": "2"}]), "files[1].path"),
    (with_(files=[{"path": f"f{n}", "content": ""} for n in range(20000)]), "files"),
], ids=short)
def test_a_bad_field_is_named(api, body, field):
    problem = api.post("/api/jobs", body).problem(422)
    assert problem["field"].startswith(field), problem


def test_unknown_keys_are_all_named(api):
    text = json.dumps(api.post("/api/jobs", with_(colour="red", shape="round")).problem(422))
    assert "colour" in text and "shape" in text


@pytest.mark.parametrize("job_id", [
    "", ".", "..", "../../etc", "a/b", "a\\b", "UPPER", "-a", "a-", "a_b", "a.b", "ä", "a" * 51,
    "a b", "a\n", "%2e%2e", "a\u202eb", 7, ["a"]], ids=short)
def test_a_bad_own_job_id_is_refused(api, job_id):
    assert api.post("/api/jobs", with_(job_id=job_id)).problem(422)["field"] == "job_id"


@pytest.mark.parametrize("path", [
    "", ".", "..", "../a", "a/../b", "a/../../b", "/etc/passwd", "a//b", "./a", "a/.", "a/",
    "a\nb", "a\x7fb", "x" * 256, "d/" * 2048 + "f"], ids=short)
def test_a_file_name_that_leads_elsewhere_is_refused(api, path):
    problem = api.post("/api/jobs", with_(files=[{"path": path, "content": "x"}])).problem(422)
    assert problem["field"] == "files[0].path"


@pytest.mark.parametrize("field, value", [
    ("script_content", "print(1)\0"), ("job_id", "a\0b"), ("args", ["a\0b"]),
    ("env", {"A": "\0"}), ("labels", {"a": "\0"}), ("files", [{"path": "a\0b", "content": ""}])])
def test_a_nul_is_refused_wherever_it_hides(api, field, value):
    api.post("/api/jobs", with_(**{field: value})).problem(400, 422)


def test_absurd_depth_and_width_are_refused(api):
    deep = json.dumps(OK)[:-1] + ', "request_json": ' + "[" * 5000 + "]" * 5000 + "}"
    api.post("/api/jobs", deep).problem(400, 422)
    api.post("/api/jobs", with_(env={f"E{n}": "x" * 100 for n in range(5000)})).problem(413, 422)


# ---- the request around it ----

def test_a_body_over_the_limit_is_413(api):
    reply = api.post("/api/jobs", with_(request_json="x" * MAX_BODY_BYTES))
    problem = reply.problem(413)
    assert str(MAX_BODY_BYTES) in problem["detail"], "says how much is allowed"


def test_a_body_over_the_limit_is_refused_before_it_is_sent(api):
    answer = api.raw(b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n"
                     b"Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413"), answer[:200]


def test_a_chunked_body_over_the_limit_is_413_and_costs_no_memory(host):
    before = host.memory_bytes()
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    answer = host.api.raw(b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n"
                          b"Content-Type: application/json\r\n"
                          b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 1000)
    assert answer.startswith(b"HTTP/1.1 413") or answer == b"", answer[:200]
    assert host.memory_bytes() - before < 16 * MAX_BODY_BYTES
    assert host.api.get("/healthz").status == 200


def test_a_truncated_body_makes_no_job(api):
    body = json.dumps(OK).encode()
    head = (b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % (len(body) + 10))
    answer = api.raw(head + body, half_close=True)
    assert not answer or answer.startswith(b"HTTP/1.1 4"), answer[:200]


@pytest.mark.parametrize("head", [
    b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\n{\"scr\r\n", b"Content-Le"],
    ids=["body", "chunked", "header"])
def test_a_request_that_never_ends_is_ended(api, head):
    before = time.monotonic()
    answer = api.raw(b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\n"
                     b"Content-Type: application/json\r\n" + head)
    assert not answer or answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert time.monotonic() - before < seconds(15)


def test_a_client_that_trickles_is_ended_by_an_absolute_deadline(api):
    with socket.create_connection(("127.0.0.1", api.port), seconds(30)) as peer:
        before = time.monotonic()
        peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")

        def ended():
            try:
                peer.sendall(b"x")
                peer.settimeout(0.2)
                return peer.recv(100) == b""
            except socket.timeout:
                return False
            except OSError:
                return True

        eventually(ended, "the connection is closed", within=15)
        assert time.monotonic() - before >= 2


@pytest.mark.heavy
def test_hundreds_of_slow_clients_keep_nobody_waiting(api):
    peers = []
    try:
        for _ in range(400):
            peer = socket.create_connection(("127.0.0.1", api.port), 10)
            peer.sendall(b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            peers.append(peer)
        before = time.monotonic()
        assert api.get("/healthz").status == 200
        assert time.monotonic() - before < seconds(2)
    finally:
        for peer in peers:
            peer.close()


def test_a_huge_header_is_refused(api):
    answer = api.raw(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Big: " + b"x" * 200000
                     + b"\r\n\r\n")
    assert not answer or answer.split(b" ")[1] in (b"413", b"431", b"400"), answer[:200]
    assert api.get("/healthz").status == 200


@pytest.mark.parametrize("request_bytes", [
    b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01",
    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    b"POST /api/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}"], ids=range(7))
def test_what_is_not_http_ends_only_its_own_connection(api, request_bytes):
    answer = api.raw(request_bytes)
    assert not answer or answer.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4", b"HTTP/1.1 505")), answer
    assert api.get("/healthz").status == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded",
                                  "multipart/mixed; boundary=x", "application/jsonp", ""])
def test_a_body_that_is_not_called_json_is_415(api, kind):
    api.post("/api/jobs", OK, headers={"Content-Type": kind}).problem(415)


# ---- who asks ----

@pytest.mark.parametrize("name", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example",
                                  "localhost.evil.example", "", "[::1", "a b"])
def test_a_foreign_host_name_is_refused(api, name):
    for method, path in (("GET", "/api/jobs"), ("POST", "/api/jobs")):
        reply = api.request(method, path, OK if method == "POST" else None, headers={"Host": name})
        assert reply.status in (400, 403, 421), reply


def test_a_missing_or_doubled_host_name_is_refused(api):
    for hosts in (b"", b"Host: localhost\r\nHost: evil.example\r\n"):
        answer = api.raw(b"GET /api/jobs HTTP/1.1\r\n" + hosts + b"Connection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 4"), answer[:200]


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_loopback_names_are_let_in(api, name):
    assert api.get("/api/jobs", headers={"Host": f"{name}:{api.port}"}).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "https://localhost.evil.example",
                                    "null", "http://127.0.0.1:1", "file://"])
def test_a_web_page_from_elsewhere_cannot_submit(api, origin):
    api.post("/api/jobs", OK, headers={"Origin": origin}).problem(403)
    reply = api.request("OPTIONS", "/api/jobs", headers={
        "Origin": origin, "Access-Control-Request-Method": "POST"})
    assert "Access-Control-Allow-Origin" not in reply.headers


# ---- paths ----

@pytest.mark.parametrize("path", [
    "/api/jobs/..", "/api/jobs/%2e%2e", "/api/jobs/../../etc/passwd", "/api/jobs/a%00b",
    "/api/jobs/a%2fb", "/api/jobs/a%5cb", "/api/jobs/%ff", "/api/jobs/UPPER",
    "/api/jobs/" + "a" * 51, "/api/jobs/a%", "/api/jobs/a%zz", "/api/jobs/-a",
    "/api/jobs/a/output/%2e%2e/%2e%2e/store.db", "/api/jobs/a/output/..%2f..%2fstore.db",
    "/api/jobs/a/output/a%00", "/api/jobs/a/output//etc/passwd", "/api/jobs/a/logs/../..",
    "/..", "/%2e%2e/etc/passwd", "//", "/api", "/api/jobs/", "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_path_that_leads_elsewhere_is_refused(api, method, path):
    reply = api.request(method, path)
    reply.problem(400, 404, 405)
    assert b"root:" not in reply.body and b"SQLite" not in reply.body


@pytest.mark.parametrize("method, path", [
    ("PUT", "/api/jobs"), ("DELETE", "/api/jobs"), ("PATCH", "/api/jobs/a"), ("POST", "/healthz"),
    ("GET", "/api/jobs/a/cancel"), ("POST", "/api/jobs/a/logs"), ("TRACE", "/healthz")])
def test_a_wrong_method_is_405_and_says_which_are_right(api, method, path):
    reply = api.request(method, path)
    reply.problem(405)
    assert reply.headers["Allow"]


def test_an_unknown_query_parameter_is_named(api):
    problem = api.post("/api/jobs", OK, query={"wiat": "5"}).problem(422)
    assert "wiat" in json.dumps(problem)


@pytest.mark.parametrize("query", [{"stream": "stdin"}, {"offset": "-1"}, {"offset": "x"},
                                   {"follow": "maybe"}, {"tail": "5"}])
def test_a_bad_logs_query_is_named(api, query):
    problem = api.get("/api/jobs/a/logs", query=query).problem(400, 404, 422)
    if problem["status"] == 422:
        assert list(query)[0] in json.dumps(problem)


def test_a_flood_of_bad_requests_leaks_nothing(host):
    """Memory and file descriptors stay where they are."""
    def flood():
        for _ in range(100):
            host.api.post("/api/jobs", '{"script_content": "' + "x" * 20000)
            host.api.post("/api/jobs", with_(files=[{"path": "../x", "content": "y" * 20000}]))

    def descriptors():
        import os
        return len(os.listdir(f"/proc/{host.process.pid}/fd"))

    flood()
    memory = host.memory_bytes()
    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert host.memory_bytes() - memory < 8 << 20
    eventually(lambda: descriptors() < 50, "its connections are closed")
