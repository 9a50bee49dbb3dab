"""Many encoded images to chunks of prepared ones, on all processor cores."""

from __future__ import annotations

import functools
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import numpy as np

from keras_resgen.data import decoding
from keras_resgen.data.source_plan import Chunk, Request

_CHUNK = 256
_TASK = 16  # small images spend more on handing tasks to threads than on decoding
_MOST_THREADS = 8  # bounds the memory that the largest images take together

Result = tuple[np.ndarray, bool] | str  # pixels and whether enlarged, or why there are none


@dataclass(frozen=True)
class EncodedImage:
    """An image before decoding: a file or its bytes, or the reason why it is bad already."""

    name: str
    content: Path | bytes
    attributes: Mapping[str, bool] = field(default_factory=dict)
    defect: str = ""


def decode_chunks(encoded: Iterable[EncodedImage], request: Request) -> Iterator[Chunk]:
    """Decode images in order, a bounded number at a time; bad ones are skipped by name.

    Args:
        encoded: The images; consumed as the chunks are.
        request: Size and channels of the prepared images.

    Returns:
        An iterator of chunks.

    Raises:
        OSError: If a file cannot be read at all, as against being no good image.
    """

    remaining = iter(encoded)
    decode = functools.partial(_decode_all, request=request)
    with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
        while some := list(islice(remaining, _CHUNK)):
            tasks = [some[start : start + _TASK] for start in range(0, len(some), _TASK)]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow's, about files that are checked right here
                results = list(chain.from_iterable(pool.map(decode, tasks)))
            yield _collect(some, results, request)


def _decode_all(images: list[EncodedImage], request: Request) -> list[Result]:
    return [_decode(image, request) for image in images]


def _decode(image: EncodedImage, request: Request) -> Result:
    if image.defect:
        return image.defect
    try:
        return decoding.decode_image(image.content, request.image_size, request.channels)
    except decoding.BadImageError as error:
        return str(error)


def _collect(encoded: list[EncodedImage], results: list[Result], request: Request) -> Chunk:
    outcomes = list(zip(encoded, results, strict=True))
    good = [(image, *result) for image, result in outcomes if not isinstance(result, str)]
    empty = np.empty((0, request.image_size, request.image_size, request.channels), np.uint8)
    return Chunk(
        np.stack([pixels for _, pixels, _ in good]) if good else empty,
        names=tuple(image.name for image, _, _ in good),
        attributes={
            name: np.array([image.attributes[name] for image, _, _ in good], dtype=bool)
            for name in encoded[0].attributes
        },
        skipped=tuple((image.name, why) for image, why in outcomes if isinstance(why, str)),
        enlarged=sum(enlarged for _, _, enlarged in good),
    )
