# SPDX-License-Identifier: Apache-2.0
"""What a script can see and do, reported by a script."""

import json
import os
import re
import secrets
import socket
from pathlib import Path

import pytest
from harness import runtime
from harness.document import ended
from harness.leftovers import processes_named
from harness.waiting import eventually

PROBE = Path(__file__).with_name("probe.py").read_text()
# Nothing but these may be writable.
WRITABLE = {"/job/output", "/tmp", "/dev/shm"}
# Refused by the filter that maps-init stacks on every runtime's own.
DENIED = ("unshare", "setns", "mount", "umount2", "pivot_root", "fsopen", "move_mount", "bpf",
          "ptrace", "process_vm_readv", "perf_event_open", "userfaultfd", "io_uring_setup",
          "keyctl", "add_key", "request_key", "kexec_load", "init_module", "finit_module",
          "delete_module", "open_by_handle_at", "clone_newuser")


@pytest.fixture(scope="module")
def report(host):
    """One run of the probe; every test looks at one side of what it saw."""
    (host.folder / "secret").write_text("not for scripts")
    neighbour = host.api.submit("import time; time.sleep(600)")["job_id"]
    host.api.running(neighbour)
    with socket.socket(socket.AF_UNIX) as listener:
        name = secrets.token_hex(8)
        listener.bind("\0" + name)
        listener.listen()
        document = ended(host.api.run(PROBE, args=[
            str(host.folder), neighbour, str(host.api.port), name]), "success", "exited")
    host.api.cancel(neighbour)
    host.api.finished(neighbour)
    return document["result"]


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    from conftest import finish
    from harness.host import Host
    started = Host(tmp_path_factory.mktemp("host"), {"SECRET_OF_THE_HOST": "do-not-pass-on"}).start()
    yield started
    finish([started], False)


def test_it_is_not_root(report):
    assert 0 not in report["uids"] + report["gids"] + report["groups"]


def test_the_host_too_sees_it_as_somebody_else_than_root(host, marker):
    """Inside a user namespace every uid can be called anything; outside it is what it is."""
    job_id = host.api.submit("import time; time.sleep(600)", args=[marker])["job_id"]
    host.api.running(job_id)
    found = eventually(lambda: processes_named(marker), "the script is there")
    for pid in found:
        status = Path(f"/proc/{pid}/status").read_text()
        for kind in ("Uid", "Gid"):
            [ids] = re.findall(rf"^{kind}:\t(.*)$", status, re.MULTILINE)
            assert "0" not in ids.split(), (kind, ids)
    host.api.cancel(job_id)
    host.api.finished(job_id)


def test_it_has_no_capabilities_and_cannot_gain_any(report):
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd"):
        assert int(report["status"][name], 16) == 0, name
    assert report["status"]["NoNewPrivs"] == "1"
    assert report["status"]["Seccomp"] == "2"


def test_it_has_namespaces_of_its_own(report):
    for name in runtime.own_namespaces():
        assert report["namespaces"][name] != os.readlink(f"/proc/self/ns/{name}"), name


def test_it_sees_only_its_own_processes(report):
    assert report["processes"]["1"].startswith("maps-init")
    assert len(report["processes"]) == 2, "maps-init and the script"


def test_pid_1_is_out_of_reach(report):
    assert report["init"] == {"fd": "refused", "environ": "refused", "mem": "refused",
                              "signal": "survived"}


def is_of_the_host(entry, own_folder):
    """Whether what the script saw is the host's, and not of an image of its own."""
    if not runtime.HAS_OWN_SYSTEM or entry["path"].startswith(own_folder):
        return not entry["empty"]
    try:
        status = os.stat(entry["path"])
    except OSError:  # then it cannot be the host's
        return False
    return entry["identity"] == [status.st_dev, status.st_ino]


