'use strict';
// Answers the messages that netkit-server hands to this program, for its handler `process`.
//
//     require('netkit').serve({ message: (session, body) => body.toString().toUpperCase() });
//
// A function may return a promise. Tried in a shell it reads lines and answers each. console.log goes to standard error,
// which is the server's log. It speaks the framings line, length and json-header, with their options `bytes` (1 to 6), `endian`,
// `max` and `max_header`, in each direction its own.

const fs = require('fs');

const SPOKEN = 'line, length and json-header, with the options bytes (1 to 6), endian, max and max_header';
const NOTHING = Buffer.alloc(0);
const NEWLINE = Buffer.from('\n');

/** One direction's framing, as NETKIT_FRAMING names it: `length,bytes=2`. */
class Framing {
  constructor(text) {
    const [name, ...rest] = text.split(',');
    const options = Object.fromEntries(rest.map((option) => option.split('=')));
    delete options.max;
    delete options.max_header;
    this.name = name;
    this.bytes = Number(options.bytes || 4);
    this.little = options.endian === 'little';
    delete options.bytes;
    delete options.endian;
    const known = ['line', 'length', 'json-header'].includes(name) && this.bytes <= 6;
    if (!known || Object.keys(options).length > 0) {
      throw new Error(`netkit.js does not speak the framing ${text}, only ${SPOKEN}`);
    }
  }

  prefix(size) {
    const field = Buffer.alloc(this.bytes);
    if (this.little) field.writeUIntLE(size, 0, this.bytes);
    else field.writeUIntBE(size, 0, this.bytes);
    return field;
  }

  size(data, at) {
    return this.little ? data.readUIntLE(at, this.bytes) : data.readUIntBE(at, this.bytes);
  }

  /** Calls `take` for each message at the front of `data`; returns how many bytes that were. */
  split(data, take) {
    let begin = 0;
    if (this.name === 'line') {
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, begin)) {
        take(data.subarray(begin, end));
        begin = end + 1;
      }
      return begin;
    }
    while (begin + this.bytes <= data.length) {
      const body = begin + this.bytes;
      const end = body + this.size(data, begin);
      if (end > data.length) break;
      take(data.subarray(body, end));
      begin = end;
    }
    return begin;
  }

  frame(body) {
    if (this.name === 'length') return [this.prefix(body.length), body];
    if (body.includes(10)) throw new Error('an answer of the framing line cannot hold a newline');
    return [body, NEWLINE];
  }
}

/** What is to be written: gathered until the work at hand is done, or the program ends, then written at once. */
class Output {
  constructor() {
    this.pieces = [];
    this.planned = false;
    console.log = console.error;
    console.info = console.error;
    process.on('exit', () => this.flush());
  }

  add(...pieces) {
    this.pieces.push(...pieces);
    if (this.planned) return;
    this.planned = true;
    setImmediate(() => this.flush());
  }

  flush() {
    this.planned = false;
    if (this.pieces.length === 0) return;
    let left = Buffer.concat(this.pieces);
    this.pieces = [];
    while (left.length > 0) {
      try {
        left = left.subarray(fs.writeSync(1, left));
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error;
      }
    }
  }
}

/** Answers in the order of their messages, though promises may be settled in another. */
class Queue {
  constructor(pass) {
    this.pass = pass;
    this.slots = [];
  }

  add(answer) {
    const pending = answer !== null && typeof answer === 'object' && typeof answer.then === 'function';
    if (!pending && this.slots.length === 0) return this.pass(answer);
    const slot = { done: !pending, answer };
    this.slots.push(slot);
    if (pending) {
      answer.then((value) => {
        slot.answer = value;
        slot.done = true;
        while (this.slots.length > 0 && this.slots[0].done) this.pass(this.slots.shift().answer);
      }).catch(fail);
    }
    return undefined;
  }
}

/** An error of the program's own ends it; the server starts it again. */
function fail(error) {
  process.stderr.write(`${(error && error.stack) || error}\n`);
  process.exit(1);
}

/** What a program says, as a Buffer; undefined of what is none. */
function bytes(body) {
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.length) : undefined;
}

function kind(body) {
  return typeof body === 'object' && body !== null && body.constructor ? body.constructor.name : typeof body;
}

/** What `message` has returned. One line tells of a mistake: a stack would name nothing of the program's own. */
function returned(answer) {
  return bytes(answer) || fail(`E! message returned ${kind(answer)}, expected a Buffer, a string or nothing`);
}

/** One conversation. `id`: its number, null where the program is not told; `peer`: its address; `attributes`: what its
    last message said besides its body. */
class Session {
  constructor(id, peer, wire) {
    this.id = id;
    this.peer = peer;
    this.attributes = {};
    this.wire = wire;
  }

  /** Sends a message that no message asked for. */
  send(body) {
    const message = bytes(body);
    if (!message) throw new TypeError(`send was given ${kind(body)}, expected a Buffer or a string`);
    this.wire.send(this, message);
  }

