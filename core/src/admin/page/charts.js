// Small charts of the last two minutes, each with its numbers in a table behind it.

const SAMPLES = 60;
const WIDTH = 300;
const HEIGHT = 72;
const ROWS = 15;

class Chart {
  /** `lines`: name of each line; `show`: a value as text. */
  constructor(parent, title, lines, show) {
    this.show = show;
    this.lines = lines.map((name) => ({ name, values: [] }));
    this.times = [];
    this.figure = element("figure", { class: "chart" });
    this.build(title);
    parent.append(this.figure);
  }

  build(title) {
    const caption = element("figcaption");
    caption.append(element("h3", {}, title));
    const now = element("p", { class: "now" });
    this.lines.forEach((line, i) => {
      const part = element("span", { class: `line-${i}` });
      part.append((line.now = element("strong", {}, "–")));
      if (line.name) part.append(" " + line.name);
      now.append(part);
    });
    caption.append(now);
    this.svg = svgElement("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
    this.lines.forEach((line, i) => {
      if (i === 0) this.svg.append((this.area = svgElement("path", { class: "area" })));
      this.svg.append((line.path = svgElement("path", { class: `path-${i}` })));
    });
    this.most = element("p", { class: "most", "aria-hidden": "true" });
    const plot = element("div", { class: "plot" });
    plot.append(this.most, this.svg);
    this.figure.append(caption, plot, this.numbers(title));
  }

  numbers(title) {
    const details = element("details");
    const scroll = element("table");
    const head = element("tr");
    for (const name of ["ago", ...this.lines.map((line) => line.name || title)]) head.append(element("th", { scope: "col" }, name));
    const heading = element("thead");
    heading.append(head);
    this.body = element("tbody");
    scroll.append(element("caption", { class: "hidden" }, title), heading, this.body);
    const summary = element("summary", {}, "Numbers");
    summary.append(element("span", { class: "hidden" }, " of " + title));
    details.append(summary, scroll);
    details.addEventListener("toggle", () => this.tabulate());
    return (this.details = details);
  }

  /** One value a line; null where there is none. */
  add(time, values) {
    this.times.push(time);
    if (this.times.length > SAMPLES) this.times.shift();
    this.lines.forEach((line, i) => {
      line.values.push(values[i]);
      if (line.values.length > SAMPLES) line.values.shift();
      setText(line.now, values[i] === null ? "–" : this.show(values[i]));
    });
    this.draw();
    this.tabulate();
  }

  draw() {
    const most = Math.max(0, ...this.lines.flatMap((line) => line.values.map((value) => value ?? 0)));
    setText(this.most, most > 0 ? this.show(most) : "");
    for (const line of this.lines) line.path.setAttribute("d", this.path(line.values, most));
    const first = this.lines[0];
    const begin = WIDTH - ((first.values.length - 1) * WIDTH) / (SAMPLES - 1);
    const closed = first.values.length > 1 && !first.values.includes(null);
    this.area.setAttribute("d", closed ? `${this.path(first.values, most)}L${WIDTH},${HEIGHT}L${begin},${HEIGHT}Z` : "");
  }

  path(values, most) {
    const step = WIDTH / (SAMPLES - 1);
    let text = "";
    let pen = "M";
    values.forEach((value, i) => {
      if (value === null) return void (pen = "M");
      const x = WIDTH - (values.length - 1 - i) * step;
      const y = HEIGHT - 1 - (most > 0 ? value / most : 0) * (HEIGHT - 4);
      text += `${pen}${x.toFixed(1)},${y.toFixed(1)}`;
      pen = "L";
    });
    return text;
  }

  /** Fills the table, newest first, while somebody looks at it. */
  tabulate() {
    if (!this.details.open) return;
    const last = this.times.length - 1;
    const rows = [];
    for (let i = last; i >= 0 && rows.length < ROWS; --i) {
      const row = element("tr");
      row.append(element("th", { scope: "row" }, Math.round(this.times[last] - this.times[i]) + " s"));
      for (const { values } of this.lines) row.append(element("td", {}, values[i] === null ? "–" : this.show(values[i])));
      rows.push(row);
    }
    this.body.replaceChildren(...rows);
  }

  set hidden(hidden) {
    this.figure.hidden = hidden;
  }
}
