# SPDX-License-Identifier: Apache-2.0
"""A container engine as the tests see it: the Engine API on a unix socket, and nothing of ours."""

import contextlib
import functools
import http.client
import json
import os
import socket
from urllib.parse import quote, urlencode

from .waiting import seconds

DEFAULT = "unix:///var/run/docker.sock"


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("engine", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, status, body):
        self.status = status
        self.body = body

    def json(self):
        return json.loads(self.body)

    def expect(self, *statuses):
        assert self.status in statuses, f"the engine says {self.status}: {self.body[:500]!r}"
        return self


class Engine:
    def __init__(self, address):
        assert address.startswith("unix://"), f"tests reach engines by a unix socket: {address}"
        self.address = address
        self.path = address.removeprefix("unix://")

    def request(self, method, path, body=None, query=None, headers=None, timeout=60):
        """Any call; a body that is not bytes or a file is sent as JSON."""
        headers = dict(headers or {})
        if query:
            path += "?" + urlencode(query)
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        connection = UnixConnection(self.path, seconds(timeout))
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    # ---- the engine ----

    def answers(self):
        try:
            return self.get("/_ping", timeout=2).status == 200
        except (OSError, http.client.HTTPException):
            return False

    @functools.cached_property
    def info(self):
        return self.get("/info").expect(200).json()

    @functools.cached_property
    def is_podman(self):
        version = self.get("/version").expect(200).json()
        return any("podman" in component["Name"].lower()
                   for component in version.get("Components") or [])

    def shifts_ids(self):
        """Whether containers live in a user namespace of their own."""
        options = self.info.get("SecurityOptions") or []
        return any(option.startswith(("name=userns", "name=rootless")) for option in options)

    # ---- containers ----

    def create(self, name, config):
        """Creates a container; returns its id."""
        return self.post("/containers/create", config, query={"name": name}).expect(
            201).json()["Id"]

    def start(self, name):
        self.post(f"/containers/{name}/start").expect(204)

    @contextlib.contextmanager
    def attach(self, name):
        """A file that brings what the container prints, in frames, from before its start."""
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as peer:
            peer.settimeout(seconds(60))
            peer.connect(self.path)
            peer.sendall(f"POST /containers/{name}/attach?stream=1&stdout=1&stderr=1 HTTP/1.1\r\n"
                         "Host: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n".encode())
            with peer.makefile("rb") as stream:
                status = stream.readline()
                assert b" 101 " in status or b" 200 " in status, status
                while stream.readline() not in (b"\r\n", b""):
                    pass
                yield stream

    def kill(self, name, number=9):
        self.post(f"/containers/{name}/kill", query={"signal": number}).expect(204)

    def remove(self, name):
        return self.request("DELETE", f"/containers/{name}", query={"force": 1, "v": 1})

    def look(self, path, **options):
        """A GET about containers. Where one goes in that moment, Podman answers with an error."""
        while ((answer := self.get(path, **options)).status == 500
               and b"no such container" in answer.body):
            pass
        return answer

    def inspect(self, name):
        return self.look(f"/containers/{name}/json").expect(200).json()

    def exists(self, name):
        return self.look(f"/containers/{name}/json").expect(200, 404).status == 200

    def containers(self, **filters):
        """All of them, running or not; filters are lists of texts."""
        return self.look("/containers/json", query={
            "all": 1, "filters": json.dumps(filters)}).expect(200).json()

    def logs(self, name):
        """What `docker logs` shows: {1: stdout, 2: stderr}."""
        query = {"stdout": 1, "stderr": 1}
        return split_frames(self.get(f"/containers/{name}/logs", query=query).expect(200).body)

    # ---- what else it keeps ----

    def unused_volumes(self):
        """Names of volumes that no container uses."""
        answer = self.get("/volumes", query={"filters": json.dumps({"dangling": ["true"]})})
        return {volume["Name"] for volume in answer.expect(200).json()["Volumes"] or []}

    def has_image(self, name):
        return self.get(f"/images/{quote(name)}/json").expect(200, 404).status == 200

    def image_variables(self, name):
        """Names of the environment variables that an image sets."""
        config = self.get(f"/images/{name}/json").expect(200).json()["Config"]
        return {variable.split("=")[0] for variable in config["Env"] or ()}

    def tag_image(self, name, repository, tag):
        self.post(f"/images/{quote(name)}/tag", query={"repo": repository, "tag": tag}).expect(201)

    def remove_image(self, name):
        self.request("DELETE", f"/images/{quote(name)}", query={"force": 1}).expect(200, 404)


def split_frames(body):
    """The streams of a multiplexed answer: eight bytes of header before each piece."""
    streams = {1: b"", 2: b""}
    while body:
        stream, length = body[0], int.from_bytes(body[4:8], "big")
        streams[stream] += body[8:8 + length]
        body = body[8 + length:]
    return streams


@functools.cache
def default():
    """The engine under test."""
    return Engine(os.environ.get("DOCKER_HOST") or DEFAULT)
