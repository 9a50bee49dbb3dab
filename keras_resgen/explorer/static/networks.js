// The networks of an export, which onnxruntime-web runs in this page.

import * as ort from "./vendor/ort.wasm.bundle.min.mjs";

ort.env.wasm.wasmPaths = {
  wasm: new URL("vendor/ort-wasm-simd-threaded.wasm", import.meta.url).href,
};
ort.env.wasm.numThreads = 1; // more need headers that static servers do not send

export class Networks {
  // Loads the files in `description.networks`.
  static async load(description) {
    const names = Object.keys(description.networks);
    const sessions = await Promise.all(
      names.map((name) =>
        ort.InferenceSession.create(new URL(description.networks[name], document.baseURI).href),
      ),
    );
    return new Networks(
      description,
      Object.fromEntries(names.map((name, i) => [name, sessions[i]])),
    );
  }

  constructor(description, sessions) {
    this.description = description;
    this.sessions = sessions;
    // A session makes one call at a time.
    this.queue = Promise.resolve();
  }

  has(name) {
    return name in this.sessions;
  }

  // Maps standard normal noise to latent vectors, both as one Float32Array of rows.
  async draw(noise) {
    if (!this.has("prior")) return noise;
    return this.#first("prior", { noise: this.#rows(noise, this.description.noiseDim) });
  }

  // Decodes latent vectors to images: rows of height, width, channels in [0, 1]. The images of a
  // conditional model all have the same attributes.
  async decode(latents, attributes = []) {
    const inputs = { latents: this.#rows(latents, this.description.latentDim) };
    if (attributes.length) {
      const values = Array.from({ length: inputs.latents.dims[0] }, () => [...attributes]).flat();
      inputs.attributes = this.#rows(Float32Array.from(values), attributes.length);
    }
    return this.#first("decoder", inputs);
  }

  // Encodes images in the form that `decode` returns.
  async encode(images) {
    const { imageSize, channels } = this.description;
    const count = images.length / (imageSize * imageSize * channels);
    const shape = [count, imageSize, imageSize, channels];
    return this.#first("encoder", { images: new ort.Tensor("float32", images, shape) });
  }

  // Moves codes along all directions, each by its strength.
  async move(codes, strengths) {
    if (!this.has("directions")) return codes;
    return this.#first("directions", {
      codes: this.#rows(codes, this.description.latentDim),
      strengths: this.#rows(strengths, this.description.directions.length),
    });
  }

  #rows(values, width) {
    return new ort.Tensor("float32", values, [values.length / width, width]);
  }

  // Returns the first output, which for an encoder is the code or its mean.
  #first(name, inputs) {
    const session = this.sessions[name];
    const run = this.queue.then(() => session.run(inputs));
    this.queue = run.catch(() => {});
    return run.then((outputs) => outputs[session.outputNames[0]].data);
  }
}
