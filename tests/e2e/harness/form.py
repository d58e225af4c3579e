# SPDX-License-Identifier: Apache-2.0
"""Submissions in parts (multipart/form-data), made as they are sent: any size, little memory."""

BOUNDARY = "maps-e2e-7f3a"
CHUNK = bytes(1 << 16)


class Zeros:
    """Content that is not there until it is sent."""

    def __init__(self, length):
        self.length = length

    def __len__(self):
        return self.length

    def __iter__(self):
        for start in range(0, self.length, len(CHUNK)):
            yield CHUNK[:self.length - start]


def head(name, filename=None):
    named = f'; filename="{filename}"' if filename is not None else ""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()


class Form:
    """parts: (name, content) or ("files", path, content); content is text, bytes or Zeros."""

    def __init__(self, *parts):
        self.pieces = []
        for name, *path, content in parts:
            content = content.encode() if isinstance(content, str) else content
            self.pieces += [head(name, *path), content, b"\r\n"]
        self.pieces.append(f"--{BOUNDARY}--\r\n".encode())

    @property
    def headers(self):
        return {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
                "Content-Length": str(sum(map(len, self.pieces)))}

    def __iter__(self):
        for piece in self.pieces:
            if isinstance(piece, Zeros):
                yield from piece
            else:
                yield piece
