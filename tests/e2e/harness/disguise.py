# SPDX-License-Identifier: Apache-2.0
"""The engine under test in disguise: behind a socket of its own it claims to speak other versions
of the API, and refuses those it does not claim, as newer and older engines do."""

import json
import re
import socket
import threading

from . import engine

SPOKEN = (1, 41)  # what is passed on to the real one
HEAD_BYTES = 65536


def number(text):
    major, minor = text.split(".")
    return int(major), int(minor)


class Disguise:
    def __init__(self, path, oldest, newest):
        self.path = str(path)
        self.oldest, self.newest = oldest, newest
        self.refused = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self):
        return f"unix://{self.path}"

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        """One request for each connection: every answer says that it is the last."""
        with peer:
            received = b""
            while b"\r\n\r\n" not in received and len(received) < HEAD_BYTES:
                chunk = peer.recv(HEAD_BYTES)
                if not chunk:
                    return
                received += chunk
            head, rest = received.split(b"\r\n\r\n", 1)
            path = head.split(b" ")[1].decode()
            version = re.match(r"/v(\d+\.\d+)/", path)
            if path == "/version":
                self._say_version(peer)
            elif version and not self._speaks(version[1]):
                self._refuse(peer, version[1])
            else:
                self._pass_on(peer, head, rest)

    def _speaks(self, version):
        return number(self.oldest) <= number(version) <= number(self.newest)

    @staticmethod
    def _answer(peer, status, document):
        body = json.dumps(document).encode()
        peer.sendall(b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
                     b"Connection: close\r\n\r\n%s" % (status.encode(), len(body), body))

    def _say_version(self, peer):
        document = engine.default().get("/version").expect(200).json()
        self._answer(peer, "200 OK", {**document, "ApiVersion": self.newest,
                                      "MinAPIVersion": self.oldest})

    def _refuse(self, peer, version):
        self.refused += 1
        self._answer(peer, "400 Bad Request", {
            "message": f"client version {version} is not supported: this engine speaks "
                       f"{self.oldest} to {self.newest}"})

    @staticmethod
    def _pump(source, target):
        try:
            while chunk := source.recv(65536):
                target.sendall(chunk)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # one side has gone
            pass

    def _pass_on(self, peer, head, rest):
        spoken = b"/v%d.%d/" % SPOKEN
        head = re.sub(rb" /v\d+\.\d+/", b" " + spoken, head, count=1)
        with socket.socket(socket.AF_UNIX) as real:
            real.connect(engine.default().path)
            real.sendall(head + b"\r\nConnection: close\r\n\r\n" + rest)
            back = threading.Thread(target=self._pump, args=(real, peer), daemon=True)
            back.start()
            self._pump(peer, real)
            back.join()
