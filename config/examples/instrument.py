"""A power supply as a test bench sees one: some SCPI commands, of which only the queries are answered. Each connection
has a supply of its own."""

import netkit

settings = {b"VOLT": 0.0, b"CURR": 0.1}
output = False
errors = []


def on_message(session, body):
    global output
    command, _, value = body.strip().upper().partition(b" ")
    if command == b"*IDN?":
        return b"NETKIT,FAKE SUPPLY,0001,1.0"
    if command == b"*RST":
        settings.update({b"VOLT": 0.0, b"CURR": 0.1})
        output = False
    elif command == b"OUTP":
        output = value in (b"ON", b"1")
    elif command == b"MEAS:VOLT?":
        return b"%.3f" % (settings[b"VOLT"] if output else 0.0)
    elif command == b"SYST:ERR?":
        return errors.pop(0) if errors else b'0,"No error"'
    elif command.endswith(b"?") and command[:-1] in settings:
        return b"%.3f" % settings[command[:-1]]
    elif command in settings and value.replace(b".", b"", 1).isdigit():
        settings[command] = float(value)
    else:
        errors.append(b'-113,"Undefined header"')
    return None


netkit.serve(on_message)
