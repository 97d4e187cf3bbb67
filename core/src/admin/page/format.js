// Numbers as people read them, and elements. All text of peers goes through textContent.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes; `text` becomes its text and nothing else. */
function element(name, attributes = {}, text) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function svgElement(name, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const byId = (id) => document.getElementById(id);

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** `90`, `12.3k`, `4.5M`. */
function shortNumber(number) {
  const units = ["", "k", "M", "G", "T", "P"];
  let unit = 0;
  while (number >= 999.5 && unit + 1 < units.length) {
    number /= 1000;
    ++unit;
  }
  const digits = number >= 100 || Number.isInteger(number) ? 0 : number >= 0.1 ? 1 : 2;
  return number.toFixed(digits) + units[unit];
}

/** Bytes in units of 1,000, as the network counts them. */
const shortBytes = (bytes) => (bytes < 999.5 ? Math.round(bytes) + " B" : shortNumber(bytes).replace(/([kMGTP])$/, " $1B"));

/** `0.5 s`, `42 s`, `3 m 10 s`, `2 h 05 m`, `4 d 03 h`. */
function shortTime(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const whole = Math.floor(seconds);
  if (seconds < 10) return seconds.toFixed(1) + " s";
  if (whole < 60) return whole + " s";
  if (whole < 3600) return Math.floor(whole / 60) + " m " + two(whole % 60) + " s";
  if (whole < 86400) return Math.floor(whole / 3600) + " h " + two(Math.floor(whole / 60) % 60) + " m";
  return Math.floor(whole / 86400) + " d " + two(Math.floor(whole / 3600) % 24) + " h";
}

/** Of a short duration: `12 µs`, `3.4 ms`, `1.2 s`. */
function shortLatency(seconds) {
  if (seconds < 1e-3) return (seconds * 1e6).toFixed(0) + " µs";
  const [value, unit] = seconds < 1 ? [seconds * 1e3, "ms"] : [seconds, "s"];
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}

/** The printable ASCII of bytes in hex, a dot for the rest. */
const asciiOf = (hex) =>
  (hex.match(/../g) ?? []).map((pair) => parseInt(pair, 16)).map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·")).join("");
