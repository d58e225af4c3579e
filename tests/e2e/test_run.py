# SPDX-License-Identifier: Apache-2.0
"""`maps-backend run`: one script without a server, as if it were run by hand."""

import contextlib
import hashlib
import json
import os
import signal
import sqlite3
import time

import pytest
from harness.document import check_document, ended
from harness.host import BINARY, RUNNER_TYPE, RUNTIME
from harness.leftovers import processes_named
from harness.oneshot import OneShots, read_until
from harness.waiting import SLOWNESS, seconds

SLEEP = "import time\nprint('ready', flush=True)\ntime.sleep(600)\n"


@pytest.fixture
def oneshots(tmp_path, request):
    """Commands on a data folder of one's own, of which nothing may be left."""
    made = OneShots(tmp_path)
    yield made
    report = getattr(request.node, "report_call", None)
    if report is None or not report.failed:
        made.close()
        return
    for process in made.processes:
        if process.poll() is None:
            process.kill()
            process.wait()


# ---- what goes in and what comes out ----

def test_a_script_gets_its_arguments_variables_and_request(oneshots):
    script = oneshots.script("""
import json, os, sys
print(sys.argv[1:], os.environ["GIVEN"], os.environ["OWN"], json.load(open("/job/request.json")))
""")
    request = oneshots.script('{"number": 12345678901234567890}', "request.json")
    done = oneshots.run(script, "--request", request, "-e", "GIVEN=a=b", "-e", "OWN", "--", "-x", "--",
                        "y z", environment={"OWN": "ours"})
    assert (done.returncode, done.stderr) == (0, b""), done
    assert done.stdout == b"['-x', '--', 'y z'] a=b ours {'number': 12345678901234567890}\n"


def test_script_or_request_can_be_standard_input(oneshots):
    done = oneshots.run("-", input=b"print(open('/job/request.json').read())")
    assert (done.returncode, done.stdout) == (0, b"{}\n"), done
    script = oneshots.script("print(open('/job/request.json').read())")
    done = oneshots.run(script, "--request", "-", input=b'{"a": [1, 2]}')
    assert (done.returncode, done.stdout) == (0, b'{"a":[1,2]}\n'), done


def test_both_streams_come_out_apart_and_nothing_else_does(oneshots):
    done = oneshots.run(oneshots.script("""
import sys
for number in range(100):
    print("out", number)
    print("err", number, file=sys.stderr)
"""))
    assert done.returncode == 0
    assert done.stdout == "".join(f"out {n}\n" for n in range(100)).encode()
    assert done.stderr == "".join(f"err {n}\n" for n in range(100)).encode()


def test_bytes_come_out_as_they_are(oneshots):
    done = oneshots.run(oneshots.script("""
import os
os.write(1, bytes(range(256)) * 3)
os.write(2, b"\\xff\\x00\\n\\r")
"""))
    assert (done.returncode, done.stdout, done.stderr) == (0, bytes(range(256)) * 3,
                                                           b"\xff\x00\n\r")


def test_output_comes_while_the_script_runs(oneshots):
    process = oneshots.start(oneshots.script("""
import sys, time
print("first", flush=True)
print("aside", file=sys.stderr, flush=True)
time.sleep(float(sys.argv[1]))
print("last", flush=True)
"""), "--", str(3 * SLOWNESS))
    read_until(process.stdout, b"first\n")
    read_until(process.stderr, b"aside\n")
    assert process.poll() is None, "it has not ended yet"
    rest, _ = process.communicate(timeout=seconds(60))
    assert (process.returncode, rest) == (0, b"last\n")


@pytest.mark.heavy
def test_fifty_megabytes_come_whole_on_both_streams(oneshots):
    process = oneshots.start(oneshots.script("""
import os
block = bytes(range(256)) * 256
for _ in range(400):
    os.write(1, block)
    os.write(2, block[::-1])
"""), "--limit", "output=100M")
    out, err = process.communicate(timeout=seconds(120))
    block = bytes(range(256)) * 256
    assert process.returncode == 0, err[-300:]
    assert hashlib.sha256(out).digest() == hashlib.sha256(block * 400).digest()
    assert hashlib.sha256(err).digest() == hashlib.sha256(block[::-1] * 400).digest()


