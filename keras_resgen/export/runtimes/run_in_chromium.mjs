// Runs ONNX files in onnxruntime-web within a page of headless Chromium; run by node_runtimes.py.
//
//     node run_in_chromium.mjs NODE_MODULES CHROMIUM WORK
//
// WORK has the same files as in run_onnx.mjs.

import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [modules, executablePath, work] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, "any.js"))("playwright-core");

const own = dirname(fileURLToPath(import.meta.url));
const runtime = join(modules, "onnxruntime-web", "dist");
const calls = JSON.parse(readFileSync(join(work, "inputs.json"), "utf-8"));
const files = {
  "/": () => "<!doctype html>",
  "/inputs.json": () => readFileSync(join(work, "inputs.json")),
  "/inputs.bin": () => readFileSync(join(work, "inputs.bin")),
  "/run_calls.mjs": () => readFileSync(join(own, "run_calls.mjs")),
};
for (const name of ["ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"]) {
  files[`/${name}`] = () => readFileSync(join(runtime, name));
}
for (const { path } of calls) files[`/model?${path}`] = () => readFileSync(path);
const kinds = { ".mjs": "text/javascript", ".wasm": "application/wasm", "": "text/html" };

const server = createServer((request, response) => {
  const address = decodeURIComponent(request.url);
  if (request.method === "POST") {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      writeFileSync(join(work, address.slice(1)), Buffer.concat(parts));
      response.end();
    });
    return;
  }
  if (!(address in files)) return response.writeHead(404).end();
  response.setHeader("Content-Type", kinds[extname(address)] ?? "application/octet-stream");
  response.end(files[address]());
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.evaluate(async () => {
  const ort = await import("/ort.wasm.bundle.min.mjs");
  const { runCalls } = await import("/run_calls.mjs");
  ort.env.wasm.wasmPaths = { wasm: "/ort-wasm-simd-threaded.wasm" };
  ort.env.wasm.numThreads = 1;
  const bytes = async (address) => (await fetch(address)).arrayBuffer();
  const { described, values } = await runCalls(
    ort,
    { executionProviders: ["wasm"] },
    await (await fetch("/inputs.json")).json(),
    new Float32Array(await bytes("/inputs.bin")),
    async (path) => new Uint8Array(await bytes(`/model?${encodeURIComponent(path)}`)),
  );
  const send = (name, body) => fetch(name, { method: "POST", body });
  await send("/outputs.bin", values);
  await send("/outputs.json", JSON.stringify(described));
});
await browser.close();
server.close();
