# SPDX-License-Identifier: Apache-2.0
"""The engine that DOCKER_HOST names, with the images that tests/engines/run brings."""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e"), str(HERE.parent)]

from harness.engine import Engine  # noqa: E402


def pytest_sessionstart(session):
    if not session.config.option.collectonly and "DOCKER_HOST" not in os.environ:
        pytest.exit("these tests want an engine of their own: tests/engines/run docker -- "
                    "/usr/bin/python3 -m pytest tests/engines", 2)


@pytest.fixture(scope="session")
def engine():
    return Engine(os.environ["DOCKER_HOST"])
