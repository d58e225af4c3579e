# SPDX-License-Identifier: Apache-2.0
"""Runs as a job and reports its own confinement. Arguments: the host's folder, the id of
a job that runs at the same time, the host's port, the name of an abstract socket."""

import ctypes
import errno
import json
import multiprocessing
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
# Name: numbers on x86_64 and aarch64, then arguments that would succeed or fail otherwise
# than by a refusal.
SYSTEM_CALLS = {
    "unshare": ((272, 97), (CLONE_NEWUSER,)),
    "setns": ((308, 268), (0, 0)),
    "mount": ((165, 40), (b"none", b"/tmp", b"tmpfs", 0, 0)),
    "umount2": ((166, 39), (b"/tmp", 2)),
    "pivot_root": ((155, 41), (b"/tmp", b"/tmp")),
    "fsopen": ((430, 430), (b"tmpfs", 0)),
    "move_mount": ((429, 429), (0, b"", 0, b"", 0)),
    "bpf": ((321, 280), (0, 0, 0)),
    "ptrace": ((101, 117), (3, 0, 0, 0)),
    "process_vm_readv": ((310, 270), (1, 0, 0, 0, 0, 0)),
    "perf_event_open": ((298, 241), (0, 0, -1, -1, 0)),
    "userfaultfd": ((323, 282), (1,)),
    "io_uring_setup": ((425, 425), (1, 0)),
    "keyctl": ((250, 219), (0, -3, 0)),
    "add_key": ((248, 217), (b"user", b"x", b"y", 1, -3)),
    "request_key": ((249, 218), (b"user", b"x", 0, 0)),
    "kexec_load": ((246, 104), (0, 0, 0, 0)),
    "init_module": ((175, 105), (0, 0, b"")),
    "finit_module": ((313, 273), (-1, b"", 0)),
    "delete_module": ((176, 106), (b"none", 0)),
    "open_by_handle_at": ((304, 265), (-1, 0, 0)),
    "clone3": ((435, 435), (0, 0)),
}


def refusal(action, *arguments):
    """"refused", or what came of it."""
    try:
        return action(*arguments)
    except PermissionError:
        return "refused"
    except OSError as error:
        return errno.errorcode[error.errno]


def attempt(number, arguments):
    ctypes.set_errno(0)
    if LIBC.syscall(number, *arguments) != -1:
        return "allowed"
    return errno.errorcode[ctypes.get_errno()]


def system_calls():
    column = 1 if platform.machine() == "aarch64" else 0
    report = {name: attempt(numbers[column], arguments)
              for name, (numbers, arguments) in SYSTEM_CALLS.items()}
    number = 220 if column else 56
    ctypes.set_errno(0)
    child = LIBC.syscall(number, CLONE_NEWUSER | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    report["clone_newuser"] = "allowed" if child > 0 else errno.errorcode[ctypes.get_errno()]
    return report


def status():
    with open("/proc/self/status", encoding="ascii") as file:
        lines = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    return {name: lines[name].strip() for name in (
        "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")}


def command_of(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()


def signal_init():
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGSEGV, signal.SIGTERM, signal.SIGPWR):
        try:
            os.kill(1, number)
        except PermissionError:
            pass
    return "survived" if os.path.exists("/proc/1") else "gone"


def init():
    return {"fd": refusal(lambda: os.listdir("/proc/1/fd")),
            "environ": refusal(lambda: open("/proc/1/environ", "rb").read().decode()),
            "mem": refusal(lambda: open("/proc/1/mem", "r+b") and "open"),
            "signal": signal_init()}


def mounts():
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            fields = line.split()
            found.append({"root": fields[3], "point": fields[4], "options": fields[5]})
    return found


def writable():
    """Folders in which a file can be made, and files that can be opened for writing."""
    found = []
    for folder, folders, names in os.walk("/"):
        if folder == "/":
            folders[:] = [name for name in folders if name not in ("proc", "sys")]
        name = os.path.join(folder, "written-by-the-probe")
        try:
            os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600))
            os.unlink(name)
            found.append(folder)
        except OSError:
            pass
    for name in ("/job/script.py", "/job/request.json", "/etc/passwd", "/proc/sysrq-trigger",
                 "/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches"):
        if opens_for_writing(name):
            found.append(name)
    return found + writable_control_groups()


def opens_for_writing(path):
    try:
        os.close(os.open(path, os.O_WRONLY))
        return True
    except OSError:
        return False


