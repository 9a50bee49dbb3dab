"""Images of any source, prepared alike and kept in a cache on disk."""

from __future__ import annotations

from pathlib import Path

from keras_resgen.data import cache, decoding
from keras_resgen.data.image_set import ImageSet
from keras_resgen.data.registry import plan_source
from keras_resgen.data.source_plan import Progress, Request


def load_images(
    source: str,
    *,
    image_size: int,
    channels: int = 3,
    limit: int | None = None,
    strict: bool = False,
    cache_dir: Path | None = None,
    progress: Progress | None = None,
) -> ImageSet:
    """Load the images of a source, prepared on the first call and from the cache on later ones.

    Sources: `faces[,count=N][,seed=S][,variant=correlated]`, drawn faces with known factors;
    `folder:PATH[,attributes=CSV]`, all images below a folder; `tfds:NAME[,split=...]
    [,data_dir=...]`, an image set of TensorFlow Datasets. `keras_resgen.data.registry` states
    the grammar.

    Args:
        source: The specification.
        image_size: Height and width of the images in pixels.
        channels: 1 for gray or 3 for RGB.
        limit: At most this many images: the first ones, or files spread evenly over a folder.
        strict: Refuse a source with bad files instead of skipping them.
        cache_dir: Where prepared images are kept; see `cache.cache_folder`.
        progress: Called as `progress(done, total, label)` while images are made.

    Returns:
        The images, memory-mapped, with names, attributes, factors and what was skipped.

    Raises:
        ValueError: For a bad specification or argument, a source without usable images, and with
            `strict` for any bad file.
        OSError: If the source cannot be read, or the cache cannot be written.

    Example:
        >>> load_images("faces,count=100", image_size=32).images.shape
        (100, 32, 32, 3)
    """
    _check_arguments(image_size, channels, limit)
    plan = plan_source(source, Request(image_size, channels, limit))
    shape = (image_size, image_size, channels)
    entry = cache.fetch(plan, shape, cache.cache_folder(cache_dir), progress or _silent)
    if strict and entry.skipped:
        raise ValueError(_skipped_message(source, entry.skipped))
    notes = plan.notes
    if entry.enlarged:
        notes += (
            f"{entry.enlarged} of {len(entry.names)} images were smaller than {image_size} pixels "
            f"and were enlarged.",
        )
    return ImageSet(
        entry.images,
        entry.names,
        source,
        entry.fingerprint,
        attributes=plan.attributes(entry.names) if plan.attributes else entry.attributes,
        factors=entry.factors or None,
        skipped=entry.skipped,
        notes=notes,
    )


def _check_arguments(image_size: int, channels: int, limit: int | None) -> None:
    if image_size < decoding.SMALLEST_SIDE:
        raise ValueError(
            f"Expected an image size from {decoding.SMALLEST_SIDE} pixels on. "
            f"Received: image_size={image_size}."
        )
    if channels not in (1, 3):
        raise ValueError(f"Expected 1 (gray) or 3 (RGB) channels. Received: channels={channels}.")
    if limit is not None and limit < 1:
        raise ValueError(f"Expected a limit from 1 image on. Received: limit={limit}.")


def _skipped_message(source: str, skipped: tuple[tuple[str, str], ...]) -> str:
    listed = "".join(f"\n  {name!r}: {reason}" for name, reason in skipped[:20])
    more = f"\n  and {len(skipped) - 20} more" if len(skipped) > 20 else ""
    return (
        f"Expected only good images in {source}. Received: {len(skipped)} bad ones:{listed}{more}\n"
        f"Mend or remove them, or load without strict to skip them."
    )


def _silent(done: int, total: int, label: str) -> None:
    """The progress callback of those who want none."""
