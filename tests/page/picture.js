// Makes docs/live-page.png: the live page of a real server under a real load, as a browser shows it.
// usage: node tests/page/picture.js [FILE]; NETKIT_BUILD, CHROMIUM and node_modules as for the tests beside it.
// Takes two minutes and a half, so that the charts, which go back two minutes, are full.

"use strict";

const { spawn } = require("node:child_process");
const path = require("node:path");

const { BUILD, Server, keepTalking, launch, until } = require("./harness.js");

const FILE = process.argv[2] ?? path.join(__dirname, "..", "..", "docs", "live-page.png");
const SECONDS = 130;
const LARGEST = 150000;  // bytes
const VIEW = { width: 1240, height: 900 };

const LISTENERS = [
  { name: "orders", framing: "length", handler: "uppercase" },
  { name: "lines", framing: "line", handler: "echo" },
  { name: "greeting", transport: "udp", handler: "hello" },
  { name: "commands", framing: "line", handler: { type: "exec", commands: { date: ["date", "-u"] } } },
];
// What netkit-bench sends, at a rate that goes up and down between the two numbers.
const LOADS = [
  { of: "orders", rates: [4000, 12000], words: ["--framing", "length", "--expect", "uppercase", "-c", "24", "-n", "4"] },
  { of: "lines", rates: [1500, 3000], words: ["--framing", "line", "-c", "8"] },
  { of: "greeting", rates: [500, 2500], words: ["--udp", "--expect", "any", "-c", "4"] },
  { of: "commands", rates: [20, 60], words: ["--framing", "line", "--message", "date", "--expect", "any", "-c", "2"] },
];

/** Runs netkit-bench over and over, some seconds each, until `over()`. */
async function load(server, { of, rates: [low, high], words }, over) {
  for (let turn = 0; !over(); ++turn) {
    const rate = Math.round(low + (high - low) * (0.5 + 0.5 * Math.sin(turn * 0.9 + low)));
    const bench = spawn(path.join(BUILD, "bin", "netkit-bench"),
      [`127.0.0.1:${server.port(of)}`, ...words, "--rate", rate, "-d", "6s"], { stdio: "ignore" });
    await new Promise((done) => bench.once("exit", done));
  }
}

/** Some peers that do not speak what their listener expects. */
async function stumble(server) {
  for (let count = 0; count < 3; ++count) {
    const client = await server.connect("orders");
    client.write(Buffer.from("474554202f20485454502f312e310d0a", "hex").subarray(count));
    await until(() => client.over, "the end of a malformed conversation");
  }
}

async function main() {
  const server = await Server.start(LISTENERS);
  const browser = await launch();
  const end = Date.now() + SECONDS * 1000;
  const loads = LOADS.map((one) => load(server, one, () => Date.now() > end - 4000));
  const stop = await keepTalking(server, "lines", 3, 400);
  await stumble(server);
  const page = await browser.newPage({ viewport: VIEW, colorScheme: "light" });
  await page.goto(server.page);
  await page.waitForTimeout(end - Date.now() - 9000);  // the load goes on while the picture is taken
  await page.screenshot({ path: FILE });
  await browser.close();
  await Promise.all(loads);
  stop();
  await server.stop();
  const { size } = require("node:fs").statSync(FILE);
  if (size > LARGEST) throw new Error(`${FILE} has ${size} bytes, more than ${LARGEST}`);
  console.log(`${FILE}: ${size} bytes`);
}

main();
