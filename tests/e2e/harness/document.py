# SPDX-License-Identifier: Apache-2.0
"""The job document: what every one of them must look like, on every runtime."""

import re
from datetime import datetime

TERMINAL = ("success", "error", "timeout", "cancelled", "lost")
STATUSES = ("queued", "starting", "running") + TERMINAL
REASONS = ("exited", "signaled", "oom", "output_limit", "timeout", "cancelled",
           "image_unavailable", "unschedulable", "evicted", "rejected",
           "runtime_unavailable", "runtime_lost")
KEYS = ("job_id", "status", "reason", "exit_code", "signal", "message", "runtime",
        "runner_type", "profile", "image", "created_at", "started_at", "finished_at",
        "timings_ms", "timeout", "limits", "labels", "logs_truncated")
RFC3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def instant(text):
    """A time of the document as seconds since 1970."""
    assert RFC3339_UTC.fullmatch(text), text
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def check_document(document):
    """Fails unless the document keeps the contract; returns it."""
    missing = [key for key in KEYS if key not in document]
    assert not missing, f"the job document lacks {missing}"
    assert document["status"] in STATUSES
    assert document["status"] in TERMINAL or document["finished_at"] is None
    if document["status"] in TERMINAL:
        check_end(document)
    return document


def check_end(document):
    assert document["reason"] in REASONS, document
    created, finished = instant(document["created_at"]), instant(document["finished_at"])
    assert created <= finished
    if document["started_at"] is not None:
        assert created <= instant(document["started_at"]) <= finished
    assert (document["status"] == "success") == (
        document["reason"] == "exited" and document["exit_code"] == 0), document
    assert (document["exit_code"] is not None) == (document["reason"] == "exited"), document
    for name, status in (("timeout", "timeout"), ("cancelled", "cancelled")):
        assert (document["reason"] == name) == (document["status"] == status), document
    assert isinstance(document["output_files"], list)


def ended(document, status, reason):
    """Fails unless the job ended so; returns the document."""
    assert (document["status"], document["reason"]) == (status, reason), document
    return document
