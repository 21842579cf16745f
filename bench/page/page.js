// Starts the program, and gives the run what only the program can tell.

import { checksum, followInterface, serve } from "./harness.js";

const { program, wasm } = document.querySelector("script[data-program]").dataset;
const { default: start, state } = await import(program);
followInterface();
const { memory } = await start({ module_or_path: wasm });
serve({ checksum: () => checksum(state()), wasmBytes: () => memory.buffer.byteLength });
