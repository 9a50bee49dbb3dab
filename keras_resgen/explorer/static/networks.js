// The networks of an export, run by onnxruntime-web in this page.

import * as ort from "./vendor/ort.wasm.bundle.min.mjs";

ort.env.wasm.wasmPaths = {
  wasm: new URL("vendor/ort-wasm-simd-threaded.wasm", import.meta.url).href,
};
ort.env.wasm.numThreads = 1; // more need headers that static servers do not send

export class Networks {
  // Loads the files that `description.networks` names.
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
    // A session computes one thing at a time.
    this.queue = Promise.resolve();
  }

  has(name) {
    return name in this.sessions;
  }

  // Latent vectors of standard normal noise, both as one Float32Array of rows.
  async draw(noise) {
    if (!this.has("prior")) return noise;
    return this.#first("prior", { noise: this.#rows(noise, this.description.noiseDim) });
  }

  // Images of latent vectors: rows of height, width, channels in [0, 1]. A model that is told
  // attributes is told the same of all.
  async decode(latents, told = []) {
    const inputs = { latents: this.#rows(latents, this.description.latentDim) };
    if (told.length) {
      const values = Array.from({ length: inputs.latents.dims[0] }, () => [...told]).flat();
      inputs.attributes = this.#rows(Float32Array.from(values), told.length);
    }
    return this.#first("decoder", inputs);
  }

  // Codes of images like those that `decode` makes.
  async encode(images) {
    const { imageSize, channels } = this.description;
    const count = images.length / (imageSize * imageSize * channels);
    const shape = [count, imageSize, imageSize, channels];
    return this.#first("encoder", { images: new ort.Tensor("float32", images, shape) });
  }

  // Codes moved along all directions, each by its strength.
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

  // The first output: of an encoder the code, or its mean.
  #first(name, inputs) {
    const session = this.sessions[name];
    const run = this.queue.then(() => session.run(inputs));
    this.queue = run.catch(() => {});
    return run.then((outputs) => outputs[session.outputNames[0]].data);
  }
}
