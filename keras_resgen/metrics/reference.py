"""Reference features of real images, and the protocol of comparisons with them."""

from __future__ import annotations

import dataclasses
import io
import json
import operator
from dataclasses import dataclass
from functools import cached_property, reduce
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from keras_resgen.compatibility import rename_keys
from keras_resgen.files import write_whole
from keras_resgen.metrics.estimate import Estimate, jackknife
from keras_resgen.metrics.features import FeatureExtractor
from keras_resgen.metrics.kernels import cubic_kernel, squared_mmd
from keras_resgen.metrics.moments import Moments, frechet_distance
from keras_resgen.metrics.neighbors import Neighborhoods, precision_recall_density_coverage

JACKKNIFE_PARTS = 10


@dataclass(frozen=True)
class Protocol:
    """What metrics must have in common to be comparable.

    Attributes:
        features: name of the feature extractor.
        version: hash of its weights.
        data: fingerprint of the reference images.
        split: the split of the reference images.
        reference_count: number of reference images.
        count: number of generated images that are compared with them.
        image_size: size of both, before feature extraction.
        preparation: preprocessing of images before feature extraction.
    """

    features: str
    version: str
    data: str
    split: str
    reference_count: int
    count: int
    image_size: int
    preparation: str = "256 levels; pixels averaged or repeated, else antialiased bilinear"

    def check_equal(self, other: Protocol) -> None:
        """Raise unless metrics of both protocols are comparable.

        Raises:
            ValueError: if they differ; the message names the differences.
        """
        mine, others = dataclasses.asdict(self), dataclasses.asdict(other)
        different = [
            f"{name}: {mine[name]} and {others[name]}"
            for name in mine
            if mine[name] != others[name]
        ]
        if different:
            raise ValueError(
                "Expected distances of the same protocol. Received: "
                f"{'; '.join(different)}. Measure both by one protocol."
            )


class Distances(NamedTuple):
    """Distances between generated images and a reference.

    Attributes:
        frechet: Frechet distance, see `frechet_distance`.
        kernel: squared maximum mean discrepancy with the cubic kernel, see `squared_mmd`.
        neighborhoods: precision, recall, density and coverage.
    """

    frechet: Estimate
    kernel: Estimate
    neighborhoods: Neighborhoods

    def metrics(self, features: str) -> dict[str, float]:
        """Return the values by their names in logs and tables.

        Args:
            features: name of the feature extractor, the last part of each name.

        Example:

        >>> found = Distances(Estimate(1.0, 0.1), Estimate(0.2, 0.1), Neighborhoods(1, 1, 1, 1))
        >>> list(found.metrics("faces"))[:2]
        ['frechet_faces', 'kernel_faces']
        """
        values = (self.frechet.value, self.kernel.value, *self.neighborhoods)
        return {f"{name}_{features}": value for name, value in zip(MEASURED, values, strict=True)}


MEASURED = ("frechet", "kernel", *Neighborhoods._fields)  # as metrics name them