def writable_control_groups():
    """Groups in which one can be made, and files by which limits would be changed: the kernel
    makes some of them writable for everybody."""
    found = []
    for folder, _, names in os.walk("/sys/fs/cgroup"):
        group = os.path.join(folder, "made-by-the-probe")
        try:
            os.mkdir(group)
            os.rmdir(group)
            found.append(folder)
        except OSError:
            pass
        found += [path for name in names if opens_for_writing(path := os.path.join(folder, name))]
    return found


def visible(paths):
    """Which of these there are, and which file or folder of the machine each is."""
    found = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        try:
            empty = os.path.isdir(path) and not os.listdir(path)
        except PermissionError:
            empty = False
        found.append({"path": path, "empty": empty,
                      "identity": [status.st_dev, status.st_ino]})
    return found


def connect(family, address):
    with socket.socket(family) as peer:
        peer.settimeout(2)
        try:
            peer.connect(address)
            return "connected"
        except OSError as error:
            return str(error)


def open_socket(family, kind):
    try:
        socket.socket(family, kind).close()
        return "open"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))


def terminal():
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
        return "open"
    except OSError:
        return "none"


def attempt_work(work):
    try:
        work()
        return "ok"
    except Exception as error:  # noqa: BLE001 - the report is for a person
        return repr(error)


def threads():
    seen = []
    pool = [threading.Thread(target=seen.append, args=(n,)) for n in range(8)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    assert sorted(seen) == list(range(8))


def loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as peer:
            peer.sendall(b"x")
            with server.accept()[0] as other:
                assert other.recv(1) == b"x"


def pool():
    with multiprocessing.Pool(2) as workers:
        assert workers.map(abs, [-1, -2]) == [1, 2]


def subprocesses():
    done = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, check=True)
    assert done.stdout == b"42\n"


def temporary_file():
    with tempfile.TemporaryFile() as file:
        file.write(b"x")


def name_lookup():
    assert socket.gethostbyname("localhost") == "127.0.0.1"


def work():
    return {"threads": attempt_work(threads), "subprocess": attempt_work(subprocesses),
            "pool": attempt_work(pool), "loopback": attempt_work(loopback),
            "temporary file": attempt_work(temporary_file),
            "ipv4 name": attempt_work(name_lookup)}


def control_files():
    """Files of maps-init that a script has no business to see."""
    found = []
    for folder, _, names in os.walk("/job"):
        found += [os.path.join(folder, name) for name in names
                  if name in ("exit", "log", "spec") or name.startswith("started-")]
    return found


def descriptors():
    """Descriptors that were open when the script began."""
    own = os.open("/proc/self/fd", os.O_RDONLY)
    names = sorted(name for name in os.listdir(own) if int(name) < own)
    os.close(own)
    return names


def main():
    report = {"descriptors": descriptors()}
    folder, neighbour, port, abstract = sys.argv[1:]
    own = os.environ["MAPS_JOB_ID"]
    found = mounts()
    report |= {
        "processes": {pid: command_of(pid) for pid in os.listdir("/proc") if pid.isdigit()},
        "uids": list(os.getresuid()), "gids": list(os.getresgid()),
        "groups": [group for group in os.getgroups() if group != 65534],
        "status": status(),
        "namespaces": {name: os.readlink(f"/proc/self/ns/{name}")
                       for name in ("mnt", "pid", "net", "ipc", "uts", "user", "cgroup")},
        "init": init(), "environment": sorted(os.environ), "values": sorted(os.environ.values()),
        "visible": visible((folder, "/root", "/home", "/etc/shadow", "/var/lib", "/boot",
                            "/sys/fs/cgroup/memory", "/run/docker.sock", "/var/run/docker.sock")),
        "mounted_from": [mount for mount in found if neighbour in mount["root"]
                         or (os.path.basename(folder) in mount["root"] and own not in mount["root"])],
        "mounts": found, "writable": writable(), "devices": [
            name for name in os.listdir("/dev")
            if not os.path.islink("/dev/" + name) and not os.path.isdir("/dev/" + name)],
        "interfaces": [name for _, name in socket.if_nameindex()],
        "connect": connect(socket.AF_INET, ("192.0.2.1", 80)),
        "host_port": connect(socket.AF_INET, ("127.0.0.1", int(port))),
        "abstract_socket": connect(socket.AF_UNIX, "\0" + abstract), "system_calls": system_calls(),
        "sockets": {"AF_ALG": open_socket(38, socket.SOCK_SEQPACKET),
                    "AF_VSOCK": open_socket(40, socket.SOCK_STREAM)},
        "control_files": control_files(), "work": work(),
        "core_limit": resource.getrlimit(resource.RLIMIT_CORE)[1],
        "terminal": terminal(), "session": os.getsid(0)}
    with open("result.json", "w", encoding="utf-8") as file:
        json.dump(report, file)


if __name__ == "__main__":
    main()
