// Tables whose rows stay the same elements from one answer to the next, so that focus and selection stay too. The roles
// are written out: on a narrow screen each row is shown as a card, and browsers then forget that it is a table.

class Table {
  /** `columns`: title, class, and `fill(cell, row)` or `text(row)`. */
  constructor(table, caption, columns) {
    this.columns = columns;
    this.rows = new Map();
    const head = element("tr", { role: "row" });
    for (const { title, kind } of columns) head.append(element("th", { scope: "col", role: "columnheader", class: kind ?? "" }, title));
    const heading = element("thead", { role: "rowgroup" });
    heading.append(head);
    this.head = head;
    this.body = element("tbody", { role: "rowgroup" });
    table.append(element("caption", { class: "hidden" }, caption), heading, this.body);
    this.table = table;
  }

  /** Shows `rows`, in their order; `key` names a row. */
  update(rows, key) {
    const focused = document.activeElement;
    const left = new Set(this.rows.keys());
    let place = this.body.firstElementChild;
    for (const row of rows) {
      const name = key(row);
      left.delete(name);
      const shown = this.rows.get(name) ?? this.add(name);
      this.fill(shown, row);
      if (shown === place) place = place.nextElementSibling;
      else this.body.insertBefore(shown, place);
    }
    for (const name of left) this.remove(name);
    if (focused !== document.activeElement && this.body.contains(focused)) focused.focus();
    this.table.hidden = rows.length === 0;
  }

  add(name) {
    const row = element("tr", { role: "row" });
    this.columns.forEach(({ title, kind }, i) =>
      row.append(i === 0 ? element("th", { scope: "row", role: "rowheader", class: kind ?? "", "data-title": title })
                         : element("td", { role: "cell", class: kind ?? "", "data-title": title })));
    this.rows.set(name, row);
    return row;
  }

  remove(name) {
    this.rows.get(name).remove();
    this.rows.delete(name);
  }

  fill(shown, row) {
    this.columns.forEach((column, i) => {
      if (column.fill) column.fill(shown.children[i], row);
      else setText(shown.children[i], column.text(row));
    });
  }

  showColumn(title, visible) {
    const at = this.columns.findIndex((column) => column.title === title);
    for (const row of [this.head, ...this.body.children]) row.children[at].hidden = !visible;
  }
}

const numberColumn = (title, text) => ({ title, kind: "number", text });

function listenerTable() {
  return new Table(byId("listener-table"), "Listeners, with rates a second", [
    { title: "listener", kind: "name", text: (one) => one.listener },
    { title: "address", kind: "code", text: (one) => `${one.transport} ${one.address}` },
    { title: "framing → handler", text: (one) => `${one.framing} → ${one.handler}` },
    { title: "state", fill: fillState },
    numberColumn("open", (one) => `${shortNumber(one.connections)} / ${shortNumber(one.connections_limit)}`),
    numberColumn("new/s", (one) => shortNumber(one.rate?.accepted ?? 0)),
    numberColumn("in/s", (one) => shortNumber(one.rate?.received_messages ?? 0)),
    numberColumn("out/s", (one) => shortNumber(one.rate?.sent_messages ?? 0)),
    numberColumn("bytes in/s", (one) => shortBytes(one.rate?.received_bytes ?? 0)),
    numberColumn("bytes out/s", (one) => shortBytes(one.rate?.sent_bytes ?? 0)),
    numberColumn("handler p99", (one) => (one.latency == null ? "–" : shortLatency(one.latency))),
    numberColumn("limits hit", (one) => shortNumber(one.limits_reached)),
  ]);
}

function fillState(cell, one) {
  if (!cell.firstChild) cell.append(element("span", { class: "state" }));
  const state = one.paused ? "paused" : "serving";
  setText(cell.firstChild, state);
  cell.firstChild.dataset.state = state;
}

/** Ends and drops of all listeners: reason, how often, where. */
function closesOf(listeners) {
  const reasons = new Map();
  for (const one of listeners) {
    for (const [kind, counts] of [["", one.closed], ["dropped: ", one.dropped]]) {
      for (const [reason, count] of Object.entries(counts ?? {})) {
        const entry = reasons.get(kind + reason) ?? { reason: kind + reason, count: 0, where: [] };
        entry.count += count;
        entry.where.push(`${one.listener} ${one.transport} ${shortNumber(count)}`);
        reasons.set(entry.reason, entry);
      }
    }
  }
  return [...reasons.values()].sort((a, b) => b.count - a.count);
}

function closeTable() {
  return new Table(byId("close-table"), "Ends of conversations and dropped datagrams since the start, by reason", [
    { title: "reason", kind: "name", text: (one) => one.reason },
    { title: "count", kind: "number bar-cell", fill: fillBar },
    { title: "listeners", text: (one) => one.where.join(", ") },
  ]);
}

function fillBar(cell, one) {
  if (!cell.firstChild) {
    const svg = svgElement("svg", { viewBox: "0 0 100 1", preserveAspectRatio: "none", "aria-hidden": "true", class: "bar-chart" });
    svg.append(svgElement("rect", { height: 1, x: 0 }));
    cell.append(element("span"), svg);
  }
  setText(cell.firstChild, shortNumber(one.count));
  cell.lastChild.firstChild.setAttribute("width", Math.max(1, 100 * one.share));
}

function errorTable() {
  return new Table(byId("error-table"), "The last malformed bytes of each listener", [
    { title: "listener", kind: "name", text: (one) => `${one.listener} ${one.transport}` },
    { title: "reason", text: (one) => one.reason },
    { title: "peer", kind: "code", text: (one) => one.peer },
    { title: "time", kind: "code", text: (one) => one.time },
    { title: "bytes", kind: "code bytes", fill: fillBytes },
  ]);
}

/** The bytes in hex and as text, the first one marked: it is the one that could not be. */
function fillBytes(cell, one) {
  const text = `offset ${one.offset}: ${one.bytes}`;
  if (cell.dataset.shown === text) return;
  cell.dataset.shown = text;
  const pairs = one.bytes.match(/../g) ?? [];
  const mark = element("mark", {}, pairs[0] ?? "");
  cell.replaceChildren(`offset ${one.offset}: `, mark, " " + pairs.slice(1).join(" "), element("br"), asciiOf(one.bytes));
}

function sessionTable(onKill) {
  const byteColumn = (title, key) => numberColumn(title, (one) => shortBytes(one[key]));
  return new Table(byId("session-table"), "Conversations", [
    { title: "id", kind: "code", text: (one) => String(one.id) },
    { title: "listener", kind: "name", text: (one) => `${one.listener} ${one.transport}` },
    { title: "peer", kind: "code", text: (one) => one.peer },
    { title: "certificate", text: (one) => one.certificate ?? "" },
    numberColumn("age", (one) => shortTime(one.age)),
    numberColumn("silent", (one) => shortTime(one.idle)),
    numberColumn("in", (one) => shortNumber(one.received_messages)),
    numberColumn("out", (one) => shortNumber(one.sent_messages)),
    byteColumn("bytes in", "received_bytes"),
    byteColumn("bytes out", "sent_bytes"),
    { title: "kill", kind: "act", fill: (cell, one) => fillKill(cell, one, onKill) },
  ]);
}

function fillKill(cell, one, onKill) {
  if (!cell.firstChild) {
    const button = element("button", { type: "button", class: "kill", "aria-label": `Kill conversation ${one.id}` }, "Kill");
    button.addEventListener("click", () => onKill(button.session));
    cell.append(button);
  }
  cell.firstChild.session = one;
}
