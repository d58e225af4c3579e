# SPDX-License-Identifier: Apache-2.0
"""New settings for a running host: all or nothing, and never for a job that runs already."""

import os
import signal
import threading
import time

import pytest
from harness.host import BINARY, RUNTIME
from harness.waiting import eventually

SLEEP = "import time; time.sleep(600)"
# What a job can see of the settings it was accepted and started with.
LOOK = """
import os, resource
print("ran", os.environ.get("GENERATION"), resource.getrlimit(resource.RLIMIT_NOFILE)[0],
      flush=True)
"""


class Settings:
    """A configuration file and the host that was started with it."""

    def __init__(self, folder, new_host, text, **environment):
        self.path = folder / "maps.conf"
        self.path.write_text(text)
        self.host = new_host(MAPS_CONFIG=self.path, **environment)
        self.api = self.host.api

    def info(self):
        return self.api.get("/api/system/info").json()

    def reload(self, text=None, within=30):
        """Writes the file, sends SIGHUP, waits for the outcome; returns the error or None."""
        if text is not None:
            self.path.write_text(text)
        said = self.outcomes()
        self.host.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.outcomes() > said, "the reload has an outcome", within)
        return self.info()["config"]["error"]

    def outcomes(self):
        log = self.host.log()
        return log.count("settings reloaded from") + log.count("settings were not reloaded")


@pytest.fixture
def configured(tmp_path, new_host):
    return lambda text, **environment: Settings(tmp_path, new_host, text, **environment)


def generation(number):
    """Settings that tell by every part of a job which ones it got."""
    return f"""
jobs: {{ concurrency = {2 + number % 3}; }};
profiles: {{ python: {{
  environment = [ "GENERATION={number}" ];
  timeout_seconds = {100 + number};
  limits: {{ memory_bytes = "{128 + number}M"; }};
}}; }};
{RUNTIME}: {{ open_files = {1000 + number}; }};
"""


# ---- all or nothing ----

def test_reload_under_load_loses_nothing_and_mixes_nothing(configured):
    settings = configured(generation(0))
    ids, over = [], threading.Event()

    def submit():
        while not over.is_set():
            ids.append(settings.api.submit(LOOK)["job_id"])
            time.sleep(0.05)

    threads = [threading.Thread(target=submit) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 9):
        assert settings.reload(generation(number)) is None
        more = len(ids) + 4
        eventually(lambda more=more: len(ids) >= more, "jobs go on coming in")
    over.set()
    for thread in threads:
        thread.join()
    seen = {check_one_generation(settings.api.finished(job_id, within=120)) for job_id in ids}
    assert len(ids) == len(set(ids))
    assert len(seen) > 4, seen  # the load did meet the reloads


def check_one_generation(document):
    assert document["status"] == "success", document
    assert document["logs"].count("ran ") == 1, document["logs"]
    _, number, open_files = document["logs"].split()
    assert document["timeout"] == 100 + int(number), document
    assert document["limits"]["memory_bytes"] == (128 + int(number)) << 20, document
    # The plugin's settings are those of the start, which comes later.
    assert int(open_files) >= 1000 + int(number), document
    return number


def test_a_bad_file_changes_nothing_and_says_why(configured):
    settings = configured(generation(1))
    before = settings.info()
    error = settings.reload('log_level = "debug";\njobs: { concurrency = "many"; colour = 1; };\n')
    for part in (f"{settings.path}:2: jobs.concurrency: expected an integer",
                 f"{settings.path}:2: jobs.colour: unknown key"):
        assert part in error
        assert part.replace('"', '\\"') in settings.host.log()
    after = settings.info()
    assert after["config"]["loaded_at"] == before["config"]["loaded_at"]
    assert after["concurrency"] == before["concurrency"]
    check_one_generation(settings.api.run(LOOK))
    assert "level=debug" not in settings.host.log()
    assert settings.reload(generation(2)) is None
    assert settings.info()["config"]["loaded_at"] > before["config"]["loaded_at"]
    assert check_one_generation(settings.api.run(LOOK)) == "2"


def test_a_plugin_that_refuses_its_section_refuses_all(configured):
    settings = configured(generation(1))
    wrong = {"sandbox": 'cgroup = "v9";', "docker": 'pull = "sometimes";'}[RUNTIME]
    text = generation(2).replace("open_files = 1002;", wrong)
    line = 1 + next(n for n, line in enumerate(text.splitlines()) if wrong in line)
    error = settings.reload(text)
    assert error.startswith(f"{settings.path}:{line}: The runtime {RUNTIME} cannot be used: ")
    assert wrong.split('"')[1] in error
    assert check_one_generation(settings.api.run(LOOK)) == "1"


