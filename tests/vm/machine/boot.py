# SPDX-License-Identifier: Apache-2.0
"""Boots the machine, shows what it says on its second serial line, and sees that it ends."""

import contextlib
import signal
import subprocess
import threading
import time

from groundwork.complaint import Complaint

MEMORY_MIB = 2048
CPUS = 2


def arguments(image, payload, results, console, accelerator):
    drives = []
    # The image is shared by all runs: what is written to it goes to a temporary file.
    for file, serial, more in [(image / "disk.img", "root", ",snapshot=on"),
                               (payload, "payload", ",readonly=on"), (results, "results", "")]:
        drives += ["-drive", f"file={file},format=raw,if=none,id={serial},cache=unsafe{more}",
                   "-device", f"virtio-blk-pci,drive={serial},serial={serial}"]
    return [
        # Not even a kill -9 of this program leaves the machine running.
        "setpriv", "--pdeathsig", "KILL",
        "qemu-system-x86_64", "-machine", "q35", "-accel", accelerator, "-cpu", "max",
        "-m", str(MEMORY_MIB), "-smp", str(CPUS), "-nodefaults", "-no-user-config",
        "-display", "none", "-no-reboot",
        "-kernel", str(image / "vmlinuz"), "-initrd", str(image / "initrd.img"),
        "-append", "root=/dev/disk/by-id/virtio-root rw console=ttyS0 panic=-1 quiet "
                   "systemd.show_status=0 fsck.mode=skip net.ifnames=0 mitigations=off",
        *drives, "-serial", f"file:{console}", "-serial", "stdio",
    ]


def end(process):
    """qemu ends at once on SIGTERM, unless it hangs."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def ended_at(process, deadline):
    """Whatever happens inside, the process is gone afterwards; at the deadline it is ended."""
    guard = threading.Timer(max(0.0, deadline - time.monotonic()), process.terminate)
    guard.start()
    try:
        yield
    finally:
        guard.cancel()
        if process.poll() is None:
            end(process)


def boot(command, deadline, say):
    """Runs the machine until it powers itself off; complains if it does not in time."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        with ended_at(process, deadline):
            for line in process.stdout:
                say(line.rstrip())
            process.wait()
    if time.monotonic() >= deadline:
        raise Complaint("the VM had not finished at its deadline, and was ended")
    if process.returncode != 0:
        raise Complaint(f"qemu ended with status {process.returncode}")
