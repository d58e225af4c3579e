# SPDX-License-Identifier: Apache-2.0
"""What is particular to an ordinary user, who may have no control groups to give limits by.
The suite runs these under a uid that is not root; the other files run there too."""

import os

import pytest
from harness.document import ended

MEBIBYTE = 1 << 20
LIMITS = {"memory_bytes": 64 * MEBIBYTE, "cpus": 0.5}

pytestmark = pytest.mark.skipif(os.getuid() == 0, reason="for an ordinary user: tests/e2e/run --user")


def ask(api, name):
    """Asks for a limit: a job id, or None if it was refused, which must be by name."""
    script = "x = [b'x' * (1 << 20) for _ in range(200)]; print(len(x))"
    reply = api.post_job({"script_content": script, "limits": {name: LIMITS[name]}})
    if reply.status == 202:
        return reply.json()["job_id"]
    problem = reply.problem(422)
    assert problem["field"] == f"limits.{name}"
    assert "enforce" in problem["detail"], problem
    return None


@pytest.mark.parametrize("name, end", [("memory_bytes", "oom"), ("cpus", "exited")])
def test_an_asked_limit_is_enforced_or_refused_but_never_ignored(api, name, end):
    job_id = ask(api, name)
    default = ended(api.run("pass"), "success", "exited")
    if job_id:
        assert api.finished(job_id)["reason"] == end
        assert name not in default.get("limits_best_effort", [])
    else:  # then the default one cannot be kept either, and the document says so
        assert name in default["limits_best_effort"]


def test_a_job_runs_as_the_user_and_nobody_else(api):
    script = """
import os
print(os.getuid() != 0, os.stat("/job/output").st_uid == os.getuid())
"""
    document = ended(api.run(script), "success", "exited")
    assert document["logs"] == "True True\n"
