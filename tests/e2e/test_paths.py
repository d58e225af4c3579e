# SPDX-License-Identifier: Apache-2.0
"""Paths of the host in a submission: only below the operator's folders, whatever links and special
files lie there, and whatever a script leaves in its output folder."""

import json
import os
import threading

import pytest
from harness.document import ended

REFUSED = 422


@pytest.fixture
def data(tmp_path):
    """The operator's folder, with a secret beside it."""
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret\n")
    return folder


@pytest.fixture
def api(new_host, data):
    return new_host(MAPS_JOBS_READABLE_PATHS=data, MAPS_JOBS_WRITABLE_PATHS=data).api


def refused(api, field, words="", status=REFUSED, **fields):
    problem = api.post_job(fields).problem(status)
    assert problem["field"] == field, problem
    assert words in problem["detail"], problem
    assert api.jobs() == []


LIST = """
import os, json
top = os.environ["MAPS_INPUT"]
print(json.dumps({os.path.relpath(os.path.join(folder, name), top):
                  open(os.path.join(folder, name)).read()
                  for folder, _, names in os.walk(top) for name in names}, sort_keys=True))
"""


def inputs_of(api, **fields):
    """What the script sees in its input folder."""
    return json.loads(ended(api.run(LIST, **fields), "success", "exited")["logs"])


# ---- without the operator's word ----


@pytest.mark.parametrize("field", ["script_path", "request_path", "input_path", "output_path"])
def test_no_path_is_taken_unless_the_operator_allows_folders(host, field):
    fields = {"script_content": "print(1)", field: "/etc/passwd"}
    if field == "script_path":
        del fields["script_content"]
    problem = host.api.post_job(fields).problem(REFUSED)
    assert problem["field"] == field
    option = "jobs.writable_paths" if field == "output_path" else "jobs.readable_paths"
    assert option in problem["detail"]


# ---- what works ----


def test_a_job_is_made_of_paths_alone(api, data):
    (data / "in" / "deep" / "er").mkdir(parents=True)
    (data / "in" / "a.txt").write_text("A")
    (data / "in" / "deep" / "er" / "b.txt").write_text("B")
    (data / "job.py").write_text("""
import json, os
request = json.load(open(os.environ["MAPS_REQUEST"]))
text = open(os.environ["MAPS_INPUT"] + "/a.txt").read()
text += open(os.environ["MAPS_INPUT"] + "/deep/er/b.txt").read()
os.makedirs("x/y")
open("x/y/out.txt", "w").write(text * request["n"])
open("run.sh", "w").close()
os.chmod("run.sh", 0o700)
""")
    (data / "r.json").write_text('{ "n": 2 }\n')
    paths = {"script_path": f"{data}/job.py", "request_path": f"{data}/r.json",
             "input_path": f"{data}/in/", "output_path": f"{data}/out"}
    reply = api.post_job(paths)
    assert reply.status == 202, reply
    document = ended(api.finished(reply.json()["job_id"]), "success", "exited")
    assert (data / "out" / "x" / "y" / "out.txt").read_text() == "ABAB"
    assert {name: document[name].rstrip("/") for name in paths} == {
        name: path.rstrip("/") for name, path in paths.items()}
    assert document["output_error"] is None
    assert document["timings_ms"]["collect"] >= 0
    assert "x/y/out.txt" in api.outputs(document["job_id"]), "they are here, too"
    for path in (data / "out", data / "out" / "x", data / "out" / "x" / "y" / "out.txt"):
        status = path.stat()
        assert (status.st_uid, status.st_gid) == (data.stat().st_uid, data.stat().st_gid)
    assert (data / "out" / "x" / "y" / "out.txt").stat().st_mode & 0o7777 == 0o644
    assert (data / "out" / "run.sh").stat().st_mode & 0o7777 == 0o755
    assert sorted(path.name for path in (data / "out").iterdir()) == ["run.sh", "x"]


def test_content_wins_over_a_path_which_is_only_noted(api, data):
    document = ended(api.run("print('content')", script_path="/etc/passwd", request_json={"n": 1},
                             request_path="/etc/passwd"), "success", "exited")
    assert document["logs"] == "content\n"
    assert document["script_path"] == "/etc/passwd"


