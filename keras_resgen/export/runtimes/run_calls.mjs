// Makes calls of ONNX files, in Node.js or in a browser.

// Returns all outputs as one array of floats, and the offset and shape of each tensor in it.
//   ort: onnxruntime-node or onnxruntime-web
//   options: session options
//   calls: each has the path of an ONNX file, and `inputs`, offset and shape by name
//   floats: all inputs, a Float32Array
//   read: returns the bytes of a file
export async function runCalls(ort, options, calls, floats, read) {
  const sessions = new Map();
  const described = [];
  const parts = [];
  let offset = 0;
  for (const { path, inputs } of calls) {
    if (!sessions.has(path)) {
      sessions.set(path, await ort.InferenceSession.create(await read(path), options));
    }
    const tensors = {};
    for (const [name, entry] of Object.entries(inputs)) {
      const count = entry.shape.reduce((product, length) => product * length, 1);
      const values = floats.slice(entry.offset, entry.offset + count);
      tensors[name] = new ort.Tensor("float32", values, entry.shape);
    }
    const outputs = {};
    for (const [name, tensor] of Object.entries(await sessions.get(path).run(tensors))) {
      outputs[name] = { offset, shape: tensor.dims };
      parts.push(tensor.data.slice());
      offset += tensor.data.length;
    }
    described.push(outputs);
  }
  const values = new Float32Array(offset);
  parts.reduce((place, part) => (values.set(part, place), place + part.length), 0);
  return { described, values };
}
