// Conversion between arrays and the pixels of canvases.

// Paints image number `index` of an array of height, width, channels in [0, 1].
export function paint(canvas, images, { imageSize: size, channels }, index = 0) {
  canvas.width = canvas.height = size;
  const pixels = new ImageData(size, size);
  const first = index * size * size * channels;
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) {
      const value = images[first + i * channels + Math.min(c, channels - 1)];
      pixels.data[4 * i + c] = Math.round(255 * value);
    }
    pixels.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// Returns the central square of an image file, resized by area as in training.
export async function prepared(file, { imageSize: size, channels }) {
  const bitmap = await createImageBitmap(file); // rotated as its EXIF data says
  const shorter = Math.min(bitmap.width, bitmap.height);
  const side = Math.max(shorter, size); // the browser enlarges smaller images
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white"; // behind transparent pixels
  context.fillRect(0, 0, side, side);
  const left = Math.floor((bitmap.width - shorter) / 2);
  const top = Math.floor((bitmap.height - shorter) / 2);
  context.drawImage(bitmap, left, top, shorter, shorter, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  return resized(data, side, size, channels);
}

// Resizes the RGBA bytes of a square by area, rounded to 1/255; gray uses the weights of ITU-R 601.
export function resized(data, side, size, channels) {
  const result = new Float32Array(size * size * channels);
  const covered = overlaps(side, size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const sum = [0, 0, 0];
      for (const [row, height] of covered[y]) {
        for (const [column, width] of covered[x]) {
          for (let c = 0; c < 3; c++) {
            sum[c] += height * width * data[4 * (row * side + column) + c];
          }
        }
      }
      const [red, green, blue] = sum;
      const pixel = channels === 3 ? sum : [0.299 * red + 0.587 * green + 0.114 * blue];
      for (let c = 0; c < channels; c++) {
        result[(y * size + x) * channels + c] = Math.floor(pixel[c] + 0.5) / 255;
      }
    }
  }
  return result;
}

// Returns for each of `size` pixels which of `side` pixels it covers, with their weights.
function overlaps(side, size) {
  const scale = side / size;
  return Array.from({ length: size }, (_, i) => {
    const [start, end] = [i * scale, (i + 1) * scale];
    const shares = [];
    for (let j = Math.floor(start); j < Math.min(Math.ceil(end), side); j++) {
      shares.push([j, (Math.min(end, j + 1) - Math.max(start, j)) / scale]);
    }
    return shares;
  });
}

export function download(canvas, name) {
  canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  }, "image/png");
}
