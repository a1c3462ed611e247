"""What the internet sends to a webhook port: floods of bad requests, each kind from an address of its own."""

import multiprocessing
import os
import random
import socket
import time

SLOW_SOCKETS = 60  # of one source: nearly the port's 64 threads
DRIP_S = 2


def exchange(port, source, data, timeout=15):
    """Sends bytes on a connection of its own; the status of the answer, or 0 if there was none."""
    with socket.socket() as peer:
        peer.settimeout(timeout)
        peer.bind((source, 0))
        try:
            peer.connect(("127.0.0.1", port))
            peer.sendall(data)
        except OSError:
            pass  # cut while sending; an answer may be there all the same
        try:
            line = peer.recv(200).split(b" ")
        except OSError:
            return 0
        return int(line[1]) if len(line) > 1 and line[1].isdigit() else 0


def request(path, body=b"", headers=b""):
    return b"POST %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (path, headers, len(body), body)


def wrong_signature(rng, path):
    body = b'{"id": %d}' % rng.randrange(10 ** 6)
    return request(path, body, b"X-WC-Webhook-Topic: order.updated\r\nX-WC-Webhook-Signature: %s\r\n" % rng.randbytes(16).hex().encode())


def fuzzed(rng, path):
    kind = rng.randrange(7)
    if kind == 0:
        return rng.randbytes(rng.randrange(1, 4000)) + b"\r\n\r\n"
    if kind == 1:
        return request(b"/" + rng.randbytes(40).replace(b"\n", b"").replace(b" ", b""))
    if kind == 2:
        return request(path, b"", b"".join(rng.randbytes(8).hex().encode() + b": x\r\n" for _ in range(200)))
    if kind == 3:
        return b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n" % (path, rng.choice([b"-1", b"zz", b"ffffffffffffffff"]))
    if kind == 4:
        return b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %s\r\n\r\nx" % (path, rng.choice([b"-5", b"1e9", b"99999999999999999999", b"1\r\nContent-Length: 2"]))
    if kind == 5:
        return b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc" % path
    good = bytearray(wrong_signature(rng, path))
    for _ in range(rng.randrange(1, 20)):
        good[rng.randrange(len(good))] = rng.randrange(256)
    return bytes(good) + b"\r\n\r\n"


def oversized(rng, path):
    kind = rng.randrange(3)
    if kind == 0:
        return b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n%s" % (path, b"x" * 100_000)
    if kind == 1:
        return b"POST %s HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n" % (path, b"x" * 1_000_000)
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    return b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path + chunk * 80 + b"0\r\n\r\n"


def hammer(make, port, path, source, until, results):
    rng = random.Random(source)
    statuses = {}
    while time.monotonic() < until:
        status = exchange(port, source, make(rng, path))
        statuses[status] = statuses.get(status, 0) + 1
    results.put((make.__name__, statuses))


def slow(in_body):
    """Many connections that send a byte now and then; what the server cuts is opened anew."""
    begin = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" if in_body else b"POST %s HTTP/1.1\r\nX-Slow: "

    def run(port, path, source, until, results):
        peers, opened = [], 0
        while time.monotonic() < until:
            alive = []
            for peer in peers:
                try:
                    peer.sendall(b"x")
                    alive.append(peer)
                except OSError:
                    peer.close()
            while len(alive) < SLOW_SOCKETS:
                peer = socket.socket()
                peer.settimeout(2)
                peer.bind((source, 0))
                try:
                    peer.connect(("127.0.0.1", port))
                    peer.sendall(begin % path)
                except OSError:
                    peer.close()
                    break
                opened += 1
                alive.append(peer)
            peers = alive
            time.sleep(DRIP_S)
        for peer in peers:
            peer.close()
        results.put(("slow body" if in_body else "slow header", {0: opened}))
    return run


class Flood:
    """All kinds at once for some seconds; `statuses` per kind afterwards (0: no answer)."""

    def __init__(self, port, path, seconds):
        self.statuses = {}
        self.seconds = seconds
        self.results = multiprocessing.Queue()
        until = time.monotonic() + seconds
        self.processes = []
        for index, make in enumerate((wrong_signature, wrong_signature, fuzzed, oversized)):
            self.add(hammer, make, port, path, f"127.0.1.{index + 1}", until)
        for index, in_body in enumerate((False, False, False, True)):
            self.add(slow(in_body), port, path, f"127.0.2.{index + 1}", until)

    def add(self, run, *arguments):
        self.processes.append(multiprocessing.Process(target=self.quietly, args=(run, *arguments, self.results), daemon=True))

    @staticmethod
    def quietly(run, *arguments):
        os.nice(5)  # the machine's other end of the internet is not measured
        run(*arguments)

    def __enter__(self):
        for process in self.processes:
            process.start()
        return self

    def __exit__(self, *ignored):
        for _ in self.processes:
            kind, statuses = self.results.get(timeout=self.seconds + 60)
            known = self.statuses.setdefault(kind, {})
            for status, count in statuses.items():
                known[status] = known.get(status, 0) + count
        for process in self.processes:
            process.join(10)
            if process.is_alive():
                process.terminate()
