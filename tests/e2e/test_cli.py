# SPDX-License-Identifier: Apache-2.0
"""The command line, the configuration's layers, and starts that must fail with a sentence."""

import os
import re
import shutil
import socket
import stat

import pytest
from harness.document import ended
from harness.host import PLUGINS, RUNNER_TYPE, RUNTIME, run_cli
from harness.waiting import seconds


def write(folder, text, name="maps.conf"):
    path = folder / name
    path.write_text(text)
    return path


def complaint(done):
    """What a failed start said; fails if it did not fail, or not in words."""
    assert done.returncode not in (0, -6, -11), done
    assert len(done.stderr.strip()) > 20, done
    return done.stderr


# ---- questions ----

def test_version():
    done = run_cli("--version")
    assert done.returncode == 0
    assert re.match(r"maps-backend \d+\.\d+\.\d+", done.stdout)


def test_help_lists_arguments_and_every_kind_of_option():
    done = run_cli("--help")
    assert done.returncode == 0
    for word in ("--config", "--set", "--check-config", "--print-config", "--dump-plugin",
                 "MAPS_LISTEN", "SCRIPT_TIMEOUT", "EXECUTION_RUNTIME", "jobs.concurrency",
                 f"{RUNTIME}."):
        assert word in done.stdout, word


@pytest.mark.parametrize("arguments, hint", [
    (["--nonsense"], "--help"), (["extra"], "--help"), (["--config"], "--config"),
    (["--set", "x"], "KEY=VALUE")])
def test_bad_arguments_are_refused_with_a_hint(arguments, hint):
    assert hint in complaint(run_cli(*arguments))


def test_dump_plugin_says_what_a_file_declares():
    done = run_cli("--dump-plugin", str(PLUGINS / f"{RUNTIME}.so"))
    assert done.returncode == 0
    for word in (RUNTIME, RUNNER_TYPE, "run_script", "recover"):
        assert word in done.stdout, word


def test_dump_plugin_says_why_a_file_is_none(tmp_path):
    text = write(tmp_path, "no plugin", "fake.so")
    assert "fake.so" in complaint(run_cli("--dump-plugin", str(text)))
    assert "missing.so" in complaint(run_cli("--dump-plugin", str(tmp_path / "missing.so")))


# ---- configuration ----

def test_check_config_is_content_with_a_good_file(tmp_path):
    path = write(tmp_path, 'listen = "127.0.0.1:0";\njobs: { concurrency = 3; };\n')
    assert run_cli("--config", str(path), "--check-config").returncode == 0


def test_check_config_names_every_mistake_with_its_line(tmp_path):
    path = write(tmp_path, """listen = "nowhere";
jobs: {
  concurrency = "many";
  queue_limit = 0;
  colour = "red";
};
unheard_of = 1;
log_level = "loud";
http: { max_body_bytes = -1; };
abacus: { beads = 10; };
""")
    done = run_cli("--config", str(path), "--check-config")
    text = complaint(done)
    for line, key in ((1, "listen"), (3, "jobs.concurrency"), (4, "jobs.queue_limit"),
                      (5, "jobs.colour"), (7, "unheard_of"), (8, "log_level"),
                      (9, "http.max_body_bytes"), (10, "abacus")):
        assert re.search(rf"maps\.conf:{line}: .*{re.escape(key)}", text), (line, key, text)


TEN_MISTAKES = f"""\
listen = "localhost:8000"; log_level = "info"; log_level = "debug";
http: {{
  max_connections = "many";
  max_header_bytes = "2M";
  max_body_bytes = "16MB";
}};
jobs: {{ timeout_seconds = 600; max_timeout_seconds = 60; concurency = 4; }};
data_dir = "var/data";
default_profile = "ruby";
profiles: {{
  shell: {{
    command = [ "/bin/sh" ];
    environment = [
      "LANG=C",
      "MAPS_INPUT=/elsewhere" ];
  }};
}};
{RUNTIME}: {{ open_files = 1; }};
"""


