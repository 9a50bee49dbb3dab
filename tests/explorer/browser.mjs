// Opens the page in Chromium, uses its controls, and prints what it saw as JSON:
//   node browser.mjs PLAYWRIGHT CHROMIUM ADDRESS PHOTOGRAPH PICTURES

const [playwright, executablePath, address, photograph, pictures] = process.argv.slice(2);
const { chromium } = await import(playwright);

const seen = { foreign: [], errors: [] };
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function open(options) {
  const page = await (await browser.newContext(options)).newPage();
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") seen.errors.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!/^(blob|data):/.test(url) && !url.startsWith(address)) seen.foreign.push(url);
  });
  await page.goto(`${address}#seed=7`);
  await page.waitForFunction(() => window.explorer, null, { timeout: 60_000 });
  return page;
}

const pixels = (page, id) =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data];
  }, id);

async function slide(page, id, value) {
  await page.locator(`#${id}`).fill(String(value));
  await page.waitForTimeout(300);
}

const desktop = await open({ viewport: { width: 1200, height: 900 }, colorScheme: "light" });
seen.noise = await desktop.evaluate(() => [
  ...explorer.normal(2 * explorer.description.noiseDim, 7),
]);
seen.latents = await desktop.evaluate(async (noise) => {
  return [...(await explorer.networks.draw(Float32Array.from(noise)))];
}, seen.noise);
seen.images = await desktop.evaluate(async (latents) => {
  return [...(await explorer.networks.decode(Float32Array.from(latents), explorer.state.attributes))];
}, seen.latents);
seen.face = await pixels(desktop, "picture");
seen.labels = await desktop.locator(".sliders label").allTextContents();

if (await desktop.locator("#direction-0").count()) {
  await slide(desktop, "direction-0", 2);
  seen.moved = await pixels(desktop, "picture");
  seen.movedLatents = await desktop.evaluate(async () => {
    const { networks, state } = explorer;
    return [...(await networks.move(state.code, state.strengths))];
  });
  await desktop.locator("#reset").focus();
  await desktop.keyboard.press("Enter");
  await desktop.waitForTimeout(300);
  seen.reset = await pixels(desktop, "picture");
}

if (await desktop.locator("#attribute-0").count()) {
  const samples = () => desktop.locator("#samples canvas").first().evaluate((c) => c.toDataURL());
  const before = await samples();
  await slide(desktop, "attribute-0", 1);
  await slide(desktop, "attribute-1", 0.5);
  seen.attributes = await desktop.evaluate(() => [...explorer.state.attributes]);
  seen.conditioned = await pixels(desktop, "picture");
  seen.samplesChanged = (await samples()) !== before;
  await desktop.locator("#reset").click();
  await desktop.waitForTimeout(300);
  seen.reset = await pixels(desktop, "picture");
}

await slide(desktop, "share", 0);
seen.interpolation = [await pixels(desktop, "start"), await pixels(desktop, "between")];

if (await desktop.locator("#photograph-label").isVisible()) {
  await desktop.setInputFiles("#photograph", photograph);
  await desktop.waitForFunction(() =>
    document.getElementById("status").textContent.includes("reconstructed"),
  );
  seen.original = await pixels(desktop, "original");
  seen.reconstruction = await pixels(desktop, "picture");
}

const downloading = desktop.waitForEvent("download");
await desktop.locator("#download").click();
await (await downloading).saveAs(`${pictures}/download.png`);
await desktop.screenshot({ path: `${pictures}/desktop.png`, fullPage: true });

const phone = await open({
  viewport: { width: 390, height: 844 },
  colorScheme: "dark",
  isMobile: true,
});
seen.overflow = await phone.evaluate(
  () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
);
seen.unnamed = await phone.evaluate(
  () =>
    [...document.querySelectorAll("button, input")].filter(
      (e) => !e.labels?.length && !e.getAttribute("aria-label") && !e.textContent.trim(),
    ).length,
);
seen.background = await phone.evaluate(() => getComputedStyle(document.body).backgroundColor);
await phone.screenshot({ path: `${pictures}/phone.png`, fullPage: true });
await browser.close();
console.log(JSON.stringify(seen));
