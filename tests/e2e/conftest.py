# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end suite. See README.md for the variables that steer it."""

import secrets

import pytest
from harness.host import BINARY, Host
from harness.runtime import ARCHIVE


def pytest_sessionstart(session):
    if not session.config.option.collectonly and not BINARY.exists():
        pytest.exit(f"{BINARY} is not built: build first, or set MAPS_BUILD_DIR", 2)


def pytest_collection_modifyitems(config, items):
    """Where files travel by archive, what is promised of shared folders is about nothing."""
    if not ARCHIVE:
        return
    away = [item for item in items if item.get_closest_marker("shared_files")]
    config.hook.pytest_deselected(items=away)
    items[:] = [item for item in items if item not in away]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    setattr(item, "report_" + call.when, outcome.get_result())


def finish(hosts, failed):
    """Closes hosts; all of them, also if one complains."""
    complaints = []
    for host in hosts:
        try:
            host.close()
        except Exception as complaint:  # noqa: BLE001 - reported below
            complaints.append(f"{complaint}\n--- log of the host:\n{host.log()[-4000:]}")
            host.abandon()
    # If the test itself has failed that is the thing to look at.
    if complaints and not failed:
        pytest.fail("\n".join(complaints))


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A host with default settings, shared by the tests of a file."""
    started = Host(tmp_path_factory.mktemp("host")).start()
    yield started
    finish([started], False)


@pytest.fixture
def api(host):
    return host.api


@pytest.fixture
def make_host(tmp_path, request):
    """make_host(NAME=value…): a host of one's own with settings, not yet started."""
    made = []

    def make(*, arguments=(), **environment):
        environment = {name: str(value) for name, value in environment.items()}
        made.append(Host(tmp_path, environment, arguments))
        return made[-1]

    yield make
    report = getattr(request.node, "report_call", None)
    finish(made, report is not None and report.failed)


@pytest.fixture
def new_host(make_host):
    """new_host(NAME=value…): the same, started and ready."""
    return lambda **options: make_host(**options).start()


@pytest.fixture
def marker():
    """A text that names the processes of one test among all of the machine."""
    return "marker-" + secrets.token_hex(8)