def test_a_plugin_that_could_not_be_used_is_mended_by_a_reload(configured):
    other, wrong = {"sandbox": ("docker", 'pull = "sometimes";'),
                    "docker": ("sandbox", 'cgroup = "v9";')}[RUNTIME]
    settings = configured(f"{other}: {{ {wrong} }};")
    job = {"script_content": "1", "runtime": other}

    def state():
        return next(plugin for plugin in settings.info()["plugins"] if plugin["name"] == other)

    assert state()["error"] == "It is not configured."
    assert settings.api.post_job(job).problem(422)["field"] == "runtime"
    assert settings.reload("") is None
    eventually(lambda: "has not been probed" not in (state().get("error") or "")
               and "not configured" not in (state().get("error") or ""), "it has been probed")
    job_id = settings.api.post_job(job).json()["job_id"]
    settings.api.cancel(job_id)
    settings.api.finished(job_id)


def test_a_file_that_is_gone_is_a_mistake(configured):
    settings = configured(generation(1))
    settings.path.unlink()
    assert f"{settings.path}: cannot read" in settings.reload()
    assert check_one_generation(settings.api.run(LOOK)) == "1"


def test_what_needs_a_restart_is_named_and_the_rest_taken_over(configured):
    settings = configured(generation(1))
    assert settings.reload('http: { max_connections = 77; };\nauth = "none";\n'
                           'jobs: { queue_limit = 55; };\n') is None
    log = settings.host.log()
    for line, key in ((1, "http.max_connections"), (2, "auth")):
        assert f"{settings.path}:{line}: {key} was changed and takes effect at the next start" in log
    assert log.count("takes effect at the next start") == 2
    assert settings.info()["queue"]["limit"] == 55


# ---- jobs that are there already ----

def test_running_jobs_keep_what_they_were_started_with(configured):
    api = (settings := configured(generation(1))).api
    script = LOOK + """
import time
for name in range(50):
    open(str(name), "w").close()
while True:
    print("files", resource.getrlimit(resource.RLIMIT_NOFILE)[0], flush=True)
    time.sleep(0.2)
"""
    job_id = api.submit(script)["job_id"]
    api.await_log(job_id, b"files 1001")
    before = api.job(job_id)
    assert settings.reload(generation(2) + "limits: { disk_max_inodes = 20; };\n") is None
    # The guard has stopped a new job by the new bound ...
    assert api.run(script)["reason"] == "output_limit"
    # ... and looked at this one many times since.
    after = api.job(job_id)
    for key in ("status", "timeout", "limits", "image", "profile"):
        assert after[key] == before[key]
    api.cancel(job_id)
    logs = api.finished(job_id)["logs"].splitlines()
    assert logs[0] == "ran 1 1001"
    assert set(logs[1:]) == {"files 1001"}


def test_queued_jobs_of_a_removed_profile_run_as_they_were_accepted(configured):
    shell = """
profiles: { shell: { command = [ "/bin/sh", "-eu" ]; script_name = "script.sh"; image = "%s";
                     environment = [ "GENERATION=shell" ]; }; };
""" % os.environ.get("RUNNER_IMAGE", "py-exec:latest")
    api = (settings := configured("jobs: { concurrency = 1; };" + shell)).api
    blocker = api.submit(SLEEP)["job_id"]
    api.running(blocker)
    queued = api.submit("echo $GENERATION", profile="shell")["job_id"]
    assert settings.reload("jobs: { concurrency = 1; };") is None
    assert api.post_job({"script_content": "true", "profile": "shell"}).problem(422)["field"] == (
        "profile")
    api.cancel(blocker)
    assert api.finished(queued)["logs"] == "shell\n"


def test_raised_concurrency_starts_waiting_jobs_at_once(configured):
    api = (settings := configured("jobs: { concurrency = 1; };")).api
    ids = [api.submit(SLEEP)["job_id"] for _ in range(3)]
    api.running(ids[0])
    assert settings.info()["queue"]["queued"] == 2
    assert settings.reload("jobs: { concurrency = 3; };") is None
    for job_id in ids:
        api.running(job_id)
        api.cancel(job_id)


def test_queue_limit_and_networks_hold_at_once(configured):
    api = (settings := configured("jobs: { concurrency = 1; };")).api
    refused = {"script_content": "1", "network": "host"}
    assert api.post_job(refused).problem(422)["field"] == "network"
    blocker = api.submit(SLEEP)["job_id"]
    api.running(blocker)
    assert settings.reload('jobs: { concurrency = 1; queue_limit = 1; '
                           'allowed_networks = [ "host" ]; };') is None
    api.post_job(refused)
    api.post_job(refused).problem(429)


# ---- profiles ----

