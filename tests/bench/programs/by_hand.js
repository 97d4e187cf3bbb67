// Upper-cases lines by node's net, as fast as it goes: the answers to all lines of a read leave in one write.
const net = require('net');

const server = net.createServer((socket) => {
  let rest = '';
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('data', (data) => {
    const all = rest + data;
    const end = all.lastIndexOf('\n') + 1;
    rest = all.slice(end);
    if (end > 0) socket.write(all.slice(0, end).split('\n').map((line) => line.toUpperCase()).join('\n'), 'latin1');
  });
  socket.on('error', () => socket.destroy());
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
