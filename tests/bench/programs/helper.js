require('netkit').serve({ message: (session, body) => body.toString('latin1').toUpperCase() });
