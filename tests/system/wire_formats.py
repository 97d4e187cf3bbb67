"""The framings on the wire, built by hand: what a client sends, what it expects back, what is malformed."""

import dataclasses
import struct
from collections.abc import Callable

MAX = 2000  # of every framing here

MESSAGES = (b"hello", b"", b"x", b"Gr\xc3\xbc\xc3\x9fe \x00\x7f\xff\t", b"aB" * 300, b"z" * MAX)
SHORT_MESSAGES = (b"hello", b"", b"\x00\xffz", b"q" * 255)
FIVE_BYTES = (b"hello", b"World", b"\x00\x01\xff\xfe\n")


@dataclasses.dataclass(frozen=True)
class WireFormat:
    """One framing with its options. `answer` frames what the server sends, where that differs from `request`."""

    config: dict
    request: Callable[[bytes], bytes]
    answer: Callable[[bytes], bytes] = None
    messages: tuple = MESSAGES
    malformed: tuple = ()

    def framed_answer(self, message):
        return (self.answer or self.request)(message)


def ended_by(ending):
    return lambda message: message + ending


def length_field(code, header=b"", add=0):
    """`header`, then the size of the message plus `add` as struct's `code` packs it, then the message."""
    return lambda message: header + struct.pack(code, len(message) + add) + message


def varint(message):
    size, field = len(message), b""
    while size >= 0x80:
        field += bytes([size & 0x7F | 0x80])
        size >>= 7
    return field + bytes([size]) + message


def netstring(message):
    return b"%d:%s," % (len(message), message)


def json_header(code, text):
    """`text` with the size of the body filled in, behind its own length, before the body."""

    def frame(message):
        header = text % len(message)
        return struct.pack(code, len(header)) + header + message

    return frame


def with_header(code, *texts):
    return tuple(struct.pack(code, len(text)) + text for text in texts)


ANSWER_HEADER = b'{"filename": null, "hash": null, "size": %d}'
TOO_LONG = b"y" * (MAX + 1)

WIRE_FORMATS = {
    "line": WireFormat({"type": "line"}, ended_by(b"\n"), malformed=(TOO_LONG + b"\n", TOO_LONG + b"y")),
    "line-crlf": WireFormat({"type": "line"}, ended_by(b"\r\n"), ended_by(b"\n")),
    "delimiter": WireFormat(
        {"type": "delimiter", "delimiters": [";", "\\r\\n"]},
        ended_by(b"\r\n"),
        ended_by(b";"),
        malformed=(TOO_LONG + b";", TOO_LONG + b"yy"),
    ),
    "delimiter-kept": WireFormat(
        {"type": "delimiter", "delimiters": ["|", "end"], "keep": True},
        ended_by(b"|"),
        messages=MESSAGES[:-1],
        malformed=(TOO_LONG + b"|",),
    ),
    "fixed": WireFormat({"type": "fixed", "size": 5}, ended_by(b""), messages=FIVE_BYTES),
    "length": WireFormat({"type": "length"}, length_field(">I"), malformed=(b"\xff" * 4, struct.pack(">I", MAX + 1))),
    "length-1": WireFormat({"type": "length", "bytes": 1}, length_field(">B"), messages=SHORT_MESSAGES),
    "length-2-little": WireFormat(
        {"type": "length", "bytes": 2, "endian": "little"},
        length_field("<H"),
        malformed=(struct.pack("<H", MAX + 1),),
    ),
    "length-8": WireFormat(
        {"type": "length", "bytes": 8},
        length_field(">Q"),
        malformed=(b"\xff" * 8, b"\x80" + bytes(7), struct.pack(">Q", MAX + 1)),
    ),
    "length-signed": WireFormat(
        {"type": "length", "endian": "little", "signed": True},
        length_field("<i"),
        malformed=(struct.pack("<i", -1), struct.pack("<i", -(1 << 31)), struct.pack("<i", MAX + 1)),
    ),
    "length-offset": WireFormat(
        {"type": "length", "bytes": 2, "offset": 3},
        length_field(">H", header=b"abc"),
        length_field(">H", header=bytes(3)),
        malformed=(b"abc" + struct.pack(">H", MAX + 1),),
    ),
    "length-adjust": WireFormat(
        {"type": "length", "bytes": 2, "adjust": -10},
        length_field(">H", add=10),
        malformed=(struct.pack(">H", 9), struct.pack(">H", MAX + 11)),
    ),
    "length-includes-header": WireFormat(
        {"type": "length", "bytes": 4, "includes_header": True},
        length_field(">I", add=4),
        malformed=(struct.pack(">I", 3), struct.pack(">I", MAX + 5)),
    ),
    "length-kept": WireFormat(
        {"type": "length", "bytes": 2, "strip": 0},
        length_field(">H"),
        messages=MESSAGES[:-1],
        malformed=(struct.pack(">H", MAX - 1),),
    ),
    "varint": WireFormat(
        {"type": "varint"},
        varint,
        malformed=(varint(TOO_LONG)[:2], b"\xff" * 9 + b"\x02", b"\x80" * 10 + b"\x00"),
    ),
    "netstring": WireFormat(
        {"type": "netstring"},
        netstring,
        malformed=(b"05:hello,", b"5:hello;", b":hello,", b"-5:hello,", b"a:", b"2001:", b"9" * 30),
    ),
    "json-header": WireFormat(
        {"type": "json-header"},
        json_header(">I", b'{"size": %d}'),
        json_header(">I", ANSWER_HEADER),
        malformed=(
            b"\xff" * 4,
            *with_header(">I", b"", b"[]", b"{}", b'{"size": "5"}', b'{"size": -1}', b'{"size": 3.9}'),
            *with_header(">I", b'{"size": true}', b'{"size": 1, "size": 1}', b'{"size": 2001}', b'{"size": 1,}'),
            *with_header(">I", b'{"size": 99999999999999999999}', b'{"x": ' + b"[" * 5000),
        ),
    ),
    "json-header-2-little": WireFormat(
        {"type": "json-header", "bytes": 2, "endian": "little"},
        json_header("<H", b'{"filename": "a\\u0041", "more": [1, {"size": 9}], "size": %d, "hash": null}'),
        json_header("<H", ANSWER_HEADER),
        malformed=with_header("<H", b'{"size": null}'),
    ),
}
