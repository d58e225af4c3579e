#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a job costs over the container that it runs in.

Runs `print(1)` on the engine at DOCKER_HOST in three ways: by the bare Engine API (create,
attach, start, wait, delete; hardened as our jobs are), as a job through our REST API, and by
`docker run --rm`. In turns of ten, each turn back to back, so that whatever else the machine does
hits all of them; prints medians and ratios.

    DOCKER_HOST=unix:///var/run/docker.sock bench/docker/docker_jobs.py --jobs 100
    bench/docker/docker_jobs.py --jobs 40 --bound 1.10    fails if a job costs more than that
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MEBIBYTE = 1 << 20
TURN = 10
# A ratio over the bound is measured on, up to this many times as long, before it is believed.
PATIENCE = 3


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="build folder")
    parser.add_argument("--jobs", type=int, default=100, help="of each kind")
    parser.add_argument("--bound", type=float,
                        help="fail if the median job takes more than this times the bare sequence")
    return parser.parse_args()


def hardened(image):
    """A container as a job's, without our files in it."""
    return {
        "Image": image, "Cmd": ["python3", "-c", "print(1)"], "User": "64738:64738",
        "Tty": False, "NetworkDisabled": True, "AttachStdout": True, "AttachStderr": True,
        "HostConfig": {
            "NetworkMode": "none", "ReadonlyRootfs": True, "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges:true"], "IpcMode": "private",
            "CgroupnsMode": "private", "Privileged": False, "RestartPolicy": {"Name": "no"},
            "Memory": 512 * MEBIBYTE, "MemorySwap": 512 * MEBIBYTE, "PidsLimit": 256,
            "NanoCpus": 1000000000, "ShmSize": 64 * MEBIBYTE,
            "Tmpfs": {"/tmp": f"rw,nosuid,nodev,mode=1777,size={64 * MEBIBYTE}"},
            "Ulimits": [{"Name": "nofile", "Soft": 1024, "Hard": 1024},
                        {"Name": "core", "Soft": 0, "Hard": 0}],
            "LogConfig": {"Type": "local", "Config": {"max-size": "10m"}}}}


class Bare:
    """The Engine API and nothing else."""

    def __init__(self, engine, image):
        self.engine = engine
        self.spec = hardened(image)
        self.count = 0

    def run(self):
        from harness.engine import split_frames
        self.count += 1
        container = self.engine.create(f"maps-bench-{os.getpid()}-{self.count}", self.spec)
        with self.engine.attach(container) as stream:
            self.engine.start(container)
            status = self.engine.post(f"/containers/{container}/wait").expect(200).json()
            output = stream.read()
        self.engine.remove(container).expect(204)
        assert status["StatusCode"] == 0 and split_frames(output)[1] == b"1\n", (status, output)

    def settle(self):
        """Nothing of it goes on after its answer."""


class Jobs:
    """Our REST API."""

    def __init__(self, host):
        self.host = host

    def run(self):
        reply = self.host.api.post_job({"script_content": "print(1)"}, {"wait": 60})
        assert reply.status == 200 and reply.json()["logs"] == "1\n", reply

    def settle(self):
        """Containers are removed off the reply path: the next turn is not to pay for it."""
        from harness.waiting import eventually
        eventually(lambda: not self.host.engine_leftovers(), "the last containers are gone")


class DockerRun:
    """The docker client, as one would do it by hand."""

    def __init__(self, engine, image):
        self.command = ["docker", "--host", engine.address, "run", "--rm", "--network", "none",
                        image, "python3", "-c", "print(1)"]

    def run(self):
        done = subprocess.run(self.command, capture_output=True, check=True)
        assert done.stdout == b"1\n", done

    def settle(self):
        """Nothing of it goes on after its end."""


def measure(ways, times, jobs):
    """Adds `jobs` measurements of each way, in turns."""
    for start in range(0, jobs, TURN):
        for name, way in ways.items():
            for _ in range(min(TURN, jobs - start)):
                before = time.monotonic()
                way.run()
                times[name].append(time.monotonic() - before)
            way.settle()


def ratio(times):
    return statistics.median(times["job"]) / statistics.median(times["bare"])


def report(times):
    bare = statistics.median(times["bare"])
    print(f"{'way':<12}{'count':>6}{'median':>10}{'fastest':>10}{'ratio':>8}")
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:<12}{len(taken):>6}{median * 1000:>7.0f} ms{min(taken) * 1000:>7.0f} ms"
              f"{median / bare:>8.2f}")


def bench(host, engine, image, chosen):
    ways = {"bare": Bare(engine, image), "job": Jobs(host)}
    if shutil.which("docker"):
        ways["docker run"] = DockerRun(engine, image)
    for way in ways.values():
        way.run()  # the first of each pays for caches
        way.settle()
    times = {name: [] for name in ways}
    measure(ways, times, chosen.jobs)
    for _ in range(PATIENCE - 1):
        if chosen.bound is None or ratio(times) <= chosen.bound:
            break
        measure(ways, times, chosen.jobs)
    report(times)
    if chosen.bound is not None and ratio(times) > chosen.bound:
        print(f"A job takes {ratio(times):.2f} times the bare sequence; {chosen.bound} is allowed.")
        return 1
    return 0


def main():
    chosen = arguments()
    os.environ.update(MAPS_TEST_RUNTIME="docker", MAPS_BUILD_DIR=str(chosen.build.resolve()))
    sys.path.insert(0, str(ROOT / "tests" / "e2e"))
    from harness import engine as engines
    from harness.host import Host
    image = os.environ.get("RUNNER_IMAGE") or "py-exec:latest"
    with tempfile.TemporaryDirectory(prefix="maps-bench-") as folder:
        host = Host(folder).start()
        try:
            return bench(host, engines.default(), image, chosen)
        finally:
            host.close()


if __name__ == "__main__":
    sys.exit(main())
