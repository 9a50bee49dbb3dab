// Standard normal noise, which is the same for the same seed in every browser.

// mulberry32: 32 bits of state are enough for this page.
function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function normal(count, seed) {
  const next = uniform(seed);
  return Float32Array.from({ length: count }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - next())); // Box and Muller, 1958
    return radius * Math.cos(2 * Math.PI * next());
  });
}

export function anySeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
