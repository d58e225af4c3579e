# SPDX-License-Identifier: Apache-2.0
"""Outputs on their way to a client: in part, resumed, all in one archive; and what large and
hostile ones cost the host and its other clients."""

import http.client
import io
import os
import subprocess
import tarfile
import threading
import time

import pytest
from harness.document import ended
from harness.waiting import eventually, seconds

GIB = 1 << 30
PATTERN = bytes(range(256)) * 256  # 64 KiB

# Two GiB of which the first, the last and one part in the middle are no hole.
LARGE = """
pattern = bytes(range(256)) * 256
with open("large", "wb") as file:
    for place in (0, 1 << 30, (2 << 30) - len(pattern)):
        file.seek(place)
        file.write(pattern)
"""
LARGE_LIMITS = {"disk_bytes": 3 * GIB}


def url(api, job_id, path):
    return f"http://127.0.0.1:{api.port}/api/jobs/{job_id}/{path}"


def ask(api, job_id, path, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.get(f"/api/jobs/{job_id}/{path}", headers=named)


def open_archive(api, job_id):
    """The answer to a request for the archive, its body not yet read."""
    connection = api.connect()
    connection.request("GET", f"/api/jobs/{job_id}/output.tar")
    reply = connection.getresponse()
    assert reply.status == 200, reply.status
    return connection, reply


class Health:
    """Asks for /healthz over and over; knows the longest that it took."""

    def __init__(self, api):
        self.api = api
        self.longest = 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._ask)

    def _ask(self):
        while not self.done.wait(0.02):
            began = time.monotonic()
            assert self.api.get("/healthz").status == 200
            self.longest = max(self.longest, time.monotonic() - began)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def test_a_file_comes_in_part_and_only_if_it_has_changed(api):
    job_id = ended(api.run("open('digits', 'w').write('0123456789')"), "success", "exited")["job_id"]
    whole = ask(api, job_id, "output/digits")
    etag = whole.headers["ETag"]
    assert etag.startswith('"')
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = ask(api, job_id, "output/digits", Range="bytes=3-5", If_Range=etag)
    assert (part.status, part.body) == (206, b"345")
    assert part.headers["Content-Range"] == "bytes 3-5/10"
    unchanged = ask(api, job_id, "output/digits", If_None_Match=etag)
    assert (unchanged.status, unchanged.body, unchanged.headers["ETag"]) == (304, b"", etag)
    assert ask(api, job_id, "output/digits", If_Range='"x"', Range="bytes=3-5").status == 200
    ask(api, job_id, "output/digits", If_Match='"x"').problem(412)
    outside = ask(api, job_id, "output/digits", Range="bytes=10-")
    outside.problem(416)
    assert outside.headers["Content-Range"] == "bytes */10"


def test_a_broken_download_is_resumed_by_curl(api, tmp_path):
    script = "import os; open('data', 'wb').write(os.urandom(5_000_000))"
    job_id = ended(api.run(script), "success", "exited")["job_id"]
    whole = api.output(job_id, "data")
    target = tmp_path / "data"
    target.write_bytes(whole[:1_234_567])
    subprocess.run(["curl", "-sSf", "-C", "-", "-o", target, url(api, job_id, "output/data")],
                   check=True, timeout=seconds(30))
    assert target.read_bytes() == whole


# Names that only a script would choose, and what must not be followed.
HOSTILE = """
import os, socket
def put(name, text):
    open(name, "wb").write(text)
put("new\\nline", b"1")
put("gr\\u00fc\\u00df \\u2603 & %2e", b"2")
put("-rf", b"3")
put("back\\\\slash", b"4")
os.makedirs("d" * 255)
put("d" * 255 + "/" + "f" * 255, b"5")
os.makedirs("deep/" * 40)
put("deep/" * 40 + "file", b"6")
os.mkdir("empty")
put("tool", b"7")
os.chmod("tool", 0o700)
os.mkdir("closed")
put("closed/file", b"8")
os.chmod("closed/file", 0)
os.chmod("closed", 0)
os.symlink("/etc/passwd", "link")
os.symlink("/", "root")
os.symlink(".", "loop")
os.mkfifo("fifo")
socket.socket(socket.AF_UNIX).bind("socket")
"""
HOSTILE_FILES = {"new\nline": b"1", "gr\u00fc\u00df \u2603 & %2e": b"2", "-rf": b"3",
                 "back\\slash": b"4", "d" * 255 + "/" + "f" * 255: b"5",
                 "deep/" * 40 + "file": b"6", "tool": b"7", "closed/file": b"8"}


def test_an_archive_unpacks_to_the_same_bytes_whatever_their_names(api, tmp_path):
    job_id = ended(api.run(HOSTILE), "success", "exited")["job_id"]
    reply = ask(api, job_id, "output.tar")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/x-tar"
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{job_id}.tar"'
    done = subprocess.run(["tar", "-x", "-C", tmp_path], input=reply.body, capture_output=True,
                          timeout=seconds(30), check=True)
    assert done.stderr == b""
    found = {path.relative_to(tmp_path).as_posix(): path.read_bytes()
             for path in tmp_path.rglob("*") if path.is_file()}
    assert found == HOSTILE_FILES
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()]
    assert (tmp_path / "empty").is_dir()
    assert os.access(tmp_path / "tool", os.X_OK)


