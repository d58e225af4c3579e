# SPDX-License-Identifier: Apache-2.0
"""What the host says of itself: info, health, plugins, and who is let in."""

import json
import os
import re
import shutil
import stat

import pytest
from harness.document import ended
from harness.host import PLUGINS, RUNNER_TYPE, RUNTIME
from harness.runtime import MANY_JOBS
from harness.waiting import eventually


def test_info_names_the_runtime_and_how_it_was_found(api):
    info = api.get("/api/system/info").json()
    assert (info["runtime"], info["runner_type"]) == (RUNTIME, RUNNER_TYPE)
    assert info["detected_by"] == "EXECUTION_RUNTIME"
    assert re.fullmatch(r"\d+\.\d+\.\d+\S*", info["version"])
    assert info["limits"]
    plugin = {plugin["name"]: plugin for plugin in info["plugins"]}[RUNTIME]
    assert plugin["state"] == "ready", plugin


def test_health_is_three_questions(api):
    assert api.get("/healthz").status == 200
    assert api.get("/readyz").status == 200
    health = api.get("/health")
    assert health.status == 200
    assert RUNTIME in health.text


def test_replies_are_typed_and_never_sniffed(api):
    for path in ("/api/system/info", "/api/jobs", "/health"):
        reply = api.get(path)
        assert reply.headers["Content-Type"].startswith("application/json")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_head_answers_like_get_without_a_body(api):
    for path in ("/healthz", "/api/system/info", "/api/jobs"):
        reply = api.request("HEAD", path)
        assert (reply.status, reply.body) == (200, b"")


def test_a_bad_plugin_is_refused_by_name_and_stops_nobody(make_host, tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o755)
    for plugin in PLUGINS.glob("*.so"):
        shutil.copy(plugin, folder)
    (folder / "broken.so").write_text("not a shared object")
    (folder / "open-to-all.so").write_bytes((PLUGINS / f"{RUNTIME}.so").read_bytes())
    (folder / "open-to-all.so").chmod(0o666)
    (folder / "dangling.so").symlink_to("nowhere")
    host = make_host(MAPS_PLUGIN_DIR=folder).start()
    plugins = {plugin["file"]: plugin for plugin in
               host.api.get("/api/system/info").json()["plugins"]}
    for name in ("broken.so", "open-to-all.so", "dangling.so"):
        assert plugins[name]["state"] == "refused", plugins[name]
        assert plugins[name]["error"]
        assert name in host.log()
    assert plugins[f"{RUNTIME}.so"]["state"] == "ready"
    ended(host.api.run("pass"), "success", "exited")


def test_a_plugin_file_overwritten_under_running_jobs_harms_nobody(make_host, tmp_path):
    """The host runs a private copy: overwriting the mapped file would be SIGBUS."""
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o755)
    shutil.copy(PLUGINS / f"{RUNTIME}.so", folder)
    host = make_host(MAPS_PLUGIN_DIR=folder).start()
    job_id = host.api.submit("import time; time.sleep(600)")["job_id"]
    host.api.running(job_id)
    with open(folder / f"{RUNTIME}.so", "r+b") as file:
        file.truncate(0)
    ended(host.api.run("pass"), "success", "exited")
    host.api.cancel(job_id)
    ended(host.api.finished(job_id), "cancelled", "cancelled")


def test_log_lines_are_logfmt_and_name_the_job(host):
    job_id = host.api.run("pass")["job_id"]
    lines = host.log().splitlines()
    logfmt = re.compile(r'time=\S+Z level=(error|warning|info|debug)( [a-z_]+=("(\\.|[^"\\])*"|\S*))+')
    assert all(logfmt.fullmatch(line) for line in lines), lines
    assert any(f"job={job_id}" in line for line in lines)


# ---- who is let in ----

def token_files(host):
    return [path for path in host.data_dir.iterdir() if "token" in path.name]


def test_a_public_address_without_a_token_makes_one_and_keeps_it_secret(make_host):
    host = make_host(MAPS_LISTEN="0.0.0.0:0").start()
    [file] = token_files(host)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = file.read_text().strip()
    assert len(token) >= 43, "256 bits"
    assert token not in host.log()
    assert str(file) in host.log()
    host.api.get("/api/jobs").problem(401)
    assert host.api.get("/api/jobs").headers["WWW-Authenticate"].startswith("Bearer")
    host.api.post("/api/jobs", {"script_content": "pass"}).problem(401)
    for path in ("/healthz", "/readyz", "/health", "/api/system/info"):
        assert host.api.get(path).status == 200, "open to all"
    host.api.token = token
    ended(host.api.run("pass"), "success", "exited")
    host.stop()
    host.restart()
    assert token_files(host)[0].read_text().strip() == token, "made once, at the first start"
    assert host.api.get("/api/jobs").status == 200


def test_auth_none_must_be_said_and_is_then_honoured(make_host):
    host = make_host(MAPS_LISTEN="0.0.0.0:0", MAPS_AUTH="none").start()
    assert not token_files(host)
    ended(host.api.run("pass"), "success", "exited")
    assert "level=warning" in host.log(), "an open door is worth a warning"


def test_a_token_from_the_environment_counts_on_loopback_too(make_host):
    host = make_host(MAPS_TOKEN="correct-horse-battery-staple").start()
    assert "correct-horse" not in host.log()
    for wrong in (None, "", "wrong", "correct-horse-battery-stapl", "Correct-horse-battery-staple"):
        host.api.token = wrong
        host.api.get("/api/jobs").problem(401)
    host.api.token = "correct-horse-battery-staple"
    ended(host.api.run("pass"), "success", "exited")
    reply = host.api.get("/api/jobs", headers={"Authorization": "bearer " + host.api.token})
    assert reply.status == 200, "the scheme's name is not case-sensitive"
    for header in ("Basic eDp5", "Bearer", host.api.token):
        host.api.get("/api/jobs", headers={"Authorization": header}).problem(401)


def test_the_token_is_hidden_from_scripts(make_host):
    host = make_host(MAPS_TOKEN="correct-horse-battery-staple").start("correct-horse-battery-staple")
    document = host.api.run("import os; print(dict(os.environ))")
    assert "correct-horse" not in json.dumps(document)


@pytest.mark.heavy
def test_many_small_jobs_leave_no_descriptor_and_no_thread(new_host):
    """What a job takes it gives back."""
    host = new_host()

    def held():
        process = f"/proc/{host.process.pid}"
        return len(os.listdir(process + "/fd")), len(os.listdir(process + "/task"))

    def burst(count):
        ids = [host.api.submit("pass")["job_id"] for _ in range(count)]
        for job_id in ids:
            ended(host.api.finished(job_id, within=300), "success", "exited")

    burst(20)
    before = held()
    burst(MANY_JOBS)
    eventually(lambda: all(now <= then + 3 for now, then in zip(held(), before)),
               f"{held()} returns to {before}", within=20)