  /** Ends the conversation behind what was sent. */
  close() {
    this.wire.close(this);
  }
}

/** Messages without sessions: the n-th answer is that to the n-th message, or all are of one conversation. */
class Plain {
  constructor(incoming, outgoing, onePeer, answers, on) {
    Object.assign(this, { incoming, outgoing, onePeer, answers, on, output: new Output() });
    const { REMOTE_ADDR: host = '', REMOTE_PORT: port } = process.env;
    this.session = new Session(null, port ? `${host}:${port}` : host, this);
    this.queue = new Queue((answer) => this.answer(answer));
    if (onePeer && on.open) on.open(this.session);
  }

  take(data) {
    return this.incoming.split(data, (body) => this.queue.add(this.on.message(this.session, body)));
  }

  answer(answer) {
    const nothing = answer === null || answer === undefined;
    if (this.onePeer ? nothing : !this.answers) return;
    this.output.add(...this.outgoing.frame(nothing ? NOTHING : returned(answer)));
  }

  end() {
    if (this.onePeer && this.on.close) this.on.close(this.session);
  }

  send(session, body) {
    if (!this.onePeer) throw new Error('to send unasked the program needs the framing json-header, or per connection');
    this.output.add(...this.outgoing.frame(body));
  }

  close() {
    if (!this.onePeer) throw new Error('to close the program needs the framing json-header, or per connection');
    setImmediate(() => process.exit(0));
  }
}

/** Messages with headers that say of which session they are. */
class Rich {
  constructor(incoming, outgoing, on) {
    Object.assign(this, { incoming, outgoing, on, output: new Output(), sessions: new Map() });
  }

  take(data) {
    let begin = 0;
    for (;;) {
      const text = begin + this.incoming.bytes;
      if (text > data.length) return begin;
      const body = text + this.incoming.size(data, begin);
      if (body > data.length) return begin;
      const header = JSON.parse(data.toString('utf8', text, body));
      const end = body + header.size;
      if (end > data.length) return begin;
      this.happen(header, data.subarray(body, end));
      begin = end;
    }
  }

  happen({ event, session: id, peer, size, filename, hash, ...attributes }, body) {
    let session = this.sessions.get(id);
    if (session === undefined) {
      session = new Session(id, peer, this);
      session.queue = new Queue((answer) => this.answer(session, answer));
      this.sessions.set(id, session);
    }
    if (event === 'message') {
      session.attributes = attributes;
      session.queue.add(this.on.message(session, body));
      return;
    }
    if (event === 'close') this.sessions.delete(id);
    if (this.on[event]) this.on[event](session);
  }

  answer(session, answer) {
    const nothing = answer === null || answer === undefined;
    const body = nothing ? NOTHING : returned(answer);
    if (!nothing && body.length === 0) this.write(session, NOTHING, {});
    this.write(session, body, { done: true });
  }

  write(session, body, more) {
    const header = Buffer.from(JSON.stringify({ session: session.id, size: body.length, ...more }));
    this.output.add(this.outgoing.prefix(header.length), header, body);
  }

  end() {}

  send(session, body) {
    this.write(session, body, {});
  }

  close(session) {
    setImmediate(() => this.write(session, NOTHING, { done: true, close: true }));
  }
}

/** One message: all of standard input. */
class Whole {
  constructor(on) {
    this.on = on;
    this.output = new Output();
    this.blocks = [];
  }

  take(data) {
    this.blocks.push(Buffer.from(data));
    return data.length;
  }

  end() {
    const queue = new Queue((answer) => {
      if (answer !== null && answer !== undefined) this.output.add(returned(answer));
    });
    queue.add(this.on.message(new Session(null, '', this), Buffer.concat(this.blocks)));
  }

  send() {
    throw new Error('a program for each message answers by returning');
  }

  close() {
    this.send();
  }
}

function makeServer(on) {
  const per = process.env.NETKIT_PER || 'listener';
  const answers = (process.env.NETKIT_ANSWERS || 'one') === 'one';
  if (per === 'message') return new Whole(on);
  const [incoming, outgoing = incoming] = (process.env.NETKIT_FRAMING || 'line').split('/');
  const framings = [new Framing(incoming), new Framing(outgoing)];
  if (incoming.startsWith('json-header')) return new Rich(...framings, on);
  return new Plain(...framings, per === 'connection', answers, on);
}

/** Answers messages until there are no more: message(session, body) gets a Buffer and returns a Buffer or a string, or
    nothing, or a promise of that. open(session) and close(session) hear of conversations where the program is told of
    them: with the framing json-header, and with a program for each connection. */
function serve(on) {
  const server = makeServer(on);
  let rest = NOTHING;
  process.stdin.on('data', (block) => {
    try {
      const data = rest.length > 0 ? Buffer.concat([rest, block]) : block;
      rest = data.subarray(server.take(data));
    } catch (error) {
      fail(error);
    }
  });
  process.stdin.on('end', () => server.end());
}

module.exports = { serve };