def test_json_is_the_job_document_and_nothing_else(oneshots):
    done = oneshots.run(oneshots.script("""
import sys
sys.stdout.write("out\\n"); sys.stderr.write("err\\n")  # each in one piece
open("/job/output/result.json", "w").write('{"answer": 42}')
sys.exit(7)
"""), "--json", "--label", "team=maps", "--job-id", "my-own", "--timeout", "55.5")
    document = check_document(json.loads(done.stdout))
    assert (done.returncode, done.stderr) == (7, b"")
    ended(document, "error", "exited")
    assert (document["job_id"], document["timeout"]) == ("my-own", 55.5)
    assert (document["runtime"], document["runner_type"]) == (RUNTIME, RUNNER_TYPE)
    assert (document["labels"], document["result"]) == ({"team": "maps"}, {"answer": 42})
    assert sorted(document["logs"].split()) == ["err", "out"]


# ---- files and folders ----

COPY = """
import os, shutil
for folder, _, names in os.walk("/job/input"):
    for name in names:
        path = os.path.join(folder, name)
        copy = path.replace("/job/input", "/job/output")
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copyfile(path, copy)
"""


def make_input(oneshots):
    folder = oneshots.folder / "in"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "bytes").write_bytes(bytes(range(256)) * 1000)
    (folder / "text").write_text("text")
    return folder


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("prepared", [True, False])
def test_folders_go_in_and_out(oneshots, prepared):
    folder = make_input(oneshots)
    output = oneshots.folder / "out"
    if prepared:
        output.mkdir()
        (output / "mine").write_text("stays")
    done = oneshots.run(oneshots.script(COPY), "--input", "in", "--output", "out", "--json")
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["output_error"] is None
    expected = files_in(folder) | ({"mine": b"stays"} if prepared else {})
    assert files_in(output) == expected
    assert all(path.stat().st_uid == os.getuid() for path in output.rglob("*"))


def test_outputs_come_out_however_the_script_ends(oneshots):
    script = oneshots.script("open('part', 'w').write('so far'); raise SystemExit(9)")
    done = oneshots.run(script, "--output", "out")
    assert done.returncode == 9
    assert files_in(oneshots.folder / "out") == {"part": b"so far"}


def test_outputs_that_cannot_be_copied_are_said(oneshots):
    output = oneshots.folder / "out"
    (output / "name").mkdir(parents=True)  # a folder where a file is to be
    done = oneshots.run(oneshots.script("open('name', 'w').write('x')"), "--output", "out")
    assert done.returncode == 1 and b"name" in done.stderr, done


@pytest.mark.parametrize("options", [("--input", "absent"), ("--output", "absent/deeper"),
                                     ("--output", "script.py")])
def test_folders_that_cannot_be_used_are_named(oneshots, options):
    done = oneshots.run(oneshots.script("print('started')"), *options)
    assert (done.returncode, done.stdout) == (2, b""), done
    assert options[1].encode() in done.stderr
    assert not oneshots.job_folders()


def test_a_script_is_run_byte_for_byte(oneshots):
    done = oneshots.run(oneshots.script(b"# coding: latin-1\nprint(len('\xe4\xf6'))\n"))
    assert (done.returncode, done.stdout) == (0, b"2\n"), done


def test_script_and_request_may_be_pipes(oneshots):
    command = 'exec "$0" run <(echo "print(open(\'/job/request.json\').read())") ' \
              '--request <(echo "[1]")'
    process = oneshots.start("-c", command, str(BINARY), program=("bash",))
    out, err = process.communicate(timeout=seconds(60))
    assert (process.returncode, out) == (0, b"[1]\n"), err


# ---- how it ends ----

