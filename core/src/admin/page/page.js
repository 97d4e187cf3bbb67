// Asks the server every two seconds and shows what it says, until somebody pauses that or looks elsewhere.

const PERIOD = 2000;
const SHOWN_SESSIONS = 100;

const ORDERS = {
  age: (a, b) => a.id - b.id,
  new: (a, b) => b.id - a.id,
  idle: (a, b) => b.idle - a.idle || a.id - b.id,
  traffic: (a, b) => b.received_bytes + b.sent_bytes - a.received_bytes - a.sent_bytes || a.id - b.id,
};

class Page {
  constructor() {
    this.before = null;
    this.heardAt = null;
    this.paused = this.asking = this.again = false;
    this.timer = 0;
    this.tables = { listeners: listenerTable(), closes: closeTable(), errors: errorTable() };
    const dialog = new KillDialog((text) => this.tell(text));
    this.tables.sessions = sessionTable((session) => dialog.open(session));
    this.makeCharts();
    byId("pause").addEventListener("click", () => this.pause(!this.paused));
    for (const id of ["only-peer", "order"]) byId(id).addEventListener("input", () => this.showSessions());
    byId("only-listener").addEventListener("input", () => this.now());
    document.addEventListener("visibilitychange", () => document.hidden || this.now());
  }

  makeCharts() {
    const parent = byId("charts");
    this.charts = {
      messages: new Chart(parent, "Messages a second", ["in", "out"], shortNumber),
      bytes: new Chart(parent, "Bytes a second", ["in", "out"], shortBytes),
      connections: new Chart(parent, "Open conversations", [""], shortNumber),
      latency: new Chart(parent, "Handler time", ["p50", "p99"], shortLatency),
    };
    this.charts.latency.hidden = true;
  }

  tell(text) {
    setText(byId("news"), text);
    this.now();
  }

  pause(paused) {
    this.paused = paused;
    byId("pause").setAttribute("aria-pressed", String(paused));
    setText(byId("pause"), paused ? "Go on" : "Pause updates");
    document.body.classList.toggle("paused", paused);
    if (!paused) this.now();
  }

  /** Asks at once, or again as soon as the answer that is awaited has come. */
  now() {
    if (this.asking) return void (this.again = true);
    clearTimeout(this.timer);
    this.turn(true);
  }

  async turn(wanted) {
    this.asking = true;
    if (wanted || !(this.paused || document.hidden)) await this.look();
    this.asking = false;
    const again = this.again;
    this.again = false;
    if (again) return this.turn(true);
    this.timer = setTimeout(() => this.turn(false), PERIOD);
  }

  async look() {
    try {
      const observation = await observe(byId("only-listener").value);
      this.heardAt = observation.time;
      this.show(observation);
    } catch (error) {
      this.showSilence(error);
    }
  }

  showSilence(error) {
    const since = this.heardAt === null ? "" : ` for ${shortTime(performance.now() / 1000 - this.heardAt)}`;
    this.showState("no answer" + since, "silent");
    byId("state").title = error.message;
    this.before = null;
  }

  showState(text, state) {
    setText(byId("state"), text);
    byId("state").dataset.state = state;
    document.title = `netkit: ${text}`;
  }

  show(now) {
    const before = this.before?.status.pid === now.status.pid ? this.before : null;
    this.before = now;
    this.showStatus(now.status);
    this.showProcess(before, now);
    this.showListeners(before, now);
    if (before) this.showRates(before, now);
    const closes = closesOf(now.listeners);
    const most = closes[0]?.count ?? 0;
    this.tables.closes.update(closes.map((one) => ({ ...one, share: one.count / most })), (one) => one.reason);
    byId("no-closes").hidden = closes.length > 0;
    this.tables.errors.update(now.errors, keyOf);
    byId("no-errors").hidden = now.errors.length > 0;
    this.showSessions();
  }

  showStatus(status) {
    this.showState(status.ready ? "serving" : "draining", status.ready ? "serving" : "draining");
    setText(byId("version"), status.version);
    setText(byId("pid"), String(status.pid));
    setText(byId("uptime"), shortTime(status.uptime));
    setText(byId("reloads"), `${status.reloads}` + (status.failed_reloads ? ` (${status.failed_reloads} failed)` : ""));
  }

  showProcess(before, now) {
    const value = (metrics, name) => metrics.find((line) => line.name === name)?.value ?? 0;
    const cpu = before && (value(now.metrics, "process_cpu_seconds_total") - value(before.metrics, "process_cpu_seconds_total")) / (now.time - before.time);
    setText(byId("process"), [
      `${location.host}`,
      `${now.status.event_loops} event loop${now.status.event_loops === 1 ? "" : "s"}`,
      cpu === null ? "" : `${(100 * Math.max(0, cpu)).toFixed(0)} % of a processor`,
      `${shortBytes(value(now.metrics, "process_resident_memory_bytes"))} resident`,
      `${value(now.metrics, "process_open_fds")} of ${shortNumber(value(now.metrics, "process_max_fds"))} descriptors`,
    ].filter(Boolean).join(" · "));
  }

  showListeners(before, now) {
    const rates = before ? ratesOf(before, now) : new Map();
    const latencyOf = (name) => before && quantile(callTimes(before.metrics, name), callTimes(now.metrics, name), 0.99);
    const rows = now.listeners.map((one) => ({ ...one, rate: rates.get(keyOf(one)), latency: latencyOf(one.listener) }));
    this.tables.listeners.update(rows, keyOf);
    this.tables.listeners.showColumn("handler p99", callTimes(now.metrics) !== null);
    this.offerListeners([...new Set(now.listeners.map((one) => one.listener))]);
  }

  /** The choice of a listener; one that is chosen stays although a reload has removed it. */
  offerListeners(names) {
    const select = byId("only-listener");
    const chosen = select.value;
    const wanted = ["", ...names];
    if (!wanted.includes(chosen)) wanted.push(chosen);
    if (wanted.join("\n") === [...select.options].map((option) => option.value).join("\n")) return;
    select.replaceChildren(...wanted.map((name) => element("option", { value: name }, name || "all")));
    select.value = chosen;
  }

  showRates(before, now) {
    const rates = ratesOf(before, now);
    const total = (name) => totalOf(rates, name);
    this.charts.messages.add(now.time, [total("received_messages"), total("sent_messages")]);
    this.charts.bytes.add(now.time, [total("received_bytes"), total("sent_bytes")]);
    this.charts.connections.add(now.time, [now.status.connections]);
    const [past, calls] = [callTimes(before.metrics), callTimes(now.metrics)];
    this.charts.latency.hidden = calls === null;
    if (calls) this.charts.latency.add(now.time, [0.5, 0.99].map((share) => quantile(past, calls, share)));
  }

  showSessions() {
    if (!this.before) return;
    const all = this.before.sessions;
    const wanted = byId("only-peer").value.toLowerCase();
    const found = all.filter((one) => `${one.peer} ${one.certificate ?? ""}`.toLowerCase().includes(wanted)).sort(ORDERS[byId("order").value]);
    const shown = found.slice(0, SHOWN_SESSIONS);
    this.tables.sessions.update(shown, (one) => one.id);
    this.tables.sessions.showColumn("certificate", shown.some((one) => one.certificate));
    const cut = all.length >= MOST_SESSIONS ? ` (of the first ${MOST_SESSIONS})` : "";
    setText(byId("session-count"), found.length > shown.length || cut ? `${shown.length} of ${found.length}${cut}` : `${found.length}`);
    byId("no-sessions").hidden = shown.length > 0;
  }
}

new Page().now();
