// What all pages of the benchmark have in common: how they tell that they are connected, what they show and when, and
// `window.bench`, by which a run is driven. A page shows how many events it applied in `#applied`, and its connection in
// `#status`; pages without an interface call `show` and `connected` themselves.

/// Milliseconds since 1970, by the monotonic clock of the page.
const now = () => performance.timeOrigin + performance.now();

/// How many events were visible, and since when.
let shown = [];
let count = 0;
/// Who waits for a count.
let waiting = [];

export const show = (applied) => {
  if (applied === count) return;
  count = applied;
  shown.push([applied, now()]);
  if (waiting.length > 0 && waiting.some(({ target }) => count >= target)) {
    waiting = waiting.filter(({ target, resolve }) => count < target || resolve());
  }
};

/// Milliseconds from the navigation to the first connection.
let connectedAfter = null;
export const connected = () => (connectedAfter ??= performance.now());

/// Leaves what is wrong, and does not mend by itself, where whoever waits for the result finds it.
const failed = (error) => (window.__benchResult ??= { error });

const until = (target) => new Promise((resolve) => (count >= target ? resolve() : waiting.push({ target, resolve })));

/// Calls back with the text of an element whenever it changes, from its appearance on.
const follow = (id, use) => {
  const attach = (element) => {
    use(element.textContent);
    new MutationObserver(() => use(element.textContent)).observe(element, { characterData: true, childList: true, subtree: true });
  };
  const present = document.getElementById(id);
  if (present) return attach(present);
  const appearing = new MutationObserver(() => {
    const element = document.getElementById(id);
    if (element) (appearing.disconnect(), attach(element));
  });
  appearing.observe(document.documentElement, { childList: true, subtree: true });
};

export const followInterface = () => {
  follow("applied", (text) => show(Number(text)));
  follow("status", (text) => {
    if (text === "connected") connected();
    if (text === "failed") failed(document.getElementById("problem")?.textContent ?? text);
  });
};

/// Browsers do not tell how many timers are pending, so they are counted where they are made, if the address asks for it.
const timers = new Set();
if (new URLSearchParams(location.search).has("timers")) {
  const { setTimeout: set, clearTimeout: clear } = window;
  window.setTimeout = (handler, delay, ...rest) => {
    const id = set(() => (timers.delete(id), handler(...rest)), delay);
    timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => (timers.delete(id), clear(id));
}

/// When a text is there, in milliseconds since 1970.
const sees = (text) =>
  new Promise((resolve) => {
    const look = () => document.body.textContent.includes(text) && (observer.disconnect(), resolve(now()));
    const observer = new MutationObserver(look);
    observer.observe(document.body, { characterData: true, childList: true, subtree: true });
    look();
  });

/// Milliseconds of the tasks that the browser calls long: over 50 ms.
let longTasks = [];
new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: "longtask", buffered: true });

/// FNV-1a with 32 bits over the state in its canonical form: a line for each entity, sorted by organization and id.
/// `state` is a list of [organization, list of patients].
export const checksum = (state) => {
  const encoder = new TextEncoder();
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  let hash = 0x811c9dc5;
  for (const [organization, patients] of state.toSorted(([a], [b]) => compare(a, b))) {
    for (const { id, name, ward, status, heartRate, diagnosis } of patients.toSorted((a, b) => compare(a.id, b.id))) {
      const line = [organization, id, name, ward, status, heartRate, diagnosis].join("|") + "\n";
      for (const byte of encoder.encode(line)) hash = Math.imul(hash ^ byte, 0x01000193);
    }
  }
  return hash >>> 0;
};

/// Gives `window.bench` to the run. `page` says how to make the checksum, and how large the memory of wasm is.
export const serve = (page) => {
  window.bench = Object.freeze({
    until,
    count: () => count,
    sees,
    timers: () => timers.size,
    connectedAfter: () => connectedAfter,
    takeShown: () => [shown, (shown = [])][0],
    takeLongTasks: () => [longTasks, (longTasks = [])][0],
    checksum: page.checksum ?? (() => null),
    wasmBytes: page.wasmBytes ?? (() => 0),
  });
  const asked = new URLSearchParams(location.search).get("events");
  const wanted = Number(asked);
  if (asked !== null && !(Number.isSafeInteger(wanted) && wanted > 0)) {
    failed(`events is to be a whole number above 0, and not ${asked}.`);
  } else if (wanted > 0) {
    until(wanted).then(() => {
      const [[firstCount, first], last] = [shown[0], shown.at(-1)];
      const milliseconds = last[1] - first;
      window.__benchResult = {
        events: last[0],
        milliseconds,
        eventsPerSecond: milliseconds > 0 ? ((last[0] - firstCount) / milliseconds) * 1000 : null,
        connectedAfterMs: connectedAfter,
        longestTaskMs: Math.max(0, ...longTasks),
        longTasks: longTasks.length,
        checksum: window.bench.checksum(),
        wasmBytes: window.bench.wasmBytes(),
      };
    });
  }
};

/// What the page's address says.
export const settings = (() => {
  const query = new URLSearchParams(location.search);
  return { server: query.get("server"), token: query.get("token"), user: query.get("user") };
})();
