# SPDX-License-Identifier: Apache-2.0
"""The machine's disk: a Debian like the one outside, made once and kept in the cache.

It knows nothing of what is tested but how to start it, so it is made anew only when the
recipe changes: this file, groundwork/debian.py, or a file in recipe/."""

import hashlib
import os
import subprocess
from pathlib import Path

from groundwork import cache, debian
from groundwork.complaint import Complaint

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


def recipe_key():
    digest = hashlib.sha256()
    for file in [Path(__file__), Path(debian.__file__), *sorted(RECIPE.iterdir())]:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def install_system(work):
    """The root file system as root.tar, by mmdebstrap."""
    initramfs = "etc/initramfs-tools"
    debian.install(
        work, "the VM's system", PACKAGES_INSIDE,
        f'--essential-hook=mkdir -p "$1/{initramfs}/conf.d" "$1/{initramfs}/hooks"',
        f"--essential-hook=upload {RECIPE}/initramfs.conf /{initramfs}/conf.d/vm.conf",
        f"--essential-hook=upload {RECIPE}/initramfs-hook /{initramfs}/hooks/vm",
        f'--essential-hook=chmod 755 "$1/{initramfs}/hooks/vm"',
        f"--customize-hook=upload {RECIPE}/maps-vm.service "
        "/etc/systemd/system/maps-vm.service",
        f"--customize-hook=upload {RECIPE}/start-payload /usr/local/sbin/start-payload",
        f"--customize-hook=upload {RECIPE}/settle /root/settle",
        '--customize-hook=chroot "$1" sh /root/settle')


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


def base_image(say):
    """The folder with disk.img, vmlinuz and initrd.img; makes it if need be."""
    def make(work):
        say("making the VM's system with mmdebstrap (once; about a minute)")
        image = work / "image"
        image.mkdir()
        image.chmod(0o755)
        install_system(image)
        make_disk(image)
        return image

    return cache.kept("vm", f"{debian.suite()}-{recipe_key()}", make)