def test_ten_different_mistakes_in_one_file_are_all_named(tmp_path):
    path = write(tmp_path, TEN_MISTAKES)
    text = complaint(run_cli("--config", str(path), "--check-config"))
    expected = [
        (1, '"log_level" is given again here, after line 1; keep one of them'),
        (1, 'listen: expected a numeric address and a port .*, got "localhost:8000"'),
        (3, 'http.max_connections: expected an integer from 1 to 1000000, got "many"'),
        (4, 'http.max_header_bytes: expected a size in bytes .* from 1K to 1M, got "2M"'),
        (5, 'http.max_body_bytes: expected a size in bytes .*, got "16MB"'),
        (7, r"jobs.timeout_seconds: 600 is above jobs.max_timeout_seconds \(60\)"),
        (7, 'jobs.concurency: unknown key; did you mean "jobs.concurrency"'),
        (8, 'data_dir: expected an absolute path in a file, got "var/data"'),
        (9, r'default_profile: there is no profile "ruby" \(profiles: python, shell\)'),
        (15, "profiles.shell.environment: variables that begin with MAPS_ are set by the host"),
        (18, f"{RUNTIME}.open_files: expected an integer from 16 to 1048576, got 1"),
    ]
    for line, words in expected:
        place = re.escape(f"{path}:{line}: ")
        assert re.search(f"^{place}{words}", text, re.MULTILINE), (line, words, text)
    assert len(text.splitlines()) == len(expected), text


def test_a_syntax_error_does_not_hide_the_mistakes_above_it(tmp_path):
    path = write(tmp_path, 'log_level = "loud";\njobs: { concurrency = 0; };\nauth = ;\nx = 1;\n')
    text = complaint(run_cli("--config", str(path), "--check-config"))
    assert [line.split(": ")[0] for line in text.splitlines()] == [f"{path}:{n}" for n in (1, 2, 3)]


def test_check_config_gives_the_place_of_a_syntax_error(tmp_path):
    path = write(tmp_path, 'listen = "127.0.0.1:0";\njobs: { concurrency = ; };\n')
    assert "maps.conf:2" in complaint(run_cli("--config", str(path), "--check-config"))


def test_a_missing_config_file_is_named(tmp_path):
    assert "absent.conf" in complaint(run_cli("--config", str(tmp_path / "absent.conf"),
                                              "--check-config"))


def test_a_wrong_environment_variable_is_named():
    done = run_cli("--check-config", environment={"MAPS_JOBS_CONCURRENCY": "many"})
    assert "MAPS_JOBS_CONCURRENCY" in complaint(done)
    done = run_cli("--check-config", environment={"SCRIPT_TIMEOUT": "soon"})
    assert "SCRIPT_TIMEOUT" in complaint(done)


def printed(key, *arguments, environment=None):
    """The line of --print-config about one key."""
    done = run_cli(*arguments, "--print-config", environment=environment)
    assert done.returncode == 0, done
    [line] = [line for line in done.stdout.splitlines() if re.match(rf"{re.escape(key)}\b", line)]
    return line


def test_precedence_is_command_line_environment_file_default(tmp_path):
    path = str(write(tmp_path, "jobs: { queue_limit = 11; };\n"))
    environment = {"MAPS_JOBS_QUEUE_LIMIT": "22"}
    key = "jobs.queue_limit"
    line = printed(key)
    assert "1000" in line and "default" in line
    line = printed(key, "--config", path)
    assert "11" in line and "maps.conf:1" in line
    line = printed(key, "--config", path, environment=environment)
    assert "22" in line and "MAPS_JOBS_QUEUE_LIMIT" in line
    line = printed(key, "--config", path, "--set", "jobs.queue_limit=33", environment=environment)
    assert "33" in line and "command line" in line


@pytest.mark.parametrize("name, value, key", [
    ("SCRIPT_TIMEOUT", "42", "jobs.timeout_seconds"),
    ("MAPS_LISTEN", "127.0.0.1:4242", "listen"),
    ("MAPS_DATA_DIR", "/nonexistent/42", "data_dir"),
    ("MAPS_AUTH", "none", "auth")])
def test_well_known_variables_reach_their_keys(name, value, key):
    line = printed(key, environment={name: value})
    assert value in line and name in line


def test_maps_config_names_the_file(tmp_path):
    path = str(write(tmp_path, "jobs: { queue_limit = 11; };\n"))
    assert "11" in printed("jobs.queue_limit", environment={"MAPS_CONFIG": path})


def test_print_config_hides_secrets():
    done = run_cli("--print-config", environment={"MAPS_TOKEN": "do-not-print-me"})
    assert "do-not-print-me" not in done.stdout + done.stderr
    assert "MAPS_TOKEN" in done.stdout, "but says that there is one"


