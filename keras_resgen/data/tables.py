"""What is known of an image set's attributes and factors, summed up in tables."""

from __future__ import annotations

import numpy as np

from keras_resgen.data.image_set import ImageSet


def attribute_table(images: ImageSet) -> list[dict[str, str | int | float]]:
    """One row for each binary attribute: its name, number of images that have it, and share.

    Example:
        >>> list(attribute_table(load_images("faces,count=99", image_size=32))[0])
        ['attribute', 'count', 'share']
    """
    return [
        {"attribute": name, "count": int(values.sum()), "share": float(values.mean())}
        for name, values in sorted(images.attributes.items())
    ]


def factor_table(images: ImageSet) -> list[dict[str, str | float]]:
    """One row for each factor the images were drawn from; empty for photographs.

    Factors of several numbers, such as colors, get one row a number: `name[0]`, `name[1]`, ...
    The rows hold the factor's name, mean, minimum and maximum.

    Example:
        >>> rows = factor_table(load_images("faces,count=99", image_size=32))
        >>> [row["factor"] for row in rows[:2]]
        ['background_angle', 'background_hue']
    """
    rows: list[dict[str, str | float]] = []
    for name, values in sorted((images.factors or {}).items()):
        numbers = values.astype(np.float64).reshape(len(values), -1)
        labels = [name] if values.ndim == 1 else [f"{name}[{i}]" for i in range(numbers.shape[1])]
        rows += [
            {
                "factor": label,
                "mean": float(column.mean()),
                "minimum": float(column.min()),
                "maximum": float(column.max()),
            }
            for label, column in zip(labels, numbers.T, strict=True)
        ]
    return rows