@pytest.mark.parametrize("script, options, code, said", [
    ("raise SystemExit(41)", (), 41, b""),
    ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", (), 139, b"signaled"),
    ("import time; time.sleep(600)", ("--timeout", "2"), 124, b"timeout"),
    ("while True: print('x' * 1000)", ("--limit", "output=100K"), 153, b"output_limit"),
    pytest.param("x = [b'x' * (1 << 20) for _ in range(500)]", ("--limit", "memory=64M"), 137, b"oom",
                 marks=pytest.mark.cgroups)])
def test_the_exit_code_says_how_it_ended(oneshots, script, options, code, said):
    done = oneshots.run(oneshots.script(script), *options)
    assert done.returncode == code, done
    assert said in done.stderr
    quiet = oneshots.run(oneshots.script(script), "--quiet", *options)
    assert (quiet.returncode, quiet.stderr) == (code, b"")


@pytest.mark.parametrize("options", [("--runtime", "abacus"), ("--profile", "cobol"),
                                     ("--network", "everywhere"), ("--limit", "memory=1"),
                                     ("--limit", "speed=9"), ("--limit", "memory=much"),
                                     ("--timeout", "soon"), ("--timeout", "-1"), ("-e", "NOT_SET"),
                                     ("-e", "MAPS_X=1"), ("--label", "x"), ("--job-id", "No!"),
                                     ("--request", "absent.json"), ("--set", "colour=red"),
                                     ("--config", "absent.conf"), ("--wrong",), ("second.py",)])
def test_what_is_wrong_is_said_in_a_sentence_before_anything_starts(oneshots, options):
    script = oneshots.script("print('started')")
    done = oneshots.run(script, *options)
    assert (done.returncode, done.stdout) == (2, b""), done
    assert done.stderr.startswith(b"maps-backend: ") and len(done.stderr) > 30
    assert not oneshots.job_folders()


@pytest.mark.parametrize("request_text", ["{", "[1,]", "{} x"])
def test_a_request_that_is_no_json_is_refused(oneshots, request_text):
    request = oneshots.script(request_text, "request.json")
    done = oneshots.run(oneshots.script("pass"), "--request", request)
    assert done.returncode == 2 and b"request" in done.stderr, done


def test_a_script_that_is_not_there_is_named(oneshots):
    done = oneshots.run("absent.py")
    assert done.returncode == 2 and b"absent.py" in done.stderr
    done = oneshots.run()
    assert done.returncode == 2 and b"script" in done.stderr


def test_a_runtime_that_is_not_there_is_no_fault_of_the_script(oneshots):
    done = oneshots.run(oneshots.script("pass"), "--runtime", "docker",
                        environment={"DOCKER_HOST": "unix:///nowhere/engine.sock"})
    assert done.returncode == 125 and b"docker" in done.stderr, done


# ---- cancelling ----

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_kills_the_whole_tree_and_then_ends_the_command(oneshots, marker, number):
    process = oneshots.start(oneshots.script(f"""
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "{marker}"])
print("ready", flush=True)
time.sleep(600)
"""), "--", marker)
    read_until(process.stdout, b"ready\n")
    assert processes_named(marker)
    process.send_signal(number)
    _, err = process.communicate(timeout=seconds(30))
    assert not processes_named(marker), "the tree is gone before the command is"
    assert process.returncode == 130 and b"cancelled" in err


def test_a_signal_before_the_start_cancels_too(oneshots, marker):
    process = oneshots.start(oneshots.script(SLEEP), "--", marker)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=seconds(30))
    assert process.returncode in (130, -signal.SIGINT)
    assert not processes_named(marker)


def test_a_second_signal_leaves_at_once_and_the_next_command_cleans_up(oneshots, marker):
    process = oneshots.start(oneshots.script(SLEEP), "--", marker)
    read_until(process.stdout, b"ready\n")
    before = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=seconds(30))
    assert process.returncode == 130
    assert time.monotonic() - before < seconds(10)
    assert oneshots.run("-", input=b"pass").returncode == 0
    assert not processes_named(marker)


def test_a_closed_output_cancels(oneshots, marker):
    process = oneshots.start(oneshots.script("""
import time
while True:
    print("line", flush=True)
    time.sleep(0.01)
"""), "--", marker)
    read_until(process.stdout, b"line\n")
    process.stdout.close()
    assert process.wait(seconds(30)) == 130
    process.stderr.close()
    assert not processes_named(marker)


