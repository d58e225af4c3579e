# SPDX-License-Identifier: Apache-2.0
"""A small REST client that hides nothing: tests see statuses, headers and bytes."""

import http.client
import json
import socket
import time
from urllib.parse import urlencode

from .document import TERMINAL, check_document
from .form import Form
from .waiting import seconds


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)

    def problem(self, *statuses):
        """The reply as problem+json; fails unless it is one with an expected status."""
        assert self.status in statuses, f"{self.status}, expected {statuses}: {self.body[:500]!r}"
        kind = self.headers.get("Content-Type", "").split(";")[0]
        assert kind == "application/problem+json", kind
        problem = self.json()
        assert problem["status"] == self.status
        assert problem["title"]
        assert problem["detail"]
        return problem

    def __repr__(self):
        return f"<Reply {self.status} {self.body[:300]!r}>"


class Client:
    def __init__(self, port, token=None):
        self.port = port
        self.token = token
        self.job_ids = set()

    def connect(self, timeout=60):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds(timeout))

    def request(self, method, path, body=None, headers=None, timeout=60, query=None):
        headers = dict(headers or {})
        if self.token is not None:
            headers.setdefault("Authorization", "Bearer " + self.token)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        if query:
            path += "?" + urlencode(query)
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def raw(self, request, timeout=30, half_close=False):
        """Sends bytes as they are and returns all that comes back until the end."""
        with socket.create_connection(("127.0.0.1", self.port), seconds(timeout)) as peer:
            try:
                peer.sendall(request)
                if half_close:
                    peer.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the host may refuse before it has read everything
            received = b""
            try:
                while chunk := peer.recv(65536):
                    received += chunk
            except ConnectionResetError:
                pass
            return received

    # ---- jobs ----

    def post_job(self, fields, query=None, headers=None, timeout=60):
        """Submits and returns the reply, whatever it is."""
        reply = self.post("/api/jobs", fields, query=query, headers=headers, timeout=timeout)
        if reply.status in (200, 202):
            self.job_ids.add(reply.json()["job_id"])
        return reply

    def post_form(self, *parts, query=None, headers=None, timeout=60):
        """The same in parts (form.py)."""
        form = Form(*parts)
        return self.post_job(form, query, {**form.headers, **(headers or {})}, timeout)

    def submit(self, script, **fields):
        reply = self.post_job({"script_content": script, **fields})
        assert reply.status == 202, reply
        document = reply.json()
        assert reply.headers["Location"] == f"/api/jobs/{document['job_id']}"
        return document

    def job(self, job_id, **query):
        reply = self.get(f"/api/jobs/{job_id}", query=query)
        assert reply.status == 200, reply
        return reply.json()

    def finished(self, job_id, within=60):
        """Long-polls until the job has ended; returns the document with its logs."""
        deadline = time.monotonic() + seconds(within)
        while True:
            document = self.job(job_id, wait=2, logs="true")
            if document["status"] in TERMINAL:
                return check_document(document)
            assert time.monotonic() < deadline, f"still {document['status']}: {document}"

    def run(self, script, within=60, **fields):
        return self.finished(self.submit(script, **fields)["job_id"], within)

    def running(self, job_id, within=30):
        """Waits until the script has started."""
        deadline = time.monotonic() + seconds(within)
        while (document := self.job(job_id))["status"] in ("queued", "starting"):
            assert time.monotonic() < deadline, f"not started: {document}"
            time.sleep(0.02)
        assert document["status"] == "running", document
        return document

    def cancel(self, job_id):
        reply = self.post(f"/api/jobs/{job_id}/cancel")
        assert reply.status == 202, reply
        return reply.json()

    def logs(self, job_id, **query):
        reply = self.get(f"/api/jobs/{job_id}/logs", query=query)
        assert reply.status == 200, reply
        return reply.body

    def await_log(self, job_id, text, within=30):
        """Waits until the job has printed something, which proves how far it has come."""
        deadline = time.monotonic() + seconds(within)
        while text not in (seen := self.logs(job_id)):
            assert time.monotonic() < deadline, f"{text!r} not in {seen[-500:]!r}"
            time.sleep(0.05)

    def follow(self, job_id, **query):
        """An open http response that brings the log while it grows; close it."""
        connection = self.connect()
        headers = {"Authorization": "Bearer " + self.token} if self.token else {}
        connection.request("GET", f"/api/jobs/{job_id}/logs?"
                           + urlencode({"follow": "true", **query}), headers=headers)
        reply = connection.getresponse()
        assert reply.status == 200, reply.status
        return reply

    def outputs(self, job_id):
        reply = self.get(f"/api/jobs/{job_id}/output")
        assert reply.status == 200, reply
        return {entry["path"]: entry for entry in reply.json()["files"]}

    def output(self, job_id, path):
        reply = self.get(f"/api/jobs/{job_id}/output/{path}")
        assert reply.status == 200, reply
        return reply.body

    def jobs(self, **query):
        reply = self.get("/api/jobs", query=query)
        assert reply.status == 200, reply
        return reply.json()["jobs"]
