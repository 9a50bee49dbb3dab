// The page: its content, and the actions of buttons, keys and sliders.

import { Networks } from "./networks.js";
import { anySeed, normal } from "./noise.js";
import { download, paint, prepared } from "./pictures.js";

const SAMPLES = 24;
const $ = (id) => document.getElementById(id);

const description = await (await fetch("explorer.json")).json();
// `strengths` of directions, and values of the attributes that the model is conditioned on.
const state = { code: null, strengths: null, attributes: null, start: null, end: null, samples: null };
let networks;

function say(text, isError = false) {
  $("status").textContent = text;
  $("status").classList.toggle("error", isError);
}

// Shows only the result of the latest call: a slider moves faster than faces are generated.
function newestOnly(compute, show) {
  let latest = 0;
  return async () => {
    const own = ++latest;
    const found = await compute();
    if (own === latest) show(found);
  };
}

const face = () => networks.move(state.code, state.strengths);
const decode = (latents) => networks.decode(latents, state.attributes);

const showFace = newestOnly(
  async () => decode(await face()),
  (images) => paint($("picture"), images, description),
);

const showInterpolation = newestOnly(
  async () => {
    const share = Number($("share").value);
    const between = state.start.map((value, i) => (1 - share) * value + share * state.end[i]);
    state.between = between;
    return decode(Float32Array.from([...state.start, ...between, ...state.end]));
  },
  (images) =>
    ["start", "between", "end"].forEach((id, i) => paint($(id), images, description, i)),
);

const showSamples = newestOnly(
  () => decode(state.samples),
  (images) =>
    [...$("samples").querySelectorAll("canvas")].forEach((canvas, i) =>
      paint(canvas, images, description, i),
    ),
);

const draw = (count, seed) => networks.draw(normal(count * description.noiseDim, seed));
const row = (latents, i) =>
  latents.slice(i * description.latentDim, (i + 1) * description.latentDim);

function take(code, caption) {
  state.code = code;
  $("caption").textContent = caption;
  return showFace();
}

function leavePhotograph() {
  $("original-figure").hidden = true;
}

async function randomFace(seed = anySeed()) {
  leavePhotograph();
  history.replaceState(null, "", `#seed=${seed}`);
  await take(await draw(1, seed), `Face number ${seed}`);
}

async function moreSamples(seed = anySeed()) {
  state.samples = await draw(SAMPLES, seed);
  await showSamples();
}

async function usePhotograph(file) {
  let pixels;
  try {
    pixels = await prepared(file, description);
  } catch {
    say(`Expected an image that this browser can read. Received: ${file.name}. Choose another.`, true);
    return;
  }
  paint($("original"), pixels, description);
  $("original-figure").hidden = false;
  await take(await networks.encode(pixels), "Reconstruction");
  say(`${file.name} is reconstructed. Use the sliders to change it.`);
}

const showAll = () => Promise.all([showFace(), showInterpolation(), showSamples()]);

function resetSliders() {
  for (const slider of document.querySelectorAll(".sliders input")) {
    if (Number(slider.value) === 0) continue;
    slider.value = 0;
    slider.dispatchEvent(new Event("input"));
  }
  return showFace();
}

// Strengths of directions range from -2 to 2, attributes of conditional models from 0 to 1.
function addSlider(id, label, min, max, place, change) {
  const title = Object.assign(document.createElement("label"), { htmlFor: id, textContent: label });
  const slider = Object.assign(document.createElement("input"), { id, type: "range" });
  // The range comes before the value, which the slider would clip otherwise.
  Object.assign(slider, { min, max, step: 0.05, value: 0, disabled: true });
  const output = Object.assign(document.createElement("output"), { textContent: "0" });
  output.htmlFor = id;
  slider.addEventListener("input", () => {
    output.textContent = String(Number(slider.value));
    change(Number(slider.value));
  });
  $(place).append(title, slider, output);
}

function addDirection({ label, negated, kind }, index) {
  const place = kind === "component" ? "components" : "attributes";
  addSlider(`direction-${index}`, label, -2, 2, place, (value) => {
    state.strengths[index] = negated ? -value : value;
    showFace();
  });
}

function addAttribute({ label, negated }, index) {
  addSlider(`attribute-${index}`, label, 0, 1, "attributes", (value) => {
    state.attributes[index] = negated ? 1 - value : value;
    showAll();
  });
}

function addSample(index) {
  const button = document.createElement("button");
  button.disabled = true;
  button.setAttribute("aria-label", `Sample ${index + 1}: show it above`);
  button.append(document.createElement("canvas"));
  button.addEventListener("click", () => {
    leavePhotograph();
    history.replaceState(null, "", location.pathname);
    take(row(state.samples, index), `Sample ${index + 1}`);
    $("face").scrollIntoView({ block: "nearest" });
  });
  $("samples").append(button);
}

function build() {
  document.title = $("title").textContent = description.title;
  $("about").textContent = description.about;
  state.strengths = new Float32Array(description.directions.length);
  state.attributes = Float32Array.from(description.attributes, ({ negated }) => (negated ? 1 : 0));
  description.attributes.forEach(addAttribute);
  description.directions.forEach(addDirection);
  $("changes").hidden = !(description.attributes.length || description.directions.length);
  $("components-details").hidden = !description.directions.some((d) => d.kind === "component");
  $("photograph-label").hidden = !description.networks.encoder;
  for (let i = 0; i < SAMPLES; i++) addSample(i);
}

function listen() {
  const actions = {
    random: () => randomFace(),
    reset: resetSliders,
    download: () => download($("picture"), "face.png"),
    more: () => moreSamples(),
    "use-start": async () => {
      state.start = await face();
      showInterpolation();
    },
    "use-end": async () => {
      state.end = await face();
      showInterpolation();
    },
    "use-between": async () => {
      leavePhotograph();
      await resetSliders();
      take(state.between, "Interpolated face");
    },
  };
  for (const [id, action] of Object.entries(actions)) $(id).addEventListener("click", action);
  $("share").addEventListener("input", showInterpolation);
  $("photograph").addEventListener("change", ({ target }) => {
    if (target.files.length) usePhotograph(target.files[0]);
    target.value = ""; // so that the same file can be chosen again
  });
  if (!networks.has("encoder")) return;
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", () => document.body.classList.remove("dropping"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    if (event.dataTransfer.files.length) usePhotograph(event.dataTransfer.files[0]);
  });
}

async function open() {
  build();
  networks = await Networks.load(description);
  listen();
  const requested = new URLSearchParams(location.hash.slice(1)).get("seed");
  await randomFace(requested === null ? anySeed() : Number(requested));
  [state.start, state.end] = [await draw(1, anySeed()), await draw(1, anySeed())];
  await showInterpolation();
  await moreSamples();
  for (const control of document.querySelectorAll("button, input")) control.disabled = false;
  document.querySelector("main").setAttribute("aria-busy", "false");
  say("Ready.");
  // For the console, and for tests.
  window.explorer = { networks, description, normal, prepared, state };
}

open().catch((error) => say(`The model could not be loaded: ${error.message}`, true));
