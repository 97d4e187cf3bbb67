"""Certificates for tests, made by the openssl program."""

import os
import subprocess


class Authority:
    """A certificate authority of its own in `folder`, whose files are NAME.pem and NAME.key."""

    def __init__(self, folder, name="ca"):
        self._folder, self._name = folder, name
        self._openssl("req", "-x509", *self._new_key(name), "-days", "30", "-subj", f"/CN=netkit test {name}")

    @property
    def certificate(self):
        return self._path(self._name, "pem")

    def issue(self, name, alternatives=(), subject=None, days=30):
        """Issues a certificate for `alternatives`, such as DNS:localhost and IP:127.0.0.1, and returns the paths of it
        and of its key. `days` below 0: it has expired."""
        request, extensions = self._path(name, "csr"), self._path(name, "ext")
        certificate = self._path(name, "pem")
        with open(extensions, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={','.join(alternatives)}\n" if alternatives else "basicConstraints=CA:FALSE\n")
        self._openssl("req", *self._new_key(name, request), "-subj", f"/CN={subject or name}")
        own = ("-CA", self.certificate, "-CAkey", self._path(self._name, "key"), "-CAcreateserial")
        self._openssl(
            "x509", "-req", "-in", request, "-out", certificate, "-extfile", extensions, *own, "-days", str(days)
        )
        return certificate, self._path(name, "key")

    def _new_key(self, name, out=None):
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", self._path(name, "key"))
        return (*key, "-out", out or self._path(name, "pem"))

    def _path(self, name, ending):
        return os.path.join(self._folder, f"{name}.{ending}")

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise AssertionError(f"openssl {' '.join(arguments)}: {done.stderr}")
