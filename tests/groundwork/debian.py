# SPDX-License-Identifier: Apache-2.0
"""A Debian system of the release outside, from the archives that this machine's apt uses."""

import subprocess
from pathlib import Path

from .complaint import Complaint


def suite():
    """Programs built outside run inside, so inside is the same release."""
    lines = Path("/etc/os-release").read_text().splitlines()
    release = dict(line.split("=", 1) for line in lines if "=" in line)
    if release.get("ID") != "debian" or "VERSION_CODENAME" not in release:
        raise Complaint("these tests run programs in a Debian of the release they were built "
                        "on, so they have to be started on a Debian release; this system is "
                        "not one")
    return release["VERSION_CODENAME"].strip('"')


def sources():
    """The Debian archives this machine's apt uses, and no third party's."""
    wanted = "$(ORIGIN) deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    listed = subprocess.run(["apt-get", "indextargets", "--format", wanted,
                             "Created-By: Packages"], text=True, stdout=subprocess.PIPE,
                            check=False).stdout
    return sorted({line.removeprefix("Debian ") for line in listed.splitlines()
                   if line.startswith("Debian deb ")})


def network_options():
    """Proxies and the like; the rest of the machine's apt settings is its own business."""
    names = ["Acquire::http", "Acquire::https", "Acquire::Check-Valid-Until"]
    return subprocess.run(["apt-config", "dump", *names], text=True, stdout=subprocess.PIPE,
                          check=True).stdout


def install(work, what, packages, *options):
    """Makes work/root.tar, a minimal system with these packages; options are mmdebstrap's."""
    (work / "apt.conf").write_text(network_options())
    command = ["mmdebstrap", "--quiet", "--variant=minbase", "--format=tar",
               f"--include={','.join(packages)}", f"--aptopt={work / 'apt.conf'}", *options,
               suite(), str(work / "root.tar"), *sources()]
    with open(work / "mmdebstrap.log", "wb") as log:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                check=False).returncode
    if status != 0:
        end = (work / "mmdebstrap.log").read_text(errors="replace")[-3000:]
        raise Complaint(f"mmdebstrap could not make {what}:\n{end}")
    return work / "root.tar"
