# SPDX-License-Identifier: Apache-2.0
"""A private registry on loopback, which engines take without TLS there, and a door in front of
it that holds large answers back until the test has seen enough."""

import base64
import contextlib
import ctypes
import http.client
import http.server
import json
import socket
import subprocess
import threading
from pathlib import Path

from .waiting import eventually, seconds

USER, PASSWORD = "maps", "open sesame"

CONFIGURATION = """version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {folder}/store}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}", secret: "of the test"}}
auth: {{htpasswd: {{realm: maps, path: {folder}/htpasswd}}}}
"""


def bcrypt(password):
    crypt = ctypes.CDLL("libcrypt.so.1").crypt
    crypt.restype = ctypes.c_char_p
    return crypt(password.encode(), b"$2y$04$abcdefghijklmnopqrstuu").decode()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def credentials(user=USER, password=PASSWORD):
    return base64.b64encode(f"{user}:{password}".encode()).decode()


class Registry:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.port = free_port()
        self.process = None

    @property
    def name(self):
        """As the first part of an image's name."""
        return f"127.0.0.1:{self.port}"

    def start(self):
        configuration = self.folder / "registry.yml"
        configuration.write_text(CONFIGURATION.format(folder=self.folder, port=self.port))
        (self.folder / "htpasswd").write_text(f"{USER}:{bcrypt(PASSWORD)}\n")
        with open(self.folder / "registry.log", "wb") as log:
            self.process = subprocess.Popen(["docker-registry", "serve", configuration],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(self._answers, "the registry answers")
        return self

    def _answers(self):
        assert self.process.poll() is None, (self.folder / "registry.log").read_text()
        with contextlib.suppress(OSError), contextlib.closing(
                http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            connection.request("GET", "/v2/")
            return connection.getresponse().status == 401
        return False

    def stop(self):
        self.process.terminate()
        self.process.wait(seconds(30))

    def docker_config(self, path, registry, user=USER, password=PASSWORD):
        """A config.json as `docker login` writes it."""
        path.write_text(json.dumps({"auths": {registry: {"auth": credentials(user, password)}}}))
        return path


def push(engine, image, repository, tag):
    """Pushes a local image to a registry of these tests."""
    engine.tag_image(image, repository, tag)
    registry = repository.split("/", 1)[0]
    account = {"username": USER, "password": PASSWORD, "serveraddress": registry}
    header = base64.urlsafe_b64encode(json.dumps(account).encode()).decode()
    answer = engine.post(f"/images/{repository}/push", query={"tag": tag}, timeout=300,
                         headers={"X-Registry-Auth": header}).expect(200)
    assert b'"error"' not in answer.body, answer.body[-500:]
    engine.remove_image(f"{repository}:{tag}")


class Door(http.server.ThreadingHTTPServer):
    """Passes requests on to the registry; large bodies stop half way until opened."""

    daemon_threads = True
    HELD_BYTES = 1 << 20

    def __init__(self, registry):
        super().__init__(("127.0.0.1", 0), Passage)
        self.registry = registry
        self.opened = threading.Event()
        self.holds = threading.Event()

    @property
    def name(self):
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.opened.set()
        self.shutdown()
        self.server_close()


class Passage(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Nobody reads it."""

    def do_GET(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.registry.port)
        connection.request(self.command, self.path, headers={
            name: value for name, value in self.headers.items() if name != "Accept-Encoding"})
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        self.end_headers()
        self._send(body)
        connection.close()

    do_HEAD = do_GET

    def _send(self, body):
        half = len(body) // 2 if len(body) > self.server.HELD_BYTES else len(body)
        with contextlib.suppress(OSError):  # the engine may have lost patience
            self.wfile.write(body[:half])
            if half < len(body):
                self.server.holds.set()
                self.server.opened.wait(seconds(60))
                self.wfile.write(body[half:])