def test_an_unknown_variable_warns_and_stops_nothing(new_host):
    """Kubernetes injects MAPS_BACKEND_PORT for a service of our own name."""
    host = new_host(MAPS_BACKEND_PORT="tcp://10.96.0.7:8000", MAPS_COLOUR="red")
    for name in ("MAPS_BACKEND_PORT", "MAPS_COLOUR"):
        assert any(name in line and "level=warning" in line for line in host.log().splitlines())
    ended(host.api.run("pass"), "success", "exited")


def test_script_timeout_is_the_default_timeout(new_host):
    api = new_host(SCRIPT_TIMEOUT=2).api
    document = ended(api.run("import time; time.sleep(600)"), "timeout", "timeout")
    assert document["timeout"] == 2


def test_settings_come_from_a_file_too(make_host, tmp_path):
    path = write(tmp_path, """
profiles: {
  shell: { command = ["/bin/sh"]; script_name = "script.sh"; };
};
limits: { default: { output_bytes = 1000; }; };
""")
    api = make_host(arguments=["--config", str(path)]).start().api
    document = ended(api.run("echo hello from $0", profile="shell"), "success", "exited")
    assert document["logs"] == "hello from /job/script.sh\n"
    assert document["profile"] == "shell"
    assert document["limits"]["output_bytes"] == 1000


# ---- which runtime ----

def test_an_unknown_runtime_is_a_start_up_error_that_lists_the_plugins(make_host):
    host = make_host(EXECUTION_RUNTIME="nonsense").spawn()
    assert host.wait() != 0
    assert "nonsense" in host.log()
    assert RUNTIME in host.log(), "lists what there is"


def test_a_configured_runtime_is_used_where_the_environment_says_nothing(make_host):
    host = make_host(EXECUTION_RUNTIME="", MAPS_RUNTIME=RUNTIME).start()
    info = host.api.get("/api/system/info").json()
    assert (info["runtime"], info["detected_by"]) == (RUNTIME, "configuration")


@pytest.mark.parametrize("variables, wanted", [
    ({}, "docker"), ({"KUBERNETES_SERVICE_HOST": "10.96.0.1"}, "kubernetes")])
def test_detection_never_falls_back_to_weaker_isolation(make_host, tmp_path, variables, wanted):
    """Without a word from anyone it is docker, or kubernetes in a pod; if that plugin is
    not there the start fails rather than run scripts in something else."""
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o755)
    shutil.copy(PLUGINS / "sandbox.so", folder)
    host = make_host(EXECUTION_RUNTIME="", MAPS_PLUGIN_DIR=folder, **variables).spawn()
    assert host.wait() != 0
    assert wanted in host.log()
    assert "sandbox" in host.log(), "lists what there is"


# ---- starts that cannot work ----

def test_a_port_in_use_is_named(make_host):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        host = make_host(MAPS_LISTEN=f"127.0.0.1:{port}").spawn()
        assert host.wait() != 0
        assert str(port) in host.log()


def test_a_data_folder_that_cannot_be_is_named(make_host, tmp_path):
    file = write(tmp_path, "", "a-file")
    host = make_host(MAPS_DATA_DIR=file / "data").spawn()
    assert host.wait() != 0
    assert "a-file" in host.log()


def test_a_plugin_folder_that_is_not_there_is_named(make_host, tmp_path):
    host = make_host(MAPS_PLUGIN_DIR=tmp_path / "no-plugins").spawn()
    assert host.wait() != 0
    assert "no-plugins" in host.log()


def test_a_damaged_store_is_refused_and_left_as_it_is(make_host):
    host = make_host().start()
    host.api.run("pass")
    host.stop()
    [database] = host.data_dir.glob("*.db")
    damaged = b"this is not a database" * 1000
    for extra in host.data_dir.glob("*.db-*"):
        extra.unlink()
    database.write_bytes(damaged)
    mode = stat.S_IMODE(os.stat(database).st_mode)
    host.spawn()
    assert host.process.wait(seconds(30)) != 0
    host.process = None
    assert database.name in host.log() or str(host.data_dir) in host.log()
    assert database.read_bytes() == damaged
    assert stat.S_IMODE(os.stat(database).st_mode) == mode


def test_it_serves_in_the_foreground_with_no_arguments_and_no_file(new_host):
    host = new_host()
    assert host.arguments == []
    ended(host.api.run("print('up')"), "success", "exited")