def test_a_profile_brings_environment_and_network(configured):
    api = configured(f"""
jobs: {{ allowed_networks = []; }};
{RUNTIME}: {{ allow_host_network = true; }};
profiles: {{ online: {{ command = [ "/usr/bin/python3", "-u" ]; script_name = "script.py";
  image = "{os.environ.get("RUNNER_IMAGE", "py-exec:latest")}";
  environment = [ "A=of the profile", "B=of the profile, too=" ];
  network = "host"; }}; }};
""").api
    script = "import os; print(os.environ['A'], os.environ['B'], os.readlink('/proc/self/ns/net'))"
    document = api.run(script, profile="online", env={"A": "of the job"})
    own = os.readlink("/proc/self/ns/net")
    if RUNTIME == "sandbox":
        assert document["logs"] == f"of the job of the profile, too= {own}\n"
    assert document["logs"].startswith("of the job of the profile, too= net:")
    alone = api.run(script, profile="online", network="none")["logs"]
    assert alone.startswith("of the profile of the profile, too= net:") and own not in alone
    # The permission is the profile's, not everybody's.
    assert api.post_job({"script_content": "1", "network": "host"}).problem(422)["field"] == (
        "network")


# ---- changes of the file ----

def write_in_place(settings, text):
    settings.path.write_text(text)


def rename_over(settings, text):
    new = settings.path.with_suffix(".new")
    new.write_text(text)
    new.rename(settings.path)


@pytest.mark.parametrize("change", [write_in_place, rename_over])
def test_a_changed_file_is_read_again(configured, change):
    settings = configured("reload_on_change = true;\n" + generation(1))
    change(settings, "reload_on_change = true;\n" + generation(2))
    eventually(lambda: settings.outcomes() == 1, "the change is seen")
    assert check_one_generation(settings.api.run(LOOK)) == "2"
    change(settings, "reload_on_change = yes please;\n")
    eventually(lambda: settings.outcomes() == 2, "the bad change is seen")
    assert "syntax error" in settings.info()["config"]["error"]
    change(settings, generation(3))
    eventually(lambda: settings.outcomes() == 3, "it is watched on after a bad change")
    assert check_one_generation(settings.api.run(LOOK)) == "3"


def test_a_swapped_link_as_of_a_configmap_is_seen(tmp_path, new_host):
    """Kubernetes: maps.conf -> ..data/maps.conf, and ..data -> the folder of one version."""
    for number in (1, 2):
        folder = tmp_path / f"..version{number}"
        folder.mkdir()
        (folder / "maps.conf").write_text('@include "part.conf"\n')
        (folder / "part.conf").write_text("reload_on_change = true;\n" + generation(number))
    (tmp_path / "..data").symlink_to("..version1")
    for name in ("maps.conf", "part.conf"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    host = new_host(MAPS_CONFIG=tmp_path / "maps.conf")
    assert check_one_generation(host.api.run(LOOK)) == "1"
    (tmp_path / "..data_tmp").symlink_to("..version2")
    (tmp_path / "..data_tmp").rename(tmp_path / "..data")
    eventually(lambda: "settings reloaded from" in host.log(), "the swap is seen")
    assert check_one_generation(host.api.run(LOOK)) == "2"


def test_an_included_file_is_watched_too(configured, tmp_path):
    part = tmp_path / "part.conf"
    part.write_text(generation(1))
    settings = configured('reload_on_change = true;\n@include "part.conf"\n')
    part.write_text(generation(2))
    eventually(lambda: settings.outcomes() == 1, "the change is seen")
    assert check_one_generation(settings.api.run(LOOK)) == "2"
    part.unlink()
    eventually(lambda: settings.outcomes() == 2, "its absence is seen")
    assert "cannot open include file" in settings.info()["config"]["error"]
    part.write_text(generation(3))
    eventually(lambda: settings.outcomes() == 3, "it is seen when it is back")
    assert settings.info()["config"]["error"] is None


# ---- many ----

def test_a_storm_of_signals_ends_with_the_last_settings(configured):
    settings = configured(generation(0))
    for number in range(1, 101):
        rename_over(settings, generation(number))
        settings.host.process.send_signal(signal.SIGHUP)
    assert settings.api.get("/healthz").status == 200
    assert settings.reload() is None
    assert settings.outcomes() <= 101
    assert check_one_generation(settings.api.run(LOOK)) == "100"
    settings.host.process.send_signal(signal.SIGHUP)
    settings.host.stop()  # in the middle of a reload, and a clean end all the same


def test_memory_is_flat_over_200_reloads(configured):
    settings = configured(generation(0))
    sizes = []
    for number in range(200):
        if number % 10 == 9:  # refused ones, too
            assert settings.reload("jobs: { concurrency = 0; };") is not None
        else:
            assert settings.reload(generation(number)) is None
        sizes.append(settings.host.memory_bytes())
    # Sanitizers keep traces of their own; AddressSanitizer looks for leaks itself.
    program = BINARY.read_bytes()
    bound = 8 if b"__asan_init" in program or b"__tsan_init" in program else 1
    assert sizes[-1] - sizes[50] < bound << 20, sizes[::10]
