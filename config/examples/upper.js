require('netkit').serve({ message: (session, body) => body.toString().toUpperCase() });
