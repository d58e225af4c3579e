# SPDX-License-Identifier: Apache-2.0
"""The host's own log: what happened to a job, in lines that programs can read; no secrets."""

import json

import pytest
from harness.document import ended
from harness.host import RUNTIME

PHASES = {"accepted": "queued", "starting": "prepare", "running": "run", "finished": None,
          "forgotten": None}


def lines(host):
    """All lines since the start; each must be one JSON object."""
    found = [json.loads(line) for line in host.log().splitlines()]
    for line in found:
        assert isinstance(line, dict)
        assert {"time", "level", "msg"} <= set(line), line
        assert line["level"] in ("error", "warning", "info", "debug")
    return found


def events(host, job_id):
    return [line for line in lines(host) if line.get("job") == job_id and "event" in line]


@pytest.fixture
def json_host(new_host):
    return new_host(MAPS_LOG_FORMAT="json", MAPS_LOG_LEVEL="debug")


def test_a_jobs_events_are_in_order_and_name_job_plugin_and_phase(json_host):
    document = json_host.api.run("import sys; sys.exit(3)")
    job_id = document["job_id"]
    assert json_host.api.delete(f"/api/jobs/{job_id}").status in (200, 204)
    seen = events(json_host, job_id)
    assert [line["event"] for line in seen] == list(PHASES)
    for line in seen:
        assert line["plugin"] == RUNTIME
        assert line.get("phase") == PHASES[line["event"]], line
    finished = seen[3]
    assert (finished["status"], finished["reason"], finished["exit_code"]) == ("error", "exited", 3)
    assert finished["duration_ms"] >= finished["run_ms"] == document["timings_ms"]["run"]


def test_a_cancelled_job_says_who_ended_it(json_host):
    job_id = json_host.api.submit("import time; time.sleep(600)")["job_id"]
    json_host.api.running(job_id)
    json_host.api.cancel(job_id)
    ended(json_host.api.finished(job_id), "cancelled", "cancelled")
    last = events(json_host, job_id)[-2:]
    assert [line["event"] for line in last] == ["cancel_requested", "finished"]
    assert (last[0]["phase"], last[1]["status"]) == ("run", "cancelled")


def test_an_adopted_job_says_so_and_ends_in_the_same_words(json_host):
    job_id = json_host.api.submit("import time; time.sleep(2); print('done')")["job_id"]
    json_host.api.running(job_id)
    json_host.kill()
    json_host.restart()
    ended(json_host.api.finished(job_id), "success", "exited")
    seen = [line["event"] for line in events(json_host, job_id)]
    assert seen[:1] + seen[-1:] == ["adopted", "finished"]


def test_a_host_that_cannot_start_says_why_in_the_same_form(make_host):
    host = make_host(MAPS_LOG_FORMAT="json", EXECUTION_RUNTIME="teapot").spawn()
    assert host.wait() != 0
    assert any(line["level"] == "error" and "teapot" in line["msg"] for line in lines(host))


def test_plugins_lines_name_job_and_phase(json_host):
    """What a plugin says during a run is about that run."""
    script = "import time; time.sleep(600)"
    job_id = json_host.api.submit(script, timeout=1)["job_id"]
    ended(json_host.api.finished(job_id), "timeout", "timeout")
    said = [line for line in lines(json_host) if line.get("job") == job_id]
    assert all("plugin" in line for line in said)


SECRETS = {name: f"hush-{name}-4f1d" for name in
           ("token", "wrong-token", "env", "request", "script", "file", "query", "body", "key",
            "label", "header")}


def use_every_door(api):
    """Good and bad requests with a secret in each part that may hold one."""
    request = {"password": SECRETS["request"]}
    job = {"env": {"API_KEY": SECRETS["env"]}, "request_json": request,
           "labels": {"note": SECRETS["label"]},
           "files": [{"path": "secret.txt", "content": SECRETS["file"]}]}
    script = f"print('{SECRETS['script']}')"
    ended(api.run(script, **job), "success", "exited")
    ended(api.run(script + "\nraise SystemExit(1)", **job), "error", "exited")
    ended(api.run(script + "\nimport time; time.sleep(600)", timeout=1, **job), "timeout", "timeout")
    for bad in ({**job, "unknown_key": SECRETS["body"]}, {**job, "timeout": SECRETS["body"]},
                {**job, "env": {"": SECRETS["env"]}}, {**job, "runtime": SECRETS["body"]}):
        assert api.post_job({"script_content": script, **bad}).status in (400, 422)
    key = {"Idempotency-Key": SECRETS["key"]}
    for status in (202, 409):
        body = {"script_content": script, "env": {"A": SECRETS["env"] + str(status)}}
        assert api.post_job(body, headers=key).status == status
    api.post("/api/jobs", "{" + SECRETS["body"])
    api.get("/api/jobs", query={"token": SECRETS["query"], "limit": "no"})
    api.get("/api/jobs/x", headers={"X-Secret": SECRETS["header"]})
    api.raw(b"GET /%00" + SECRETS["query"].encode() + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            half_close=True)
    api.raw(b"nonsense " + SECRETS["header"].encode() + b"\r\n\r\n", half_close=True)


def knock_with_wrong_tokens(api):
    for header in (f"Bearer {SECRETS['wrong-token']}", f"Basic {SECRETS['wrong-token']}"):
        api.get("/api/jobs", headers={"Authorization": header}).problem(401)


@pytest.mark.parametrize("form", ["logfmt", "json"])
def test_no_secret_is_ever_logged(make_host, form):
    host = make_host(MAPS_LOG_LEVEL="debug", MAPS_LOG_FORMAT=form,
                     MAPS_TOKEN=SECRETS["token"]).start(SECRETS["token"])
    knock_with_wrong_tokens(host.api)
    use_every_door(host.api)
    host.kill()
    host.restart()
    host.stop()
    log = host.log_path.read_text()
    assert "level" in log and "accepted" in log
    for name, secret in SECRETS.items():
        assert secret not in log, f"{name} is in the log"
    host.restart()
