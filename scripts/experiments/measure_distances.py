#!/usr/bin/env python
r"""Do distances between image sets rise with more blur, noise, collapse or a rarer attribute?

    python scripts/experiments/measure_distances.py --data faces
    python scripts/experiments/measure_distances.py --data folder:photos,attributes=a.csv \
        --attribute smiling

Half of the images are the reference. The others are degraded in steps, and a useful distance rises
with every step.
"""

from typing import Annotated

import numpy as np
import typer
from PIL import Image, ImageFilter

from experiment import console, print_table
from keras_resgen.data import load_images
from keras_resgen.metrics import FEATURES, Reference


def blur(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    """Blur every image by a Gaussian of `amount` pixels."""
    blurred = [
        Image.fromarray(pixels.squeeze()).filter(ImageFilter.GaussianBlur(amount))
        for pixels in images
    ]
    return np.stack([np.asarray(image).reshape(images.shape[1:]) for image in blurred])


def add_noise(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    """Add noise whose standard deviation is a share of the value range."""
    noisy = images + 255.0 * amount * generator.standard_normal(images.shape)
    return np.clip(np.rint(noisy), 0, 255).astype("uint8")


def collapse(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    """Replace a share of the images by copies of a tenth of them."""
    replaced = generator.random(len(images)) < amount
    collapsed = images.copy()
    collapsed[replaced] = images[generator.integers(len(images) // 10, size=replaced.sum())]
    return collapsed


DEGRADATIONS = {
    "blur": (blur, (0.3, 0.6, 1.0, 2.0)),
    "noise": (add_noise, (0.02, 0.05, 0.1, 0.2)),
    "collapse": (collapse, (0.25, 0.5, 0.75, 0.95)),
}
LOST_SHARES = (0.25, 0.5, 0.75, 1.0)  # of the images with the attribute


def main(
    data: Annotated[str, typer.Option(help="Source of images, as in resgen train.")] = "faces",
    image_size: Annotated[int, typer.Option(help="Height and width in pixels.")] = 64,
    count: Annotated[int, typer.Option(help="Images on each side.")] = 1000,
    attribute: Annotated[str, typer.Option(help="Attribute that gets rarer.")] = "Eyeglasses",
    features: Annotated[str, typer.Option(help=f"One of {', '.join(FEATURES)}.")] = "faces",
) -> None:
    """Print a table of distances in Markdown."""
    images = load_images(data, image_size=image_size, channels=3, limit=4 * count)
    real, others = images.split(0.5, seed=0)
    extractor = FEATURES[features]()
    reference = Reference.from_images(
        extractor, real.images[:count], others.images[:count], data=images.fingerprint
    )
    # More images than are compared, so that enough are left without the attribute.
    pool, has_attribute = others.images[:], others.attribute(attribute)

    def lose_attribute(
        images: np.ndarray, amount: float, generator: np.random.Generator
    ) -> np.ndarray:
        return pool[~has_attribute | (generator.random(len(pool)) >= amount)][:count]

    degradations = {**DEGRADATIONS, f"lost {attribute}": (lose_attribute, LOST_SHARES)}
    baseline = reference.baseline
    measured = {"none": baseline}
    rises = []
    for name, (degrade, amounts) in degradations.items():
        distances = [baseline.frechet.value]
        for amount in amounts:
            degraded = degrade(pool[:count], amount, np.random.default_rng(0))
            found = reference.distances(extractor(degraded))
            measured[f"{name} {amount:g}"] = found
            distances.append(found.frechet.value)
        rises.append(f"{name} {'yes' if distances == sorted(distances) else 'NO'}")
    print_table(
        ("degradation", f"frechet_{features}", f"kernel_{features}", "coverage"),
        [
            (name, found.frechet, found.kernel, f"{found.neighborhoods.coverage:.3f}")
            for name, found in measured.items()
        ],
    )
    console.print(
        f"{count} images of {data}, {image_size} pixels. frechet_{features} rises with every "
        f"step: {', '.join(rises)}"
    )


if __name__ == "__main__":
    typer.run(main)