def test_a_job_without_outputs_has_an_empty_archive(api):
    job_id = ended(api.run("pass"), "success", "exited")["job_id"]
    with tarfile.open(fileobj=io.BytesIO(ask(api, job_id, "output.tar").body)) as archive:
        assert archive.getnames() == []
    ask(api, "no-such-job", "output.tar").problem(404)


@pytest.mark.shared_files
def test_an_archive_of_a_running_job_is_sound_while_its_files_change(api):
    script = """
import os
print("changing", flush=True)
while True:
    for size in range(0, 400_000, 50_000):
        with open("growing", "ab") as file:
            file.write(b"x" * 50_000)
    os.rename("growing", "grown")
    os.symlink("/etc/passwd", "growing")
    os.unlink("growing")
"""
    job_id = api.submit(script)["job_id"]
    api.await_log(job_id, b"changing")
    for _ in range(30):
        reply = ask(api, job_id, "output.tar")
        with tarfile.open(fileobj=io.BytesIO(reply.body)) as archive:
            for member in archive:
                assert member.isfile()
                assert set(archive.extractfile(member).read()) <= {ord("x")}
    api.cancel(job_id)
    api.finished(job_id)


def check_large(file):
    """Reads a stream of LARGE to its end."""
    places = {0, GIB, 2 * GIB - len(PATTERN)}
    hole = bytes(len(PATTERN))
    at = 0
    while block := file.read(len(PATTERN)):
        assert block == (PATTERN if at in places else hole), f"at {at}"
        at += len(block)
    assert at == 2 * GIB


@pytest.mark.heavy
def test_two_gigabytes_come_as_an_archive_with_memory_flat_and_the_host_quick(new_host):
    host = new_host()
    job_id = ended(host.api.run(LARGE, limits=LARGE_LIMITS, within=120), "success", "exited")["job_id"]
    ask(host.api, job_id, "output")  # what the first of all requests takes is not the archive's
    before = host.memory_bytes()
    with Health(host.api) as health:
        connection, reply = open_archive(host.api, job_id)
        with tarfile.open(fileobj=reply, mode="r|") as archive:
            member = archive.next()
            assert (member.name, member.size) == ("large", 2 * GIB)
            check_large(archive.extractfile(member))
            assert archive.next() is None
        connection.close()
    assert host.memory_bytes("VmHWM") - before < 8 << 20
    assert health.longest < seconds(2), "others are answered meanwhile"


@pytest.mark.heavy
def test_beyond_two_gigabytes_a_part_is_the_right_one(api):
    script = "with open('f', 'wb') as file: file.seek(5 << 30); file.write(b'the end')"
    document = api.run(script, limits={"disk_bytes": 6 * GIB}, within=300)
    job_id = ended(document, "success", "exited")["job_id"]
    reply = ask(api, job_id, "output/f", Range="bytes=5368709124-")
    assert (reply.status, reply.body) == (206, b"end")
    assert reply.headers["Content-Range"] == f"bytes {5 * GIB + 4}-{5 * GIB + 6}/{5 * GIB + 7}"
    head = api.request("HEAD", f"/api/jobs/{job_id}/output/f")
    assert head.headers["Content-Length"] == str(5 * GIB + 7)


@pytest.mark.heavy
def test_a_hundred_thousand_files_cost_their_names(new_host):
    host = new_host(MAPS_LIMITS_DISK_MAX_INODES=110_000)
    script = "import os\nfor n in range(100_000): os.mknod(f'file-{n:06}', 0o600)"
    job_id = ended(host.api.run(script, within=120), "success", "exited")["job_id"]
    ask(host.api, "no-such-job", "output.tar")
    before = host.memory_bytes()
    connection, reply = open_archive(host.api, job_id)
    with tarfile.open(fileobj=reply, mode="r|") as archive:
        names = [member.name for member in archive]
    connection.close()
    assert names == [f"file-{n:06}" for n in range(100_000)]
    assert host.memory_bytes("VmHWM") - before < 16 << 20


@pytest.mark.heavy
def test_clients_that_stall_hang_up_or_delete_leave_nothing(new_host):
    host = new_host()
    job_id = ended(host.api.run(LARGE, limits=LARGE_LIMITS, within=120), "success", "exited")["job_id"]
    files = f"/proc/{host.process.pid}/fd"
    before = len(os.listdir(files))
    stalled = [open_archive(host.api, job_id) for _ in range(10)]
    with Health(host.api) as health:
        for connection, reply in stalled:
            reply.read(1 << 20)
    assert health.longest < seconds(2)
    for connection, reply in stalled[1:]:
        reply.close()
        connection.close()
    # The first still has its download under way when the job is deleted.
    assert host.api.delete(f"/api/jobs/{job_id}").status == 204
    connection, reply = stalled[0]
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        while reply.read(1 << 22):
            pass
    reply.close()
    connection.close()
    eventually(lambda: len(os.listdir(files)) <= before, "every descriptor is closed")
