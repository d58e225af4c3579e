# SPDX-License-Identifier: Apache-2.0
"""Runs inside the machine as a unit: each scenario of the plan, then packs the reports."""

import json
import os
import shlex
import stat
import subprocess
import sys
import time
from pathlib import Path

from scenarios import SCENARIOS

HERE = Path("/srv/maps")
GUEST = HERE / "tests/vm/guest"
RESULTS = Path("/run/results")  # in memory: a full disk must not cost the report
RESULTS_DISK = "/dev/disk/by-id/virtio-results"


def say(line):
    print(line, flush=True)


def save():
    """After each scenario, so that a machine that hangs later loses nothing."""
    subprocess.run(["tar", "-cf", RESULTS_DISK, "-C", str(RESULTS), "."], check=True)
    os.sync()


def make_delegated_build():
    """A build folder whose host starts itself in a scope of its own."""
    folder = HERE / "build-delegated"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "maps-backend").symlink_to(GUEST / "delegated-host")
    for part in ("lib", "libexec"):
        (folder / part).symlink_to(HERE / "build" / part)


def keep_paths(plan):
    """Test programs look for their files where they were when they were built."""
    for outside, inside in ((plan["source"], HERE), (plan["build"], HERE / "build")):
        path = Path(outside)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(inside)
            for parent in path.parents:
                parent.chmod(stat.S_IMODE(parent.stat().st_mode) | 0o055)


def pytest_command(scenario, plan, name, part):
    return ["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "--verbose",
            "--color=no", "--tb=short", f"--junitxml={RESULTS}/{name}.xml", "-m", scenario.marks,
            *part, *plan["pytest"]]


def program_command(scenario, name, part):
    start = [str(GUEST / "start-delegated")] if scenario.delegated else []
    return ["env", "CMOCKA_MESSAGE_OUTPUT=xml", f"CMOCKA_XML_FILE={RESULTS}/{name}.xml", *start,
            f"{HERE}/build/{part[0]}", *part[1:]]


def part_command(scenario, plan, name, part):
    seconds = scenario.minutes * 60
    # SIGINT first: pytest then still reports what it knows.
    limit = ["timeout", "--signal=INT", "--kill-after=30", f"{seconds:.0f}"]
    if part[0].endswith(".py"):
        return limit + pytest_command(scenario, plan, name, part)
    return limit + program_command(scenario, name, part)


def unit_command(scenario, plan, command):
    """The command in a service of its own, as an administrator would start it."""
    build = HERE / ("build-delegated" if scenario.delegated else "build")
    variables = {"MAPS_BUILD_DIR": build, "MAPS_TEST_RUNTIME": "sandbox",
                 "MAPS_TEST_SLOWNESS": plan["slowness"], "LANG": "C.UTF-8"}
    return ["systemd-run", "--quiet", "--wait", "--pipe", "--collect",
            f"--unit=scenario-{scenario.name}", f"--uid={scenario.user}",
            f"--working-directory={HERE / scenario.folder}",
            *[f"--setenv={name}={value}" for name, value in variables.items()], *command]


def run(scenario, plan):
    for name, part in scenario.parts():
        begun = time.monotonic()
        say(f"== {name}: {shlex.join(part)}")
        command = unit_command(scenario, plan, part_command(scenario, plan, name, part))
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                                check=False).returncode
        say(f"== {name}: status {status} after {time.monotonic() - begun:.0f} s")
        save()


def main():
    plan = json.loads((HERE / "plan.json").read_text())
    RESULTS.mkdir(exist_ok=True)
    RESULTS.chmod(0o777)  # each scenario's user writes its report there
    say(f"== up after {time.clock_gettime(time.CLOCK_BOOTTIME):.0f} s")
    make_delegated_build()
    keep_paths(plan)
    chosen = [scenario for scenario in SCENARIOS if scenario.name in plan["scenarios"]]
    expected = [name for scenario in chosen for name, _ in scenario.parts()]
    (RESULTS / "expected").write_text("\n".join(expected))
    save()
    for scenario in chosen:
        run(scenario, plan)


if __name__ == "__main__":
    sys.exit(main())
