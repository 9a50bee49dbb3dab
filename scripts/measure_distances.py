#!/usr/bin/env python
"""How distances answer to blur, noise, collapse and a lost attribute, in ever larger doses.

    python scripts/measure_distances.py --data faces
    python scripts/measure_distances.py --data folder:photos,attributes=a.csv --attribute smiling

A useful distance rises with every dose. Half of the images are the reference; the others are
spoiled.
"""

from typing import Annotated

import numpy as np
import typer
from PIL import Image, ImageFilter
from rich.console import Console
from rich.table import Table

from keras_resgen.data import load_images
from keras_resgen.metrics import FEATURES, Reference

DOSES = {
    "blur": (0.3, 0.6, 1.0, 2.0),  # deviation in pixels
    "noise": (0.02, 0.05, 0.1, 0.2),  # deviation, of the range
    "collapse": (0.25, 0.5, 0.75, 0.95),  # share of images replaced by copies of a tenth of them
    "lost attribute": (0.25, 0.5, 0.75, 1.0),  # share of the images with it that are left out
}


def blur(images: np.ndarray, dose: float, generator: np.random.Generator) -> np.ndarray:
    """Blurs every image."""
    modes = {1: lambda pixels: pixels[:, :, 0], 3: lambda pixels: pixels}
    blurred = [
        Image.fromarray(modes[pixels.shape[-1]](pixels)).filter(ImageFilter.GaussianBlur(dose))
        for pixels in images
    ]
    return np.stack([np.asarray(one).reshape(images.shape[1:]) for one in blurred])


def noise(images: np.ndarray, dose: float, generator: np.random.Generator) -> np.ndarray:
    """Adds noise to every image."""
    noisy = images + 255.0 * dose * generator.standard_normal(images.shape)
    return np.clip(np.rint(noisy), 0, 255).astype("uint8")


def collapse(images: np.ndarray, dose: float, generator: np.random.Generator) -> np.ndarray:
    """Replaces some images by copies of a few."""
    chosen = generator.random(len(images)) < dose
    spoiled = images.copy()
    spoiled[chosen] = images[generator.integers(len(images) // 10, size=chosen.sum())]
    return spoiled


SPOIL = {"blur": blur, "noise": noise, "collapse": collapse}


def main(
    data: Annotated[str, typer.Option(help="As in resgen train.")] = "faces",
    image_size: Annotated[int, typer.Option(help="Pixels.")] = 64,
    count: Annotated[int, typer.Option(help="Images on each side.")] = 1000,
    attribute: Annotated[str, typer.Option(help="That is lost.")] = "Eyeglasses",
    features: Annotated[str, typer.Option(help="faces or inception.")] = "faces",
) -> None:
    """Prints a table."""
    images = load_images(data, image_size=image_size, channels=3, limit=4 * count)
    real, others = images.split(0.5, seed=0)
    extractor = FEATURES[features]()
    reference = Reference.from_images(
        extractor, real.images[:count], others.images[:count], data=images.fingerprint
    )
    # Of a lost attribute there must be more images than are compared.
    pool, with_it = others.images[:], others.attribute(attribute)
    table = Table("dose", *(f"{name}_{features}" for name in ("frechet", "kernel")), "coverage")
    baseline = reference.baseline
    rows = [("none", baseline)]
    rises = {}
    for name, doses in DOSES.items():
        distances = [baseline.frechet.value]
        for dose in doses:
            generator = np.random.default_rng(0)
            if name in SPOIL:
                spoiled = SPOIL[name](pool[:count], dose, generator)
            else:
                kept = ~with_it | (generator.random(len(pool)) >= dose)
                spoiled = pool[kept][:count]
            found = reference.distances(extractor(spoiled))
            distances.append(found.frechet.value)
            rows.append((f"{name} {dose:g}", found))
        rises[name] = distances == sorted(distances)
    for name, found in rows:
        table.add_row(
            name, str(found.frechet), str(found.kernel), f"{found.neighborhoods.coverage:.3f}"
        )
    console = Console()
    console.print(table)
    console.print(
        f"{count} images of {data} at {image_size} px. Rises with every dose: "
        + ", ".join(f"{name} {'yes' if rise else 'NO'}" for name, rise in rises.items())
    )


if __name__ == "__main__":
    typer.run(main)
