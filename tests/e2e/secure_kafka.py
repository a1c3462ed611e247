"""A Kafka with TLS, SASL and rights, and all that it needs: certificates, users, tokens, and an operator who gives rights.

Certificates and keys are made here, with openssl, and live as long as the test.  The operator speaks Kafka's own protocol, so that
what the product prints is applied by other code than the product's.  Standard library only.
"""

import base64
import json
import os
import shlex
import socket
import ssl
import struct
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from stack import Kafka, ROOT, StackError

RESOURCES = {"topic": 2, "group": 3, "cluster": 4, "transactional-id": 5}
PATTERNS = {"literal": 3, "prefixed": 4}
OPERATIONS = {"READ": 3, "WRITE": 4, "CREATE": 5, "DESCRIBE": 8, "DESCRIBE_CONFIGS": 10}
ALLOW = 3
CREATE_ACLS, DELETE_ACLS, ALTER_CLIENT_QUOTAS = 30, 31, 49


def openssl(*arguments, data=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise StackError(f"openssl {arguments[0]}: {done.stderr.decode()[-300:]}")
    return done.stdout


class Certificates:
    """A certificate authority in a folder.  `issue` writes NAME.pem, a key and its certificate."""

    def __init__(self, folder, name="test authority"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key, self.ca = self.folder / "ca.key", self.folder / "ca.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7", "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.ca)

    def issue(self, name, expired=False):
        key, request, out = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "crt"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        # Of the past: `openssl x509` takes no dates before version 3.4, `openssl ca` always did.
        config = self.folder / "ca.cnf"
        (self.folder / "index.txt").touch()
        (self.folder / "serial").write_text(os.urandom(8).hex() + "\n")
        config.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.folder}/index.txt\nserial={self.folder}/serial\nnew_certs_dir={self.folder}\n"
                          "default_md=sha256\npolicy=p\nunique_subject=no\nx509_extensions=x\n[p]\ncommonName=supplied\n"
                          "[x]\nsubjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n")
        now = time.time()
        begin, end = (now - 9 * 86400, now - 86400) if expired else (now - 86400, now + 7 * 86400)
        dates = [time.strftime("%y%m%d%H%M%SZ", time.gmtime(moment)) for moment in (begin, end)]
        openssl("ca", "-batch", "-notext", "-config", config, "-cert", self.ca, "-keyfile", self.key, "-startdate", dates[0], "-enddate", dates[1],
                "-in", request, "-out", out)
        whole = self.folder / f"{name}.pem"
        whole.write_text(key.read_text() + out.read_text())
        whole.chmod(0o600)
        return whole


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Tokens:
    """A token endpoint over TLS: whoever knows the secret gets a token in the client's name.  jwks.json has the key that proves it."""

    def __init__(self, certificates, secrets, lifetime_s=30):
        self.folder, self.secrets, self.lifetime_s, self.given = certificates.folder, secrets, lifetime_s, 0
        self.down, self.refused = False, 0
        self.key = self.folder / "token.key"
        openssl("genrsa", "-out", self.key, "2048")
        modulus = bytes.fromhex(openssl("rsa", "-in", self.key, "-noout", "-modulus").decode().split("=")[1].strip())
        (self.folder / "jwks.json").write_text(json.dumps({"keys": [
            {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": base64url(modulus), "e": base64url(b"\x01\x00\x01")}]}))
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, body = outer.answer(self.headers.get("Authorization", ""))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *ignored):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.issue("tokens"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, authorization):
        if self.down:
            self.refused += 1
            return 503, b'{"error": "temporarily_unavailable"}'
        try:
            name, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":", 1)
        except ValueError:
            name, secret = "", ""
        if not secret or self.secrets.get(name) != secret:
            return 401, b'{"error": "invalid_client"}'
        self.given += 1
        return 200, json.dumps({"access_token": self.token(name), "token_type": "Bearer", "expires_in": self.lifetime_s}).encode()

    def token(self, name):
        now = int(time.time())
        parts = [{"alg": "RS256", "typ": "JWT", "kid": "1"},
                 {"sub": name, "iss": "tests", "aud": "kafka", "iat": now, "exp": now + self.lifetime_s, "scope": "kafka"}]
        head = ".".join(base64url(json.dumps(part).encode()) for part in parts)
        return head + "." + base64url(openssl("dgst", "-sha256", "-sign", self.key, data=head.encode()))

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def text(value):
    """A nullable string as Kafka's protocol has it."""
    if value is None:
        return struct.pack(">h", -1)
    data = value.encode()
    return struct.pack(">h", len(data)) + data


class Operator:
    """Gives and takes rights and quotas, as whoever has operator.pem."""

    def __init__(self, folder, port):
        self.folder, self.port = Path(folder), port

    def request(self, api, body, version=1):
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        context.load_cert_chain(self.folder / "operator.pem")
        message = struct.pack(">hhi", api, version, 1) + text("operator") + body
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as link:
            link.sendall(struct.pack(">i", len(message)) + message)
            reader = link.makefile("rb")
            return reader.read(struct.unpack(">i", reader.read(4))[0])[8:]  # past correlation and throttle time

    def give(self, acls):
        body = struct.pack(">i", len(acls))
        for acl in acls:
            body += struct.pack(">b", RESOURCES[acl["resource"]]) + text(acl["name"]) + struct.pack(">b", PATTERNS[acl["pattern"]])
            body += text(acl["principal"]) + text("*") + struct.pack(">bb", OPERATIONS[acl["operation"]], ALLOW)
        answer = self.request(CREATE_ACLS, body)
        count, at = struct.unpack_from(">i", answer)[0], 4
        for _ in range(count):
            code, length = struct.unpack_from(">hh", answer, at)
            at += 4 + max(0, length)
            if code != 0:
                raise StackError(f"giving rights: error {code} of Kafka")
        if count != len(acls):
            raise StackError(f"giving {len(acls)} rights: {count} answers")

    def take(self, acl):
        body = struct.pack(">ib", 1, RESOURCES[acl["resource"]]) + text(acl["name"]) + struct.pack(">b", PATTERNS[acl["pattern"]])
        body += text(acl["principal"]) + text("*") + struct.pack(">bb", OPERATIONS[acl["operation"]], ALLOW)
        answer = self.request(DELETE_ACLS, body)
        code, length = struct.unpack_from(">hh", answer, 4)
        matched = struct.unpack_from(">i", answer, 8 + max(0, length))[0]
        if code != 0 or matched != 1:
            raise StackError(f"taking a right: error {code} of Kafka, {matched} taken")


    def quota(self, user, bytes_per_second):
        """How much a user may write; None: as much as it likes."""
        entity = struct.pack(">i", 1) + text("user") + text(user)
        change = struct.pack(">i", 1) + text("producer_byte_rate") + struct.pack(">d?", bytes_per_second or 0, bytes_per_second is None)
        answer = self.request(ALTER_CLIENT_QUOTAS, struct.pack(">i", 1) + entity + change + struct.pack(">?", False), version=0)
        count, code = struct.unpack_from(">ih", answer)
        if count != 1 or code != 0:
            raise StackError(f"giving a quota: error {code} of Kafka")


class SecureKafka(Kafka):
    """kafka.sh with --secure: `passwords` are the users, all mechanisms know the same."""

    def __init__(self, folder, passwords):
        super().__init__(folder)
        self.secure = Path(folder) / "secure"
        self.passwords = passwords
        self.tokens = None

    def start(self):
        certificates = self.certify()
        Certificates(self.secure / "other", "an authority that nobody knows")
        self.tokens = Tokens(certificates, self.passwords)
        self.launch()

    def certify(self):
        certificates = Certificates(self.secure)
        for name in ("broker", "operator", *self.passwords):
            certificates.issue(name)
        certificates.issue("expired", expired=True)  # of the broker
        certificates.issue("past", expired=True)     # of a client
        return certificates

    def exchange_authority(self):
        """Kafka comes back at the same address with certificates of a new authority, which is in ca.pem."""
        super().stop()
        self.certify()
        self.launch()

    def launch(self):
        (self.secure / "users").write_text("".join(f"{name} {password}\n" for name, password in self.passwords.items()))
        done = subprocess.run([ROOT / "deploy/local/kafka.sh", "start", "--data", self.data, "--port", "0", "--secure", self.secure],
                              capture_output=True, text=True, timeout=240)
        if done.returncode != 0:
            raise StackError(f"Kafka did not start: {done.stderr.strip()[-2000:]}")
        self.bootstrap = done.stdout.split()[-1]
        known = dict(word.split("=", 1) for line in (self.data / "cluster").read_text().splitlines() for word in shlex.split(line) if "=" in word)
        self.expired_bootstrap = f"127.0.0.1:{known['expired_port']}"
        self.certificate_bootstrap = f"127.0.0.1:{known['ports'].strip('()')}"
        self.operator = Operator(self.secure, int(known["ports"].strip("()")))

    def stop(self):
        super().stop()
        if self.tokens:
            self.tokens.stop()
