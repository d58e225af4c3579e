# SPDX-License-Identifier: Apache-2.0
"""Limits: enforced, told apart by evidence, and never at a neighbour's expense."""

import time

import pytest
from harness.document import ended, instant
from harness.leftovers import processes_named
from harness.waiting import SLOWNESS, eventually, seconds

MEBIBYTE = 1 << 20

EAT_MEMORY = """
blocks = []
for _ in range(200):
    blocks.append(b"x" * (1 << 20))
print("all of it")
"""

FLOOD = """
import os
block = b"x" * 65536
for _ in range(1 << 14):
    os.write(1, block)
print("a gigabyte")
"""


@pytest.mark.cgroups
def test_200_mb_under_64_mib_is_oom(api):
    document = ended(api.run(EAT_MEMORY, limits={"memory_bytes": 64 * MEBIBYTE}), "error", "oom")
    assert document["exit_code"] is None
    assert "memory" in document["message"].lower()
    assert document["limits"]["memory_bytes"] == 64 * MEBIBYTE
    assert "all of it" not in document["logs"]


@pytest.mark.cgroups
def test_the_same_script_with_enough_memory_succeeds(api):
    document = api.run(EAT_MEMORY, limits={"memory_bytes": 300 * MEBIBYTE})
    ended(document, "success", "exited")


@pytest.mark.cgroups
@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm"])
def test_files_in_memory_count_as_memory(api, folder):
    """What is in a tmpfs is memory: it cannot be used to get around the limit."""
    script = f"""
with open("{folder}/fill", "wb") as file:
    for _ in range(200):
        file.write(b"x" * (1 << 20))
print("all of it")
"""
    document = api.run(script, limits={"memory_bytes": 48 * MEBIBYTE})
    assert document["status"] == "error", document
    assert (document["reason"] == "oom"
            or "No space left" in document["logs"]), document


@pytest.mark.cgroups
def test_a_child_that_is_killed_for_memory_does_not_fail_its_parent(api):
    """The script survives and says so: its own exit code counts."""
    script = """
import subprocess, sys
child = subprocess.run([sys.executable, "-c", "x = [b'x' * (1 << 20) for _ in range(200)]"])
print("child", child.returncode)
"""
    document = api.run(script, limits={"memory_bytes": 64 * MEBIBYTE})
    if document["reason"] == "exited":
        ended(document, "success", "exited")
        assert document["logs"] == "child -9\n"
    else:  # a runtime whose limit ends the whole group says oom, and that is the truth
        ended(document, "error", "oom")


def test_killing_oneself_is_not_oom(api):
    script = "import os; os.kill(os.getpid(), 9)"
    assert ended(api.run(script), "error", "signaled")["signal"] == 9


@pytest.mark.cgroups
def test_a_fork_bomb_stays_within_pids(api, marker):
    script = """
import os, sys, time
made = 0
try:
    while made < 2000:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        made += 1
except OSError as error:
    print("stopped:", error.errno)
print("made", made < 32)
"""
    document = ended(api.run(script, limits={"pids": 32}, args=[marker]), "success", "exited")
    assert document["logs"] == "stopped: 11\nmade True\n"
    assert not processes_named(marker)


@pytest.mark.cgroups
def test_cpus_are_shared_out(api):
    """Half a CPU: a second of work takes about two."""
    script = """
import time
start, used = time.monotonic(), time.process_time()
while time.process_time() - used < 1:
    pass
print(time.monotonic() - start)
"""
    document = ended(api.run(script, limits={"cpus": 0.25}), "success", "exited")
    assert float(document["logs"]) > 2


@pytest.mark.heavy
def test_a_gigabyte_of_output_is_output_limit_and_host_memory_stays_flat(new_host):
    host = new_host()
    host.api.run("pass")
    before = host.memory_bytes()
    document = ended(host.api.run(FLOOD, within=120), "error", "output_limit")
    limit = document["limits"]["output_bytes"]
    assert document["logs_truncated"] is True
    assert document["message"]
    kept = len(host.api.logs(document["job_id"]))
    assert kept == limit, "what fits is kept to the byte"
    assert host.memory_bytes("VmHWM") - before < 48 * MEBIBYTE


