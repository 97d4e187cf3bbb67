// What the server says, and what follows from two answers: rates, and how long calls of handlers took.

const COUNTERS = ["accepted", "received_messages", "sent_messages", "received_bytes", "sent_bytes"];
const MOST_SESSIONS = 1000;
const ANSWER_TIME = 10000;

async function ask(path, options = {}) {
  return fetch(path, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(ANSWER_TIME), ...options });
}

async function read(path) {
  const answer = await ask(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
}

/** All that the page shows, of about one moment. */
async function observe(listener) {
  const json = async (path) => (await read(path)).json();
  const sessions = `/sessions?limit=${MOST_SESSIONS}` + (listener ? `&listener=${encodeURIComponent(listener)}` : "");
  const [status, listeners, errors, found, metrics] = await Promise.all([
    json("/status"), json("/listeners"), json("/errors"), json(sessions), read("/metrics").then((answer) => answer.text())]);
  return { time: performance.now() / 1000, status, listeners, errors, sessions: found, metrics: readMetrics(metrics) };
}

/** The lines of the text format of Prometheus that the page needs: name, labels, value. */
function readMetrics(text) {
  const lines = [];
  for (const line of text.split("\n")) {
    const match = /^(netkit_handler_duration_seconds_bucket|process_[a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, key, value] of (match[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[key] = value;
    lines.push({ name: match[1], labels, value: Number(match[3]) });
  }
  return lines;
}

const keyOf = (listener) => `${listener.listener} ${listener.transport}`;

/** The counters of each listener a second; 0 for one that is new or has begun anew. */
function ratesOf(before, after) {
  const seconds = after.time - before.time;
  const earlier = new Map(before.listeners.map((one) => [keyOf(one), one]));
  const rates = new Map();
  for (const one of after.listeners) {
    const past = earlier.get(keyOf(one)) ?? one;
    rates.set(keyOf(one), Object.fromEntries(COUNTERS.map((name) => [name, Math.max(0, one[name] - past[name]) / seconds])));
  }
  return rates;
}

function totalOf(rates, name) {
  let sum = 0;
  for (const rate of rates.values()) sum += rate[name];
  return sum;
}

/** Bounds and cumulated counts of the handlers' calls, of one listener or of all; null if the server has no such metric. */
function callTimes(metrics, listener) {
  const counts = new Map();
  for (const { name, labels, value } of metrics) {
    if (name !== "netkit_handler_duration_seconds_bucket" || (listener && labels.listener !== listener)) continue;
    const bound = labels.le === "+Inf" ? Infinity : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return counts.size ? new Map([...counts].sort(([a], [b]) => a - b)) : null;
}

/** The time that a share of the calls between two moments kept to, found by a straight line within its bucket. */
function quantile(before, after, share) {
  if (!before || !after) return null;
  const steps = [...after].map(([bound, count]) => [bound, Math.max(0, count - (before.get(bound) ?? 0))]);
  const all = steps.at(-1)[1];
  if (all === 0) return null;
  let low = 0, below = 0;
  for (const [bound, count] of steps) {
    if (count >= share * all) {
      if (bound === Infinity) return low;
      return low + (bound - low) * (count === below ? 1 : (share * all - below) / (count - below));
    }
    [low, below] = [bound, count];
  }
  return low;
}
