// Runs ONNX files in onnxruntime-node or onnxruntime-web; run by node_runtimes.py.
//
//     node run_onnx.mjs NODE_MODULES PACKAGE WORK
//
// WORK holds inputs.json, a list of calls, and inputs.bin, their tensors as float32. The script
// writes outputs.json and outputs.bin in the same form.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { runCalls } from "./run_calls.mjs";

const [modules, name, work] = process.argv.slice(2);
const ort = createRequire(join(modules, "any.js"))(name);
const options = { executionProviders: [name === "onnxruntime-web" ? "wasm" : "cpu"] };

const calls = JSON.parse(readFileSync(join(work, "inputs.json"), "utf-8"));
const bytes = readFileSync(join(work, "inputs.bin"));
const floats = new Float32Array(new Uint8Array(bytes).buffer);
const { described, values } = await runCalls(ort, options, calls, floats, readFileSync);

writeFileSync(join(work, "outputs.bin"), Buffer.from(values.buffer));
writeFileSync(join(work, "outputs.json"), JSON.stringify(described));
