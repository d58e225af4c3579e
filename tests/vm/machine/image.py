# SPDX-License-Identifier: Apache-2.0
"""The machine's disk: a Debian like the one outside, made once and kept in the cache.

It knows nothing of what is tested but how to start it, so it is made anew only when the
recipe changes: the packages below, this file, or a file in recipe/."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from .complaint import Complaint

# What this needs outside; scripts/packages installs them.
PACKAGES_OUTSIDE = ["e2fsprogs", "fakeroot", "mmdebstrap", "qemu-system-x86", "seabios",
                    "uidmap"]
PROGRAMS_OUTSIDE = ["mkfs.ext4", "mmdebstrap", "qemu-system-x86_64"]

PACKAGES_INSIDE = [
    # the system: a kernel, and systemd with user managers
    "linux-image-cloud-amd64", "systemd-sysv", "udev", "dbus", "dbus-user-session",
    "libpam-systemd",
    # what the tests use
    "curl", "libcmocka0", "procps", "python3", "python3-pytest", "util-linux",
    # what the product uses at run time
    "bubblewrap", "libarchive13", "libcjson1", "libconfig9", "libcurl4", "libelf1",
    "libgnutls30", "libmicrohttpd12", "libseccomp2", "libsqlite3-0", "libyaml-0-2",
]
RECIPE = Path(__file__).resolve().parent.parent / "recipe"
DISK_SIZE = "8G"  # sparse: takes what is written to it
UNUSED_DAYS = 30


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "maps-backend"


def suite():
    """Programs built outside run inside, so inside is the same release."""
    lines = Path("/etc/os-release").read_text().splitlines()
    release = dict(line.split("=", 1) for line in lines if "=" in line)
    if release.get("ID") != "debian" or "VERSION_CODENAME" not in release:
        raise Complaint("the VM runs programs that were built outside, so it has to be started "
                        "on a Debian release; this system is not one")
    return release["VERSION_CODENAME"].strip('"')


def recipe_key():
    digest = hashlib.sha256()
    for file in [Path(__file__), *sorted(RECIPE.iterdir())]:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def debian_sources():
    """The Debian archives this machine's apt uses, and no third party's."""
    wanted = "$(ORIGIN) deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    listed = subprocess.run(["apt-get", "indextargets", "--format", wanted,
                             "Created-By: Packages"], text=True, stdout=subprocess.PIPE,
                            check=False).stdout
    return sorted({line.removeprefix("Debian ") for line in listed.splitlines()
                   if line.startswith("Debian deb ")})


def apt_network_options():
    """Proxies and the like; the rest of the machine's apt settings is its own business."""
    names = ["Acquire::http", "Acquire::https", "Acquire::Check-Valid-Until"]
    return subprocess.run(["apt-config", "dump", *names], text=True, stdout=subprocess.PIPE,
                          check=True).stdout


def install_system(work):
    """The root file system as root.tar, by mmdebstrap."""
    (work / "apt.conf").write_text(apt_network_options())
    initramfs = "etc/initramfs-tools"
    command = [
        "mmdebstrap", "--quiet", "--variant=minbase", "--format=tar",
        f"--include={','.join(PACKAGES_INSIDE)}", f"--aptopt={work / 'apt.conf'}",
        f'--essential-hook=mkdir -p "$1/{initramfs}/conf.d" "$1/{initramfs}/hooks"',
        f"--essential-hook=upload {RECIPE}/initramfs.conf /{initramfs}/conf.d/vm.conf",
        f"--essential-hook=upload {RECIPE}/initramfs-hook /{initramfs}/hooks/vm",
        f'--essential-hook=chmod 755 "$1/{initramfs}/hooks/vm"',
        f"--customize-hook=upload {RECIPE}/maps-vm.service "
        "/etc/systemd/system/maps-vm.service",
        f"--customize-hook=upload {RECIPE}/start-payload /usr/local/sbin/start-payload",
        f"--customize-hook=upload {RECIPE}/settle /root/settle",
        '--customize-hook=chroot "$1" sh /root/settle',
        suite(), str(work / "root.tar"), *debian_sources(),
    ]
    with open(work / "mmdebstrap.log", "wb") as log:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                check=False).returncode
    if status != 0:
        end = (work / "mmdebstrap.log").read_text(errors="replace")[-3000:]
        raise Complaint(f"mmdebstrap could not make the VM's system:\n{end}")


def make_disk(work):
    """disk.img, vmlinuz and initrd.img from root.tar."""
    script = """set -e
        mkdir root
        tar -xf root.tar -C root --numeric-owner --exclude='./dev/*'
        cp root/boot/vmlinuz-* vmlinuz
        cp root/boot/initrd.img-* initrd.img
        mkfs.ext4 -q -E lazy_itable_init=1,lazy_journal_init=1 -d root disk.img "$1"
        rm -rf root root.tar"""
    # fakeroot: an ordinary user's disk holds root's files too.
    prefix = [] if os.geteuid() == 0 else ["fakeroot"]
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    made = subprocess.run([*prefix, "sh", "-c", script, "make-disk", DISK_SIZE], cwd=work,
                          env={**os.environ, "PATH": path}, text=True, stderr=subprocess.PIPE,
                          check=False)
    if made.returncode != 0:
        raise Complaint(f"the VM's disk could not be made: {made.stderr.strip()}")


def forget_unused(cache):
    for old in cache.glob("vm-*"):
        if time.time() - old.stat().st_mtime > UNUSED_DAYS * 86400:
            shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def only_one(cache):
    with open(cache / "vm.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def base_image(say):
    """The folder with disk.img, vmlinuz and initrd.img; makes it if need be."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"vm-{suite()}-{recipe_key()}"
    with only_one(cache):
        if not folder.exists():
            say("making the VM's system with mmdebstrap (once; about a minute)")
            with tempfile.TemporaryDirectory(prefix="making-vm-", dir=cache) as work:
                image = Path(work) / "image"
                image.mkdir()
                image.chmod(0o755)
                install_system(image)
                make_disk(image)
                image.rename(folder)
        os.utime(folder)
        forget_unused(cache)
    return folder
