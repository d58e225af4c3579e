# SPDX-License-Identifier: Apache-2.0
"""Output files: what a script leaves is listed and served; what it fakes is not."""

import hashlib

import pytest
from harness.document import ended
from harness.runtime import ARCHIVE


def test_outputs_are_listed_and_served_byte_for_byte(api):
    script = """
import os
os.makedirs("a/b")
open("a/b/data.bin", "wb").write(bytes(range(256)) * 4096)
open("empty", "w").close()
open("name with space & \\u2603.txt", "w").write("snow")
"""
    job_id = ended(api.run(script), "success", "exited")["job_id"]
    listed = api.outputs(job_id)
    assert {path: entry["size"] for path, entry in listed.items()} == {
        "a/b/data.bin": 1048576, "empty": 0, "name with space & \u2603.txt": 4}
    whole = api.output(job_id, "a/b/data.bin")
    assert hashlib.sha256(whole).digest() == hashlib.sha256(bytes(range(256)) * 4096).digest()
    assert api.output(job_id, "empty") == b""
    assert api.output(job_id, "name%20with%20space%20%26%20%E2%98%83.txt") == b"snow"


def test_an_output_is_never_taken_for_a_page(api):
    script = "open('page.html', 'w').write('<script>alert(1)</script>')"
    job_id = api.run(script)["job_id"]
    reply = api.get(f"/api/jobs/{job_id}/output/page.html")
    assert reply.status == 200
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert (reply.headers.get("Content-Disposition", "").startswith("attachment")
            or not reply.headers["Content-Type"].startswith("text/html"))


def test_outputs_are_there_while_the_script_runs(api):
    script = """
import time
open("early", "w").write("here")
print("written", flush=True)
time.sleep(600)
"""
    job_id = api.submit(script)["job_id"]
    api.await_log(job_id, b"written")
    if not ARCHIVE:  # by archive they come when the script has ended
        assert list(api.outputs(job_id)) == ["early"]
        assert api.output(job_id, "early") == b"here"
    api.cancel(job_id)
    assert api.finished(job_id)["status"] == "cancelled"
    assert api.output(job_id, "early") == b"here", "kept after a cancel"


# What may lie in an output folder and must neither be followed nor hang the host.
TRAPS = """
import os, socket
os.symlink("/etc/passwd", "link")
os.symlink("/", "root")
os.symlink("../control", "control")
os.symlink(".", "loop")
os.symlink("/etc/hostname", "result.json")
os.mkfifo("fifo")
socket.socket(socket.AF_UNIX).bind("socket")
open("good", "w").write("good")
os.makedirs("deep/" * 40)
open("deep/" * 40 + "file", "w").write("far")
with open("sparse", "w") as file:
    file.truncate(1 << 20)
"""


def test_only_regular_files_are_outputs(api):
    document = ended(api.run(TRAPS), "success", "exited")
    assert document.get("result") is None, "a link is no result"
    listed = api.outputs(document["job_id"])
    assert set(listed) == {"good", "sparse", "deep/" * 40 + "file"}
    assert api.output(document["job_id"], "deep/" * 40 + "file") == b"far"


@pytest.mark.parametrize("path", [
    "link", "root/etc/passwd", "control/log", "fifo", "socket", "loop/good", "deep",
    "no-such-file", "good/below", "good/"])
def test_what_is_no_output_is_404(api, path):
    job_id = api.run(TRAPS, within=30)["job_id"]
    reply = api.get(f"/api/jobs/{job_id}/output/{path}", timeout=10)
    reply.problem(400, 404)
    assert b"root:" not in reply.body


def test_links_that_change_while_files_are_read_lead_nowhere(api):
    script = """
import os, time
open("victim", "w").write("good")
os.symlink("/etc/passwd", "trap")
print("swapping", flush=True)
while True:
    os.rename("victim", "spare"); os.rename("trap", "victim")
    os.rename("victim", "trap"); os.rename("spare", "victim")
"""
    job_id = api.submit(script)["job_id"]
    api.await_log(job_id, b"swapping")
    for _ in range(200):
        reply = api.get(f"/api/jobs/{job_id}/output/victim")
        assert reply.status == 404 or (reply.status, reply.body) == (200, b"good")
        api.outputs(job_id)
    api.cancel(job_id)
    api.finished(job_id)


@pytest.mark.heavy
def test_thousands_of_outputs_are_all_there(api):
    script = "for n in range(3000): open(f'file-{n:04}', 'w').write(str(n))"
    job_id = ended(api.run(script), "success", "exited")["job_id"]
    reply = api.get(f"/api/jobs/{job_id}/output").json()
    names = [entry["path"] for entry in reply["files"]]
    assert names == [f"file-{number:04}" for number in range(len(names))]
    assert len(names) == 3000 or reply["more"] is True, "cut, but not silently"
    assert api.output(job_id, "file-2999") == b"2999"
