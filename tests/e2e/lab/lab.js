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

// What the build has named the files stands on the script's own element, see Trunk.toml.
const { program, wasm } = document.querySelector("script[data-program]").dataset;
const { default: start, ...functions } = await import(program);
const { memory } = await start({ module_or_path: wasm });
window.lab = Object.freeze({
  ...functions,
  memory: () => memory.buffer.byteLength,
  timers: () => timers.size,
});