def test_a_single_file_and_files_together_are_inputs(api, data):
    (data / "one.txt").write_text("1")
    assert inputs_of(api, input_path=f"{data}/one.txt",
                     files=[{"path": "two.txt", "content": "2"}]) == {
                         "one.txt": "1", "two.txt": "2"}
    refused_fields = {"input_path": f"{data}/one.txt",
                      "files": [{"path": "one.txt", "content": "2"}], "script_content": "x"}
    problem = api.post_job(refused_fields).problem(REFUSED)
    assert problem["field"] == "input_path" and "one.txt" in problem["detail"]


def test_inputs_are_a_copy(api, data):
    (data / "in").mkdir()
    (data / "in" / "a.txt").write_text("before")
    first = api.submit("import time; time.sleep(1)\n" + LIST, input_path=f"{data}/in")
    (data / "in" / "a.txt").write_text("after")
    assert '"before"' in api.finished(first["job_id"])["logs"]


def test_outputs_are_delivered_whatever_the_end_and_replace_what_is_there(api, data):
    (data / "out").mkdir()
    (data / "out" / "partial.txt").write_text("old")
    (data / "out" / "kept.txt").write_text("kept")
    ended(api.run("open('partial.txt', 'w').write('new'); raise SystemExit(3)",
                  output_path=f"{data}/out"), "error", "exited")
    assert (data / "out" / "partial.txt").read_text() == "new"
    assert (data / "out" / "kept.txt").read_text() == "kept"
    job_id = api.submit("open('c.txt', 'w').write('c'); print('x', flush=True)\n"
                        "import time; time.sleep(600)", output_path=f"{data}/out")["job_id"]
    api.await_log(job_id, b"x")
    api.cancel(job_id)
    ended(api.finished(job_id), "cancelled", "cancelled")
    assert (data / "out" / "c.txt").read_text() == "c"


def test_the_root_of_all_may_be_allowed(new_host, data):
    api = new_host(MAPS_JOBS_READABLE_PATHS="/", MAPS_JOBS_WRITABLE_PATHS="/").api
    (data / "a.txt").write_text("A")
    assert inputs_of(api, input_path=str(data), output_path=f"{data}/out") == {"a.txt": "A"}
    assert (data / "out").is_dir()
    refused_process = api.post_job({"script_path": "/proc/self/root/etc/hostname"})
    assert refused_process.problem(REFUSED)["field"] == "script_path"


def test_an_adopted_job_delivers_its_outputs(new_host, data):
    host = new_host(MAPS_JOBS_WRITABLE_PATHS=data)
    job_id = host.api.submit("""
import time
print("up", flush=True)
time.sleep(1)
open("late.txt", "w").write("late")
""", output_path=f"{data}/out")["job_id"]
    host.api.await_log(job_id, b"up")
    host.kill()
    host.restart()
    document = ended(host.api.finished(job_id), "success", "exited")
    assert document["output_error"] is None
    assert (data / "out" / "late.txt").read_text() == "late"


def test_what_a_killed_host_left_of_a_delivery_is_replaced(api, data):
    (data / "out").mkdir()
    (data / "out" / ".maps-mine.part").write_text("half a file")
    ended(api.run("open('a', 'w').write('whole')", job_id="mine", output_path=f"{data}/out"),
          "success", "exited")
    assert os.listdir(data / "out") == ["a"]
    assert (data / "out" / "a").read_text() == "whole"


# ---- what is refused at the door ----


def test_the_same_key_with_another_path_is_another_request(api, data):
    for name in ("a.py", "b.py"):
        (data / name).write_text("print(1)")
    headers = {"Idempotency-Key": "k"}
    first = api.post_job({"script_path": f"{data}/a.py"}, headers=headers).json()
    again = api.post_job({"script_path": f"{data}/a.py"}, headers=headers).json()
    assert first["job_id"] == again["job_id"]
    api.post_job({"script_path": f"{data}/b.py"}, headers=headers).problem(409)


def test_paths_must_be_plain_and_below_the_folder(api, data, tmp_path):
    for path in ("relative.py", "", f"{data}/../secret", f"{data}/./a", f"{data}//a", f"{data}x/a",
                 str(tmp_path), "/", "/etc/shadow", f"{data}/a\n"):
        refused(api, "script_path", script_path=path)
        refused(api, "input_path", script_content="x", input_path=path)
        refused(api, "output_path", script_content="x", output_path=path)
    refused(api, "script_path", "no", script_path=f"{data}/missing.py")
    refused(api, "script_path", "a folder", script_path=str(data))


