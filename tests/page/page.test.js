// The live page in headless Chromium: what it shows, who can use it, and that nothing of a peer becomes part of it.

"use strict";

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const tls = require("node:tls");
const { after, before, test } = require("node:test");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { PICTURES, TOKEN, Server, keepTalking, launch, until } = require("./harness.js");

const HOSTILE = `<img src=x onerror="document.title='taken'">`;
const LISTENERS = [
  { name: "lines", framing: "line", handler: "echo" },
  { name: "upper", framing: "length", handler: "uppercase" },
  { name: "greeting", transport: "udp", handler: "hello" },
];

let server, browser, stop;

before(async () => {
  fs.mkdirSync(PICTURES, { recursive: true });
  browser = await launch();
  server = await Server.start(LISTENERS);
  stop = await keepTalking(server, "lines", 6, 20);
  const client = await server.connect("upper");
  client.write(Buffer.from("ffffffff" + Buffer.from(HOSTILE).toString("hex"), "hex"));
  await until(() => client.over, "the malformed message ended its connection");
});

after(async () => {
  stop?.();
  await browser?.close();
  await server?.stop();
});

/** Opens the page and waits for its second answer, which makes rates. Whatever the browser complains of is an error. */
async function open(options = {}, url = server.page, route) {
  const { width = 1400, ...rest } = options;
  const context = await browser.newContext({ viewport: { width, height: 900 }, ...rest });
  const page = await context.newPage();
  page.complaints = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.complaints.push(message.text()));
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  if (route) await route(page);
  await page.goto(url);
  await page.waitForFunction(() => document.querySelectorAll("#charts path[d*=M]").length > 0);
  return page;
}

const textOf = (page, selector) => page.textContent(selector);
const closed = async (page) => {
  assert.deepStrictEqual(page.complaints, []);
  await page.context().close();
};

for (const colorScheme of ["light", "dark"]) {
  for (const width of [320, 768, 1400]) {
    test(`${colorScheme} at ${width} px: accessible, nothing runs over the edge`, async () => {
      const page = await open({ colorScheme, width, bypassCSP: true });
      for (const summary of await page.locator("summary:visible").all()) await summary.click();
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run());
      assert.deepStrictEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
      for (const summary of await page.locator("summary:visible").all()) await summary.click();
      const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(wide <= seen, `${wide} px of content in ${seen}`);
      await page.screenshot({ path: path.join(PICTURES, `${colorScheme}-${width}.png`), fullPage: true });
      await closed(page);
    });
  }
}

test("it shows what the server does", async () => {
  const page = await open();
  assert.strictEqual(await textOf(page, "#state"), "serving");
  assert.match(await textOf(page, "#listener-table"), /lines.*tcp 127\.0\.0\.1:\d+.*line → echo.*serving/);
  assert.match(await textOf(page, "#close-table"), /malformed1upper tcp 1/);
  assert.match(await textOf(page, "#error-table"), /upper tcp.*offset 0: ff ff ff ff 3c 69 6d 67/);
  assert.strictEqual(await textOf(page, "#error-table mark"), "ff");
  assert.strictEqual(await page.locator("#session-table tbody tr").count(), 6);
  await page.waitForFunction(() => parseFloat(document.querySelector("#charts .line-0 strong").textContent) > 0);
  const p99 = "#charts figure:last-child .line-1";
  await page.waitForFunction((where) => /\d (µs|ms)/.test(document.querySelector(where).textContent), p99);
  assert.match(await textOf(page, "#listener-table thead"), /handler p99/);
  await closed(page);
});

test("charts have their numbers in a table", async () => {
  const page = await open();
  await page.locator("summary").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("#charts details[open] tbody tr").length >= 2);
  await closed(page);
});

test("without times of handlers there is no chart of them", async () => {
  const plain = await open({}, server.page, (it) => it.route("**/metrics", (route) => route.fulfill({ body: "" })));
  assert.ok(await plain.locator("#charts figure").last().isHidden());
  await closed(plain);
});

test("a pause stops the questions, and ends with one", async () => {
  const page = await open();
  await page.locator("#pause").focus();
  await page.keyboard.press("Space");
  assert.strictEqual(await page.getAttribute("#pause", "aria-pressed"), "true");
  // What was on its way when it was paused may still come; time stands still for the page from then on.
  await page.waitForLoadState("networkidle");
  let asked = 0;
  page.on("request", () => ++asked);
  await page.clock.install();
  await page.clock.runFor(60000);
  assert.strictEqual(asked, 0);
  await page.keyboard.press("Space");
  await until(() => asked > 0, "a question");
  await closed(page);
});