def test_output_up_to_the_limit_is_no_offence(api):
    script = "import os; os.write(1, b'x' * 50000); os.write(2, b'y' * 50000)"
    document = ended(api.run(script, limits={"output_bytes": 100000}), "success", "exited")
    assert document["logs_truncated"] is False


def test_output_over_an_asked_limit_is_cut_exactly_there(api):
    script = "import os\nwhile True: os.write(2, b'0123456789' * 100)"
    document = ended(api.run(script, limits={"output_bytes": 100000}), "error", "output_limit")
    assert api.logs(document["job_id"]) == b"0123456789" * 10000


def test_a_full_output_folder_is_output_limit(api):
    script = """
import time
with open("fill", "wb") as file:
    for _ in range(100):
        file.write(b"x" * (1 << 20))
        file.flush()
print("written", flush=True)
time.sleep(600)
"""
    job_id = api.submit(script, limits={"disk_bytes": 16 * MEBIBYTE})["job_id"]
    document = ended(api.finished(job_id), "error", "output_limit")
    assert "output" in document["message"].lower()


def test_a_sparse_file_is_counted_by_what_it_uses_or_claims(api):
    """A sparse file that claims terabytes harms nobody, but must not fool the guard."""
    script = """
with open("sparse", "wb") as file:
    file.truncate(1 << 40)
print("ok")
"""
    document = api.run(script, limits={"disk_bytes": 16 * MEBIBYTE})
    assert document["reason"] in ("exited", "output_limit"), document


def test_files_without_end_are_output_limit(new_host):
    api = new_host(MAPS_LIMITS_DISK_MAX_INODES=500).api
    script = """
import os, time
for number in range(100000):
    os.makedirs(f"d{number % 50}", exist_ok=True)
    open(f"d{number % 50}/f{number}", "w").close()
print("all", flush=True)
time.sleep(600)
"""
    document = ended(api.run(script), "error", "output_limit")
    assert "files" in document["message"].lower() or "inode" in document["message"].lower()


def test_a_limit_over_what_the_operator_allows_is_refused(new_host):
    api = new_host(MAPS_LIMITS_MAX_OUTPUT_BYTES=1000000,
                   MAPS_LIMITS_DEFAULT_OUTPUT_BYTES=1000000).api
    problem = api.post_job({"script_content": "pass", "limits": {"output_bytes": 1000001}})
    assert problem.problem(422)["field"] == "limits.output_bytes"


HOSTILE = {
    "fork bomb": """
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
""",
    "memory": """
import time
blocks = []
while True:
    try:
        blocks.append(bytearray(1 << 20))
    except MemoryError:
        pass
""",
    "output": "import os\nwhile True: os.write(1, b'x' * 65536)",
    "files": """
n = 0
while True:
    n += 1
    open(f"f{n}", "w").close()
""",
    "spinning": """
import threading
def spin():
    while True: pass
for _ in range(16): threading.Thread(target=spin).start()
""",
}


@pytest.mark.cgroups
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_script_does_not_hold_up_its_neighbours(api, marker, kind):
    limits = {"memory_bytes": 96 * MEBIBYTE, "pids": 64, "cpus": 0.5}
    hostile = api.submit(HOSTILE[kind], limits=limits, timeout=20 * SLOWNESS,
                         args=[marker])["job_id"]
    eventually(lambda: api.job(hostile)["started_at"], "the hostile script has started")
    for _ in range(3):
        before = time.monotonic()
        ended(api.run("print('neighbour')"), "success", "exited")
        assert time.monotonic() - before < seconds(10)
        assert api.get("/healthz").status == 200
    api.cancel(hostile)
    document = api.finished(hostile)
    assert document["status"] in ("cancelled", "error"), document
    assert not processes_named(marker)


def test_a_hostile_end_is_reported_soon(api, marker):
    """A fork bomb that is cancelled is gone when the cancel is reported, and soon."""
    job_id = api.submit(HOSTILE["fork bomb"], args=[marker])["job_id"]
    api.running(job_id)
    before = time.time()
    api.cancel(job_id)
    document = ended(api.finished(job_id), "cancelled", "cancelled")
    assert not processes_named(marker)
    assert instant(document["finished_at"]) - before < seconds(10)
