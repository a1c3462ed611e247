"""What a consumer group has not committed yet, asked of Kafka itself: no metric of the group's own is as fresh.

Two requests of Kafka's protocol (OffsetFetch 2, ListOffsets 1), to one broker that is everything.
"""

import socket
import struct

OFFSET_FETCH, LIST_OFFSETS = (9, 2), (2, 1)
END = -1  # as a time: the offset that the next record will have


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


class Answer:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        value = struct.unpack_from(">" + form, self.data, self.at)[0]
        self.at += struct.calcsize(form)
        return value

    def text(self):
        length = max(0, self.take("h"))
        self.at += length
        return self.data[self.at - length:self.at].decode()

    def rows(self, row):
        return [row() for _ in range(self.take("i"))]


def ask(bootstrap, kind, body):
    host, port = bootstrap.rsplit(":", 1)
    request = struct.pack(">hhi", *kind, 1) + text("e2e") + body
    with socket.create_connection((host, int(port)), timeout=30) as connection, connection.makefile("rb") as answers:
        connection.sendall(struct.pack(">i", len(request)) + request)
        answer = Answer(answers.read(struct.unpack(">i", answers.read(4))[0]))
    answer.take("i")  # which request it answers
    return answer


def committed(bootstrap, group):
    """topic -> {partition: the next offset that it wants}, as far as it ever committed."""
    answer = ask(bootstrap, OFFSET_FETCH, text(group) + struct.pack(">i", -1))

    def partition():
        number, offset = answer.take("i"), answer.take("q")
        answer.text()
        return (number, offset) if answer.take("h") == 0 else None
    return {topic: dict(filter(None, rows)) for topic, rows in answer.rows(lambda: (answer.text(), answer.rows(partition)))}


def ends(bootstrap, partitions):
    """topic -> {partition: where it ends}, of topic -> partitions."""
    body = struct.pack(">ii", -1, len(partitions))
    for topic, numbers in partitions.items():
        body += text(topic) + struct.pack(">i", len(numbers)) + b"".join(struct.pack(">iq", number, END) for number in numbers)
    answer = ask(bootstrap, LIST_OFFSETS, body)

    def partition():
        number, error, _, offset = answer.take("i"), answer.take("h"), answer.take("q"), answer.take("q")
        return (number, offset) if error == 0 else None
    return {topic: dict(filter(None, rows)) for topic, rows in answer.rows(lambda: (answer.text(), answer.rows(partition)))}


def uncommitted(bootstrap, group):
    """How many records it has not read, or has in hand: at least.  Behind the last one stands the mark of its transaction, which nobody commits."""
    done = committed(bootstrap, group)
    end = ends(bootstrap, done)
    return sum(max(0, end[topic].get(number, 0) - offset - 1) for topic, offsets in done.items() for number, offset in offsets.items())