@dataclass(frozen=True, eq=False)
class Reference:
    """Features of real images that generated ones are compared with, and their baseline.

    Made by `from_images`, stored by `save`.

    Attributes:
        protocol: conditions under which metrics are comparable.
        rows: features of the real images, of shape `(reference_count, features)`.
        baseline: the distances of other real images, as many as are generated: what a perfect
            model would reach.
    """

    protocol: Protocol
    rows: np.ndarray
    baseline: Distances

    @classmethod
    def from_images(
        cls,
        extractor: FeatureExtractor,
        images: Any,
        others: Any,
        *,
        data: str,
        split: str = "held out",
    ) -> Reference:
        """Compute the features of real images, and the baseline from other real images.

        Args:
            extractor: the feature extractor, such as `FEATURES["faces"]()`.
            images: real images of shape `(reference_count, size, size, channels)`, uint8 or float
                in [0, 1].
            others: as many real images as will be generated, none of them among the first.
            data: fingerprint of the images.
            split: name of the part of the images.

        Returns:
            What generated images are compared with.

        Raises:
            ValueError: if there are fewer than ten images on a side.

        Example:

        >>> from keras_resgen.metrics.features import FEATURES
        >>> images = np.random.default_rng(0).random((2, 16, 32, 32, 3))
        >>> real = Reference.from_images(FEATURES["faces"](), images[0], images[1], data="noise")
        >>> real.protocol.count
        16
        """
        if min(len(images), len(others)) < JACKKNIFE_PARTS:
            raise ValueError(
                f"A reference needs {JACKKNIFE_PARTS} images or more on each side. Received: "
                f"{len(images)} and {len(others)}. Use more images."
            )
        rows = extractor(images)
        baseline = _distances(rows, Moments.from_features(rows), extractor(others))
        protocol = Protocol(
            features=extractor.name,
            version=extractor.version,
            data=data,
            split=split,
            reference_count=len(images),
            count=len(others),
            image_size=images.shape[1],
        )
        return cls(protocol, rows, baseline)

    def distances(self, rows: np.ndarray) -> Distances:
        """Return the distances of features of generated images.

        Args:
            rows: features of shape `(protocol.count, features)`.

        Raises:
            ValueError: if the shape is another.
        """
        expected = (self.protocol.count, self.rows.shape[1])
        if rows.shape != expected:
            raise ValueError(
                f"Expected features of shape {expected}. "
                f"Received: shape {rows.shape}. Generate as many images as the protocol requires."
            )
        return _distances(self.rows, self._moments, rows)

    def __repr__(self) -> str:
        """Return the protocol in brief, without the arrays."""
        protocol = self.protocol
        return (
            f"Reference(features={protocol.features!r}, reference_count="
            f"{protocol.reference_count}, count={protocol.count}, data={protocol.data!r})"
        )

    @cached_property
    def _moments(self) -> Moments:
        return Moments.from_features(self.rows)

    def save(self, folder: Path) -> None:
        """Write `protocol.json` and `features.npz` to a folder.

        Example:

        >>> rows = np.random.default_rng(0).random((2, 12, 4))
        >>> protocol = Protocol("faces", "1", "a" * 64, "held out", 12, 12, 32)
        >>> baseline = _distances(rows[0], Moments.from_features(rows[0]), rows[1])
        >>> Reference(protocol, rows[0], baseline).save(Path("distribution"))
        >>> Reference.load(Path("distribution")).protocol == protocol
        True
        """
        folder.mkdir(parents=True, exist_ok=True)
        stored = io.BytesIO()
        np.savez(stored, rows=self.rows.astype("float32"))
        write_whole(folder / "features.npz", stored.getvalue())
        baseline = {name: getattr(self.baseline, name) for name in Distances._fields}
        baseline["neighborhoods"] = self.baseline.neighborhoods._asdict()
        text = json.dumps({**dataclasses.asdict(self.protocol), "baseline": baseline}, indent=2)
        write_whole(folder / "protocol.json", f"{text}\n".encode())

    @classmethod
    def load(cls, folder: Path) -> Reference:
        """Load a reference that `save` wrote.

        Raises:
            ValueError: if a file is missing or damaged.
        """
        try:
            values = rename_keys(json.loads((folder / "protocol.json").read_text(encoding="utf-8")))
            baseline = values.pop("baseline")
            with np.load(folder / "features.npz") as stored:
                rows = stored["rows"]
            return cls(
                Protocol(**values),
                rows,
                Distances(
                    Estimate(*baseline["frechet"]),
                    Estimate(*baseline["kernel"]),
                    Neighborhoods(**baseline["neighborhoods"]),
                ),
            )
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"Expected protocol.json and features.npz of a reference in {folder}. "
                f"Received: {error}. Evaluate the run again to write them."
            ) from error


def _distances(real: np.ndarray, moments: Moments, generated: np.ndarray) -> Distances:
    """All distances; the standard error of the Frechet distance is over generated images only."""
    if not np.isfinite(generated).all():
        unknown = Estimate(np.nan, np.nan)
        return Distances(unknown, unknown, Neighborhoods(*[np.nan] * 4))
    parts = [Moments.from_features(part) for part in np.array_split(generated, JACKKNIFE_PARTS)]
    without = [
        frechet_distance(moments, reduce(operator.add, parts[:i] + parts[i + 1 :]))
        for i in range(JACKKNIFE_PARTS)
    ]
    return Distances(
        jackknife(frechet_distance(moments, Moments.from_features(generated)), without),
        squared_mmd(real, generated, cubic_kernel),
        precision_recall_density_coverage(real, generated),
    )
