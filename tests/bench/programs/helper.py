import netkit

netkit.serve(lambda session, body: body.upper())
