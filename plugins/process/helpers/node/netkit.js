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

/** What has come of a message that is not whole yet: joined when it is, and not with each piece. */
class Pieces {
  constructor() {
    this.pieces = [];
    this.size = 0;
    this.needed = 0; // bytes for it to be whole, as far as is known
  }

  add(piece) {
    if (piece.length === 0) return;
    this.pieces.push(piece);
    this.size += piece.length;
  }

  take() {
    const joined = this.pieces.length === 1 ? this.pieces[0] : Buffer.concat(this.pieces);
    this.pieces = [];
    this.size = this.needed = 0;
    return joined;
  }
}

/** One direction's framing, as NETKIT_FRAMING names it: `length,bytes=2`. */
class Framing {
  constructor(text) {
    const [name, ...rest] = text.split(',');
    const options = Object.fromEntries(rest.map((option) => option.split('=')));
    delete options.max;
    delete options.max_header;
    this.pieces = new Pieces();
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

  /** Calls `take` for each message that ends in this block of input. */
  split(block, take) {
    if (this.name === 'line') this.splitLines(block, take);
    else this.splitLengths(block, take);
  }

  splitLines(block, take) {
    let begin = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, begin)) {
      const line = block.subarray(begin, end);
      if (this.pieces.size === 0) {
        take(line);
      } else {
        this.pieces.add(line);
        take(this.pieces.take());
      }
      begin = end + 1;
    }
    this.pieces.add(block.subarray(begin));
  }

  splitLengths(block, take) {
    this.pieces.add(block);
    if (this.pieces.size < this.pieces.needed) return;
    const data = this.pieces.take();
    let begin = 0;
    while (begin + this.bytes <= data.length) {
      const body = begin + this.bytes;
      const end = body + this.size(data, begin);
      if (end > data.length) {
        this.pieces.needed = end - begin;
        break;
      }
      take(data.subarray(body, end));
      begin = end;
    }
    this.pieces.add(data.subarray(begin));
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

/** Answers in the order of their messages, though promises may be settled in another. `pass` gets each; `end` is called once
    the queue is closed, behind the answers to all that was asked before. */
class Queue {
  constructor(on, pass, end) {
    Object.assign(this, { on, pass, end, slots: [], asking: false, closing: false });
  }

  ask(session, body) {
    this.asking = true;
    const answer = this.on.message(session, body);
    this.asking = false;
    const pending = answer !== null && typeof answer === 'object' && typeof answer.then === 'function';
    if (pending) this.wait(answer);
    else if (this.slots.length === 0) this.pass(answer);
    else this.slots.push({ done: true, answer });
    if (this.closing) this.close();
  }

  wait(promise) {
    const slot = { done: false };
    this.slots.push(slot);
    promise.then((answer) => {
      Object.assign(slot, { done: true, answer });
      this.settle();
    }).catch(fail);
  }

  settle() {
    while (this.slots.length > 0 && this.slots[0].done) {
      const slot = this.slots.shift();
      if (slot.last) this.end();
      else this.pass(slot.answer);
    }
  }

  close() {
    this.closing = this.asking; // then the message at hand is answered first
    if (this.asking) return;
    this.slots.push({ done: true, last: true });
    this.settle();
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

  /** Ends the conversation behind the answers to what was asked so far. */
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
    this.queue = new Queue(on, (answer) => this.answer(answer), () => this.leave().catch(fail));
    this.closed = false;
    if (onePeer && on.open) on.open(this.session);
  }

  take(block) {
    this.incoming.split(block, (body) => {
      if (!this.closed) this.queue.ask(this.session, body);
    });
  }

  answer(answer) {
    const nothing = answer === null || answer === undefined;
    if (this.onePeer ? nothing : !this.answers) return;
    this.output.add(...this.outgoing.frame(nothing ? NOTHING : returned(answer)));
  }

  end() {
    if (!this.closed) this.queue.close();
  }

  async leave() {
    if (this.onePeer && this.on.close) await this.on.close(this.session);
    if (this.closed) process.exit(0);
  }

  send(session, body) {
    if (!this.onePeer) throw new Error('to send unasked the program needs the framing json-header, or per connection');
    this.output.add(...this.outgoing.frame(body));
  }

  close() {
    if (!this.onePeer) throw new Error('to close the program needs the framing json-header, or per connection');
    if (this.closed) return;
    this.closed = true;
    this.queue.close();
  }
}

/** Messages with headers that say of which session they are. */
class Rich {
  constructor(incoming, outgoing, on) {
    Object.assign(this, { incoming, outgoing, on, output: new Output(), sessions: new Map(), pieces: new Pieces() });
  }

  take(block) {
    this.pieces.add(block);
    if (this.pieces.size < this.pieces.needed) return;
    const data = this.pieces.take();
    let begin = 0;
    while (begin + this.incoming.bytes <= data.length) {
      const text = begin + this.incoming.bytes;
      const body = text + this.incoming.size(data, begin);
      const header = body <= data.length ? JSON.parse(data.toString('utf8', text, body)) : { size: 0 };
      const end = body + header.size;
      if (end > data.length) {
        this.pieces.needed = end - begin;
        break;
      }
      this.happen(header, data.subarray(body, end));
      begin = end;
    }
    this.pieces.add(data.subarray(begin));
  }

  happen({ event, session: id, peer, size, ...attributes }, body) {
    let session = this.sessions.get(id);
    if (session === undefined) {
      session = new Session(id, peer, this);
      session.queue = new Queue(this.on, (answer) => this.answer(session, answer),
        () => this.write(session, NOTHING, { done: true, close: true }));
      this.sessions.set(id, session);
    }
    if (event === 'message') {
      // A filename and a hash are null where there is none.
      session.attributes = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
      session.queue.ask(session, body);
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
    session.queue.close();
  }
}

/** One message: all of standard input. */
class Whole {
  constructor(on) {
    this.on = on;
    this.output = new Output();
    this.blocks = [];
  }

  take(block) {
    this.blocks.push(block);
  }

  end() {
    const queue = new Queue(this.on, (answer) => {
      if (answer !== null && answer !== undefined) this.output.add(returned(answer));
    });
    queue.ask(new Session(null, '', this), Buffer.concat(this.blocks));
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
  process.stdin.on('data', (block) => {
    try {
      server.take(block);
    } catch (error) {
      fail(error);
    }
  });
  process.stdin.on('end', () => server.end());
}

module.exports = { serve };
