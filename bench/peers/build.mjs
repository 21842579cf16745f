// Builds the peers' pages as for production, each into a directory of its own: `node build.mjs <directory>`.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const [out] = process.argv.slice(2);
if (!out) throw new Error("say where to: node build.mjs <directory>");

for (const [name, entry] of [
  ["noop", "noop.js"],
  ["json", "json.js"],
  ["react", "react.jsx"],
  ["react-each", "react-each.jsx"],
  ["socketio", "socketio.jsx"],
]) {
  const directory = join(out, name);
  await mkdir(directory, { recursive: true });
  await build({
    entryPoints: [join(import.meta.dirname, "src", entry)],
    outfile: join(directory, "page.js"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "chrome130",
    jsx: "automatic",
    legalComments: "none",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Benchmark: ${name}</title>
    <script type="module" src="page.js"></script>
  </head>
  <body><div id="root"></div></body>
</html>
`;
  await writeFile(join(directory, "index.html"), page);
}
