// Starts the program of a page. Trunk would write these lines into the page itself, where the page's content security
// policy allows no script. What the build has named the files stands on the script's own element, see Trunk.toml.
const { program, wasm } = document.querySelector("script[data-program]").dataset;
const { default: start } = await import(program);
await start({ module_or_path: wasm });
