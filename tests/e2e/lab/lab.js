// Starts the page's program, and gives the tests `window.lab`: the program's functions, and what only the page can tell.

// Browsers do not tell how many timers are pending, so they are counted where they are made.
const timers = new Set();
const { setTimeout: set, clearTimeout: clear } = window;
window.setTimeout = (handler, delay, ...rest) => {
  const id = set(() => (timers.delete(id), handler(...rest)), delay);
  timers.add(id);
  return id;
};
window.clearTimeout = (id) => (timers.delete(id), clear(id));

// Tasks of the main thread over 50 ms, as the browser counts them.
const longTasks = [];
if (PerformanceObserver.supportedEntryTypes.includes("longtask")) {
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
}

// What the program logs.
const log = [];
for (const level of ["debug", "info", "warn", "error", "log"]) {
  const write = console[level];
  console[level] = (...said) => (log.push(said.join(" ")), log.length > 10000 && log.shift(), write(...said));
}

// How often a text is in the program's memory.
const inMemory = (memory, text) => {
  const [wanted, held] = [new TextEncoder().encode(text), new Uint8Array(memory.buffer)];
  let count = 0;
  for (let at = held.indexOf(wanted[0]); at >= 0; at = held.indexOf(wanted[0], at + 1)) {
    if (wanted.every((byte, index) => held[at + index] === byte)) count += 1;
  }
  return count;
};

// Everything that the origin stores, as text.
const stored = async () => {
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((resolve, reject) => {
      const opening = indexedDB.open(name);
      [opening.onsuccess, opening.onerror] = [() => resolve(opening.result), reject];
    });
    for (const store of database.objectStoreNames) {
      const all = await new Promise((resolve, reject) => {
        const reading = database.transaction(store).objectStore(store).getAll();
        [reading.onsuccess, reading.onerror] = [() => resolve(reading.result), reject];
      });
      const bytes = (key, value) => (value instanceof Uint8Array ? new TextDecoder("latin1").decode(value) : value);
      found.push(JSON.stringify(all, bytes));
    }
    database.close();
  }
  return found.join("\n");
};

// What the build has named the files stands on the script's own element, see Trunk.toml.
const { program, wasm } = document.querySelector("script[data-program]").dataset;
const { default: start, ...functions } = await import(program);
const { memory } = await start({ module_or_path: wasm });
window.lab = Object.freeze({
  ...functions,
  memory: () => memory.buffer.byteLength,
  timers: () => timers.size,
  longTasks: () => longTasks.splice(0),
  find: async (text) => ({
    memory: inMemory(memory, text),
    stored: (await stored()).split(text).length - 1,
    document: document.documentElement.outerHTML.split(text).length - 1,
    log: log.filter((line) => line.includes(text)).length,
    lines: log.length,
  }),
});
