"""Acknowledges HL7 version 2 messages. On the wire each stands between 0x0B and 0x1C 0x0D; the listener's framing
takes the end off and puts it on."""

import netkit

START = b"\x0b"


def on_message(session, body):
    header = body.removeprefix(START).split(b"\r", 1)[0].split(b"|")
    if header[0] != b"MSH" or len(header) < 10:
        return START + b"MSH|^~\\&|||||||ACK||P|2.5\rMSA|AR|\r"
    sender, receiver, number = header[2:4], header[4:6], header[9]
    answer = [b"MSH", header[1], *receiver, *sender, header[6], b"", b"ACK", b"A" + number, b"P", b"2.5"]
    return START + b"|".join(answer) + b"\rMSA|AA|" + number + b"\r"


netkit.serve(on_message)