def test_what_is_read_must_be_a_script_and_json(api, data):
    (data / "empty.py").write_text("")
    (data / "bad.json").write_text('{"a": }')
    (data / "large.py").write_bytes(b"#" * (17 << 20))
    refused(api, "script_path", "empty", script_path=f"{data}/empty.py")
    refused(api, "request_path", status=400, script_content="x", request_path=f"{data}/bad.json")
    refused(api, "script_path", "max_body_bytes", status=413, script_path=f"{data}/large.py")


def test_links_lead_nowhere_else(api, data, tmp_path):
    (data / "shadow").symlink_to("/etc/shadow")
    (data / "up").symlink_to("..")
    (data / "root").symlink_to("/proc/self/root")
    (data / "real.py").write_text("print('beneath')")
    (data / "link.py").symlink_to("real.py")
    for path in ("shadow", "up/secret", "root/etc/hostname"):
        refused(api, "script_path", "link", script_path=f"{data}/{path}")
        refused(api, "input_path", "link", script_content="x", input_path=f"{data}/{path}")
    refused(api, "output_path", script_content="x", output_path=f"{data}/up/out")
    refused(api, "output_path", script_content="x", output_path=f"{data}/shadow")
    assert not (tmp_path / "out").exists()
    job = api.post_job({"script_path": f"{data}/link.py"}).json()
    assert api.finished(job["job_id"])["logs"] == "beneath\n"


def test_a_fifo_or_device_is_refused_at_once(api, data):
    os.mkfifo(data / "fifo")
    refused(api, "script_path", "neither", script_path=f"{data}/fifo")
    refused(api, "input_path", "neither", script_content="x", input_path=f"{data}/fifo")


def test_a_bad_output_folder_is_refused_at_the_door(api, data):
    (data / "file").write_text("")
    refused(api, "output_path", "not a folder", script_content="x", output_path=f"{data}/file")
    refused(api, "output_path", "could be made", script_content="x", output_path=f"{data}/a/b")
    if os.geteuid() != 0:
        (data / "closed").mkdir(mode=0o555)
        refused(api, "output_path", "cannot write", script_content="x",
                output_path=f"{data}/closed")


def test_the_data_folder_of_the_host_is_no_jobs(make_host, tmp_path):
    host = make_host(MAPS_JOBS_READABLE_PATHS=tmp_path, MAPS_JOBS_WRITABLE_PATHS=tmp_path)
    host.start()
    (tmp_path / "way").symlink_to(host.data_dir.relative_to(tmp_path))
    refused(host.api, "script_path", "data folder", script_path=f"{host.data_dir}/store.db")
    refused(host.api, "output_path", "data folder", script_content="x", output_path=f"{tmp_path}/way")
    refused(host.api, "input_path", "data folder", script_content="x", input_path=str(host.folder))
    document = host.api.run("import os; os.makedirs('data'); open('data/token', 'w').close()",
                            output_path=str(host.folder))
    assert "data/token" in document["output_error"]
    assert not (host.data_dir / "token").exists()


# ---- what is passed over ----


def test_only_files_beneath_an_input_folder_are_copied(api, data, tmp_path):
    top = data / "in"
    (top / "sub").mkdir(parents=True)
    (top / "sub" / "real").write_text("real")
    (top / "inside").symlink_to("sub/real")
    (top / "loop").symlink_to(".")
    (top / "out").symlink_to(tmp_path / "secret")
    (top / "up").symlink_to("../../secret")
    (top / "shadow").symlink_to("/etc/shadow")
    (top / "dangling").symlink_to("nowhere")
    os.mkfifo(top / "fifo")
    assert inputs_of(api, input_path=str(top)) == {"sub/real": "real", "inside": "real"}