test("a conversation is killed with the token, by the keyboard alone", async () => {
  const victim = await server.connect("lines");
  victim.write("hello\n");
  const mine = `127.0.0.1:${victim.localPort}`;
  const page = await open();
  await page.fill("#only-peer", mine);
  const row = page.locator("#session-table tbody tr");
  await until(async () => (await row.count()) === 1 && (await row.textContent()).includes(mine), "the row of the conversation");
  await row.locator("button").focus();
  await page.keyboard.press("Enter");
  assert.match(await textOf(page, "#kill-who"), new RegExp(`${mine} on lines tcp`));
  await page.locator("#kill button[type=submit]").focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector("#kill-token", { state: "visible" });
  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await until(async () => (await textOf(page, "#kill-failure")) === "this is not the token", "the refusal");
  assert.ok(!victim.over);
  await page.keyboard.type(TOKEN);
  await page.keyboard.press("Enter");
  await until(() => victim.over, "the end of the conversation");
  await until(async () => /^killed \d+$/.test(await textOf(page, "#news")), "what the server says");
  await until(async () => (await row.count()) === 0, "the end of the row");
  assert.deepStrictEqual(page.complaints.filter((text) => !text.includes("401")), []);
  await page.context().close();
});

test("escape leaves the conversation alone", async () => {
  const page = await open();
  await page.locator(".kill").first().click();
  await page.keyboard.press("Escape");
  assert.ok(await page.locator("#kill").isHidden());
  await closed(page);
});

test("focus stays in a row that moves", async () => {
  const page = await open();
  const button = page.locator(".kill").last();
  await button.focus();
  const label = await button.getAttribute("aria-label");
  await page.evaluate(() => {
    document.querySelector("#order").value = "new";
    document.querySelector("#order").dispatchEvent(new Event("input"));
  });
  assert.strictEqual(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), label);
  await closed(page);
});

/** Every text of an answer becomes markup. */
function poisoned(value) {
  if (typeof value === "string") return HOSTILE + value;
  if (Array.isArray(value)) return value.map(poisoned);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, poisoned(one)]));
}

test("names that are markup stay text, wherever they stand", async () => {
  const poison = async (route) => {
    const answer = await route.fetch();
    const json = poisoned(await answer.json());
    for (const one of Array.isArray(json) ? json : []) {
      if (one.closed) one.closed = { [HOSTILE]: 3 };
      if ("peer" in one) one.certificate = HOSTILE;
    }
    await route.fulfill({ response: answer, json });
  };
  // Without the policy, which would keep a script from running but not an element from being there.
  const page = await open({ bypassCSP: true }, server.page, (it) => it.route(/\/(status|listeners|sessions|errors)/, poison));
  for (const place of ["#version", "#listener-table", "#close-table", "#error-table", "#session-table"])
    assert.ok((await textOf(page, place)).includes(HOSTILE), place);
  await page.locator(".kill").first().click();
  assert.ok((await textOf(page, "#kill-who")).includes(HOSTILE));
  assert.strictEqual(await page.locator("img").count(), 0);
  assert.match(await page.title(), /^netkit/);
  await closed(page);
});

test("the policy lets no markup become a script", async () => {
  const page = await open();
  const refused = await page.evaluate(() => {
    try {
      document.body.innerHTML = "<b>x</b>";
    } catch (error) {
      return error instanceof TypeError;
    }
    return false;
  });
  assert.ok(refused);
  await page.context().close();
});

test("the name in a client's certificate is text", async () => {
  const folder = fs.mkdtempSync(path.join(PICTURES, "certificate-"));
  const openssl = (...words) => execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
    "-days", "2", "-subj", `/CN=${HOSTILE.replaceAll("/", "\\/")}`);
  const [key, cert] = ["key.pem", "cert.pem"].map((name) => path.join(folder, name));
  const guarded = await Server.start([
    { name: "guarded", transport: "tls", framing: "line", handler: "echo", tls: { certificate: cert, key, client_ca: cert } }]);
  const client = tls.connect({ port: guarded.port("guarded"), host: "127.0.0.1", rejectUnauthorized: false, key: fs.readFileSync(key), cert: fs.readFileSync(cert) });
  client.on("error", () => {});
  await new Promise((done) => client.once("secureConnect", done));
  client.write("hello\n");
  const page = await open({}, guarded.page);
  await until(async () => (await textOf(page, "#session-table")).includes(HOSTILE), "the name");
  assert.strictEqual(await page.locator("img").count(), 0);
  await closed(page);
  client.destroy();
  await guarded.stop();
  fs.rmSync(folder, { recursive: true });
});

test("a server that is gone is told of, and one that comes back is shown", async () => {
  let gone = false;
  const page = await open({}, server.page, (it) => it.route("**/status", (route) => (gone ? route.abort() : route.continue())));
  gone = true;
  await until(async () => (await textOf(page, "#state")).startsWith("no answer for"), "that nothing is heard");
  gone = false;
  await until(async () => (await textOf(page, "#state")) === "serving", "that it is back");
  await page.context().close();
});
