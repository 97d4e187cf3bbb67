// A real server, clients that use it, and a browser that looks at its page.

"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const net = require("node:net");
const os = require("node:os");
const path = require("node:path");

const { chromium } = require("playwright-core");

const SOURCE = path.resolve(__dirname, "..", "..");
const BUILD = path.resolve(process.env.NETKIT_BUILD ?? path.join(SOURCE, "build"));
const PICTURES = path.join(BUILD, "page");
const PATIENCE = 60000;
const TOKEN = "token-of-the-test";

/** Polls until `condition()` is true and returns its value. */
async function until(condition, what) {
  for (const end = Date.now() + PATIENCE; ;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${PATIENCE} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** A netkit-server of those listeners on free ports, with an admin endpoint on TCP. */
class Server {
  static async start(listeners, admin = {}) {
    const server = new Server();
    server.folder = fs.mkdtempSync(path.join(os.tmpdir(), "netkit-page-"));
    fs.writeFileSync(path.join(server.folder, "token"), TOKEN + "\n");
    const config = {
      admin: { address: "127.0.0.1:0", token_file: "token", ...admin },
      listeners: listeners.map((one) => ({ address: "127.0.0.1:0", ...one })),
    };
    fs.writeFileSync(path.join(server.folder, "server.json"), JSON.stringify(config));
    server.process = spawn(path.join(BUILD, "bin", "netkit-server"), ["--config", path.join(server.folder, "server.json")]);
    server.ended = new Promise((done) => server.process.once("exit", done));
    await server.ready();
    return server;
  }

  async ready() {
    let said = "";
    this.process.stderr.on("data", (text) => (said += text));
    this.process.stdout.on("data", (text) => (said += text));
    this.process.once("exit", () => (this.gone = true));
    await until(() => this.gone || /^ready$/m.test(said), "the server is ready");
    if (this.gone) throw new Error(`the server did not start:\n${said}`);
    this.addresses = Object.fromEntries([...said.matchAll(/^listening (\S+) \S+ (\S+) /gm)].map(([, name, address]) => [name, address]));
    this.page = `http://${this.addresses["(admin)"]}/`;
  }

  port(name) {
    return Number(this.addresses[name].split(":").pop());
  }

  /** A client of a listener, whose connection stays. */
  async connect(name) {
    const client = net.connect(this.port(name), "127.0.0.1");
    client.on("error", () => {});
    client.on("close", () => (client.over = true));
    client.resume();  // one that does not read would not hear of a reset
    await new Promise((done, failed) => client.once("connect", done).once("error", failed));
    return client;
  }

  async look(view) {
    return (await fetch(this.page + view)).json();
  }

  async stop() {
    this.process.kill("SIGTERM");
    const status = await this.ended;
    fs.rmSync(this.folder, { recursive: true });
    if (status !== 0) throw new Error(`the server ended with ${status}`);
  }
}

/** Sends lines over and over, each when the one before has been answered, until the returned function is called. */
async function keepTalking(server, name, count, pause = 0) {
  let over = false;
  const clients = await Promise.all(Array.from({ length: count }, () => server.connect(name)));
  for (const client of clients) {
    const say = () => over || client.write("how much is the fish?\n");
    client.on("data", () => (pause ? setTimeout(say, pause * Math.random()) : say()));
    say();
  }
  return () => {
    over = true;
    for (const client of clients) client.destroy();
  };
}

const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

module.exports = { BUILD, PICTURES, TOKEN, Server, keepTalking, launch, until };
