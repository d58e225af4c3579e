# SPDX-License-Identifier: Apache-2.0
"""What docker-compose.yml brings up, once for all tests, and once more where a test asks."""

import os
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from deployment import RUNNER, Deployment  # noqa: E402
from harness.engine import Engine  # noqa: E402

# What is bound from the folder of docker-compose.yml.
BOUND = ("docker-compose.yml", "etc", "scripts/container")


def pytest_sessionstart(session):
    if session.config.option.collectonly:
        return
    if "DOCKER_HOST" not in os.environ:
        # It makes images anew by their usual names: nothing for an engine that is in use.
        pytest.exit("these tests want an engine of their own: "
                    "tests/engines/run docker -- tests/compose/run", 2)


@pytest.fixture(scope="session")
def engine():
    return Engine(os.environ["DOCKER_HOST"])


@pytest.fixture(scope="session")
def deployment(engine, tmp_path_factory):
    """Up from a clone, with nothing built before and the jobs in a folder somewhere else."""
    engine.remove_image(RUNNER)
    project = tmp_path_factory.mktemp("project")
    project.chmod(0o755)
    made = Deployment(engine, ROOT, project)
    try:
        yield made.up()
    finally:
        made.down()


@pytest.fixture
def copy(engine, deployment, tmp_path):
    """A deployment, not yet up, of a folder of its own, with the images that are there."""
    for name in BOUND:
        source = ROOT / name
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    tmp_path.chmod(0o755)
    (tmp_path / "runner_image").mkdir()  # compose wants to see it, even if it builds nothing
    made = Deployment(engine, tmp_path)
    try:
        yield made
    finally:
        made.down()
