"""A chat: what one says, all others hear."""

import netkit

members = set()


def tell_others(speaker, text):
    for member in members - {speaker}:
        member.send(text)


def on_open(session):
    session.send(b"%d others are here" % len(members))
    tell_others(session, session.peer.encode() + b" has come")
    members.add(session)


def on_message(session, body):
    if body == b"/quit":
        session.close()
    else:
        tell_others(session, session.peer.encode() + b": " + body)


def on_close(session):
    members.discard(session)
    tell_others(session, session.peer.encode() + b" has left")


netkit.serve(on_message, on_open, on_close)