def test_inputs_are_bounded(new_host, data):
    api = new_host(MAPS_JOBS_READABLE_PATHS=data, MAPS_JOBS_MAX_FILES=3,
                   MAPS_JOBS_MAX_INPUT_BYTES="1M").api
    for number in range(4):
        (data / f"{number}").write_text("")
    refused(api, "input_path", "max_files", 413, script_content="x", input_path=str(data))
    (data / "0").unlink()
    (data / "1").write_bytes(b"x" * (2 << 20))
    refused(api, "input_path", "max_input_bytes", 413, script_content="x", input_path=str(data))
    (data / "1").unlink()
    deep = data / "deep"
    for _ in range(80):
        deep = deep / "d"
    deep.mkdir(parents=True)
    refused(api, "input_path", "max_files", 413, script_content="x", input_path=f"{data}/deep")


def test_a_link_swapped_in_during_the_copy_gains_nothing(api, data, tmp_path):
    """A folder beneath turns into a link that leads out and back, as fast as it can."""
    top = data / "in"
    (top / "sub").mkdir(parents=True)
    (top / "sub" / "file").write_text("inside")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("OUTSIDE")
    stop = threading.Event()

    def swap():
        while not stop.is_set():
            os.rename(top / "sub", data / "kept")
            os.symlink(tmp_path / "outside", top / "sub")
            os.unlink(top / "sub")
            os.rename(data / "kept", top / "sub")

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        seen = [inputs_of(api, input_path=str(top)) for _ in range(10)]
    finally:
        stop.set()
        swapper.join()
    assert all(inputs in ({}, {"sub/file": "inside"}) for inputs in seen), seen


def test_what_a_script_fakes_is_not_delivered(api, data):
    ended(api.run("""
import os
os.symlink("/etc/passwd", "link")
os.symlink("/etc", "folder")
os.mkfifo("fifo")
open("real", "w").write("real")
path = "."
for n in range(30):
    path += "/d"
os.makedirs(path)
open(path + "/deep", "w").write("deep")
os.mkdir("shut"); open("shut/in", "w").write("in")
os.chmod("shut", 0)
""", output_path=f"{data}/out"), "success", "exited")
    out = data / "out"
    assert sorted(os.listdir(out)) == ["d", "real", "shut"]
    assert (out / "real").read_text() == "real"
    assert (out / ("d/" * 30) / "deep").read_text() == "deep"


@pytest.mark.shared_files  # an engine's archive has zeros for holes
def test_holes_stay_holes(api, data):
    ended(api.run("""
with open("sparse", "wb") as file:
    file.truncate(900 << 20)
""", output_path=f"{data}/out"), "success", "exited")
    sparse = data / "out" / "sparse"
    assert sparse.stat().st_size == 900 << 20
    assert sparse.stat().st_blocks < 1000


def test_hard_links_are_delivered_as_files(api, data):
    ended(api.run("""
import os
open("real", "w").write("real")
os.link("real", "hard")
""", output_path=f"{data}/out"), "success", "exited")
    out = data / "out"
    assert sorted(os.listdir(out)) == ["hard", "real"]
    assert (out / "real").read_text() == (out / "hard").read_text() == "real"
    assert (out / "real").stat().st_nlink == 1


def test_links_in_an_output_folder_are_not_followed(api, data, tmp_path):
    out, outside = data / "out", tmp_path / "outside"
    out.mkdir()
    outside.mkdir()
    (outside / "file").write_text("mine")
    (out / "file").symlink_to(outside / "file")
    (out / "sub").symlink_to(outside)
    (out / "folder").mkdir()
    document = ended(api.run("""
import os
open("file", "w").write("replaced")
os.mkdir("sub"); open("sub/x", "w").write("x")
open("folder", "w").write("x")
open("fine", "w").write("fine")
""", output_path=str(out)), "success", "exited")
    assert (out / "file").read_text() == "replaced" and not (out / "file").is_symlink()
    assert (outside / "file").read_text() == "mine"
    assert os.listdir(outside) == ["file"]
    assert (out / "fine").read_text() == "fine", "one that fails does not hold up the others"
    assert "2 files" in document["output_error"], document["output_error"]


def test_a_folder_that_vanishes_does_not_change_how_the_job_ended(api, data):
    (data / "parent").mkdir()
    job_id = api.submit("print('up', flush=True)\nimport time; time.sleep(1)\nopen('a', 'w')",
                        output_path=f"{data}/parent/out")["job_id"]
    api.await_log(job_id, b"up")
    (data / "parent").rmdir()
    document = ended(api.finished(job_id), "success", "exited")
    assert "parent/out" in document["output_error"]
    assert list(api.outputs(job_id)) == ["a"], "they are still here"
