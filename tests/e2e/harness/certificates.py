# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of a test's own, and what it signs."""

import subprocess


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def sign(folder, name, usage):
    """<name>-key.pem and <name>-cert.pem, for 127.0.0.1."""
    (folder / f"{name}.ext").write_text(
        f"subjectAltName = IP:127.0.0.1\nextendedKeyUsage = {usage}\n")
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}-key.pem",
            "-out", f"{name}.csr", "-subj", f"/CN={name}")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
            "-CAcreateserial", "-days", "2", "-out", f"{name}-cert.pem", "-extfile", f"{name}.ext")


def make(folder):
    """Files of a server, and ca.pem, cert.pem and key.pem as a client of Docker has them."""
    folder.mkdir()
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca-key.pem",
            "-out", "ca.pem", "-days", "2", "-subj", "/CN=authority of a test")
    sign(folder, "server", "serverAuth")
    sign(folder, "client", "clientAuth")
    (folder / "client-cert.pem").rename(folder / "cert.pem")
    (folder / "client-key.pem").rename(folder / "key.pem")
    return folder