def test_an_output_that_is_full_is_said(oneshots):
    with open("/dev/full", "wb") as full:
        process = oneshots.start(oneshots.script("while True: print('x' * 1000)"), stdout=full)
        _, err = process.communicate(timeout=seconds(30))
    assert process.returncode == 1 and b"No space" in err


# ---- side by side, and after a crash ----

def test_what_a_killed_command_left_is_removed_by_the_next(oneshots, marker):
    process = oneshots.start(oneshots.script(SLEEP), "--", marker)
    read_until(process.stdout, b"ready\n")
    process.kill()
    process.communicate()
    assert processes_named(marker), "the script goes on"
    done = oneshots.run("-", input=b"print('next')")
    assert (done.returncode, done.stdout) == (0, b"next\n"), done
    assert not processes_named(marker)
    assert not oneshots.left()


def test_a_slot_that_was_left_is_collected_whichever_it_is(oneshots, marker):
    """Of several at once the last is killed: the next command takes its slot, not the first."""
    first, second = (oneshots.start(oneshots.script(SLEEP), "--", marker) for _ in range(2))
    for process in (first, second):
        read_until(process.stdout, b"ready\n")
    second.kill()
    second.communicate()
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=seconds(30))
    assert len(oneshots.slots()) == 2
    assert processes_named(marker)
    assert oneshots.run("-", input=b"pass").returncode == 0
    assert not processes_named(marker)


def test_what_cannot_be_collected_now_holds_up_nothing_and_is_collected_later(oneshots, marker):
    process = oneshots.start(oneshots.script(SLEEP), "--", marker)
    read_until(process.stdout, b"ready\n")
    process.kill()
    process.communicate()
    [slot] = oneshots.slots()

    def set_runtime(name):
        with contextlib.closing(sqlite3.connect(slot / "store.db")) as store, store:
            store.execute("UPDATE jobs SET runtime = ?", (name,))

    set_runtime("abacus")  # as if its plugin had been taken away
    for _ in range(2):
        done = oneshots.run("-", input=b"print('next')")
        assert (done.returncode, done.stdout) == (0, b"next\n"), done
        assert b"abacus" in done.stderr
        assert processes_named(marker)
    set_runtime(RUNTIME)
    assert oneshots.run("-", input=b"pass").returncode == 0
    assert not processes_named(marker)


def test_commands_go_side_by_side(oneshots):
    script = oneshots.script("import sys, time; time.sleep(0.5); print(sys.argv[1])")
    processes = [oneshots.start(script, "--", str(number)) for number in range(6)]
    for number, process in enumerate(processes):
        out, err = process.communicate(timeout=seconds(90))
        assert (process.returncode, out) == (0, f"{number}\n".encode()), err
    assert len(oneshots.slots()) <= 6


def test_a_server_on_the_same_data_folder_is_not_disturbed(new_host, oneshots):
    host = new_host(MAPS_DATA_DIR=str(oneshots.data_dir))
    job_id = host.api.submit(SLEEP)["job_id"]
    host.api.running(job_id)
    done = oneshots.run("-", input=b"print('beside')")
    assert (done.returncode, done.stdout) == (0, b"beside\n"), done
    assert host.api.job(job_id)["status"] == "running"
    assert [job["job_id"] for job in host.api.jobs()] == [job_id]
    host.api.cancel(job_id)
    host.api.finished(job_id)
    host.close()


def test_only_warnings_are_logged_unless_more_is_asked_for(oneshots):
    script = oneshots.script("pass")
    assert oneshots.run(script).stderr == b""
    assert b"level=info" in oneshots.run(script, "--set", "log_level=info").stderr


def test_help_names_every_option(oneshots):
    done = oneshots.run("--help")
    assert done.returncode == 0
    for word in (b"--request", b"--input", b"--output", b"--timeout", b"--limit", b"-e", b"--json",
                 b"124", b"125", b"130"):
        assert word in done.stdout
