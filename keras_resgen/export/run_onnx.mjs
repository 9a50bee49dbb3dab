// Runs ONNX files in onnxruntime-node or onnxruntime-web; run by node_runtimes.py.
//
//     node run_onnx.mjs NODE_MODULES PACKAGE WORK
//
// WORK holds inputs.json, a list of calls, and inputs.bin, their tensors as float32; the script
// writes outputs.json and outputs.bin in the same form.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, name, work] = process.argv.slice(2);
const ort = createRequire(join(modules, "any.js"))(name);
const options = { executionProviders: [name === "onnxruntime-web" ? "wasm" : "cpu"] };

const { buffer, byteOffset } = readFileSync(join(work, "inputs.bin"));
const sessions = new Map();
const described = [];
const parts = [];
let offset = 0;

for (const call of JSON.parse(readFileSync(join(work, "inputs.json"), "utf-8"))) {
  if (!sessions.has(call.path)) {
    const bytes = readFileSync(call.path);
    sessions.set(call.path, await ort.InferenceSession.create(bytes, options));
  }
  const inputs = {};
  for (const [input, entry] of Object.entries(call.inputs)) {
    const count = entry.shape.reduce((product, length) => product * length, 1);
    const start = byteOffset + 4 * entry.offset;
    const values = new Float32Array(buffer.slice(start, start + 4 * count));
    inputs[input] = new ort.Tensor("float32", values, entry.shape);
  }
  const outputs = {};
  for (const [output, tensor] of Object.entries(await sessions.get(call.path).run(inputs))) {
    outputs[output] = { offset, shape: tensor.dims };
    parts.push(Buffer.from(tensor.data.slice().buffer));
    offset += tensor.data.length;
  }
  described.push(outputs);
}

writeFileSync(join(work, "outputs.bin"), Buffer.concat(parts));
writeFileSync(join(work, "outputs.json"), JSON.stringify(described));