def test_it_sees_no_other_job_and_nothing_of_the_host(report, host):
    assert [entry for entry in report["visible"]
            if is_of_the_host(entry, str(host.folder))] == []
    assert report["mounted_from"] == [], "no mount names the host's folder beyond this job"
    assert "do-not-pass-on" not in json.dumps(report)
    assert set(report["environment"]) <= {
        "PATH", "HOME", "LANG", "LC_CTYPE", "PWD", "SHLVL", "MAPS_JOB_ID", "MAPS_REQUEST",
        "MAPS_INPUT", "MAPS_OUTPUT"} | runtime.image_variables()


def test_it_finds_no_control_files_of_its_own(report):
    assert report["control_files"] == []
    assert report["descriptors"] == ["0", "1", "2"]


def test_only_output_and_tmp_are_writable(report):
    beyond = [path for path in report["writable"]
              if not any(path == root or path.startswith(root + "/") for root in WRITABLE)]
    assert not beyond
    assert "/job/output" in report["writable"] and "/tmp" in report["writable"]


def test_system_mounts_are_read_only_or_private(report):
    for mount in report["mounts"]:
        point, options = mount["point"], mount["options"].split(",")
        if runtime.is_engines_own(mount):
            assert report["status"]["NoNewPrivs"] == "1", "else suid would count there"
        elif point in WRITABLE or point.startswith("/dev") or point.startswith("/proc"):
            assert "nosuid" in options, mount
        else:
            assert "ro" in options, mount


def test_there_are_no_devices_to_speak_of(report):
    assert set(report["devices"]) <= {"null", "zero", "full", "random", "urandom", "tty", "ptmx",
                                      "console"}


def test_it_has_no_network_but_loopback(report):
    assert report["interfaces"] == ["lo"]
    assert report["connect"] != "connected"
    assert report["host_port"] != "connected", "not even the host's own API"
    assert report["abstract_socket"] != "connected", "abstract sockets are the namespace's own"


@pytest.mark.parametrize("name", DENIED)
def test_a_dangerous_system_call_is_refused(report, name):
    assert report["system_calls"][name] in ("EPERM", "ENOSYS", "EAFNOSUPPORT"), name


def test_clone3_is_said_not_to_exist_so_that_flags_can_be_filtered(report):
    assert report["system_calls"]["clone3"] == "ENOSYS"


@pytest.mark.parametrize("family", ["AF_ALG", "AF_VSOCK"])
def test_a_dangerous_socket_family_is_refused(report, family):
    assert report["sockets"][family] != "open"


def test_ordinary_work_works(report):
    """Threads, child processes, pools, shared memory, pipes, sockets on loopback."""
    assert report["work"] == {"threads": "ok", "subprocess": "ok", "pool": "ok",
                              "loopback": "ok", "temporary file": "ok", "ipv4 name": "ok"}


def test_core_dumps_are_off(report):
    assert report["core_limit"] == 0


def test_its_session_and_terminal_are_its_own(report):
    assert report["terminal"] == "none"
    assert report["session"] != 0


def test_outputs_can_be_read_and_removed_whatever_their_mode(host):
    """A script that locks its own folder does not lock out the host."""
    script = """
import os
os.makedirs("locked/inner")
open("locked/inner/file", "w").write("x")
open("secret", "w").write("y")
os.chmod("secret", 0)
os.chmod("locked/inner", 0)
os.chmod("locked", 0)
"""
    job_id = ended(host.api.run(script), "success", "exited")["job_id"]
    assert host.api.delete(f"/api/jobs/{job_id}").status == 204
    assert job_id not in host.job_folders()


def test_a_script_that_tampers_cannot_forge_its_end(host):
    """It may write whatever it likes: its exit code is what counts."""
    script = """
import os, sys
for folder in ("/job", "/job/output", "/tmp", "/run", "/control", "/job/control", "/maps",
               "/maps/control"):
    for name in ("exit", "log", "started-1", "exit.tmp"):
        try:
            open(os.path.join(folder, name), "w").write("wait_status=0\\ncause=exited\\n")
        except OSError:
            pass
sys.exit(7)
"""
    assert ended(host.api.run(script), "error", "exited")["exit_code"] == 7
