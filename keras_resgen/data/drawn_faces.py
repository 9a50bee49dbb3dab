"""The source `faces`: the embedded faces, drawn from known factors."""

from __future__ import annotations

from collections.abc import Iterator

from keras_resgen.data import decoding
from keras_resgen.data.source import Source, non_empty, whole_number
from keras_resgen.data.source_plan import Chunk, Request, SourcePlan

_AT_ONCE = 256


def plan_faces(
    request: Request, count: int = 20_000, seed: int = 0, variant: str = "independent"
) -> SourcePlan:
    """Faces with attributes and factors; the first n are the same for any larger count."""
    from keras_resgen.data import faces

    total = min(count, request.limit or count)

    def chunks() -> Iterator[Chunk]:
        factors = faces.sample_factors(total, seed, variant)
        attributes = faces.attributes(factors)
        for start in range(0, total, _AT_ONCE):
            rows = slice(start, min(start + _AT_ONCE, total))
            some = {name: values[rows] for name, values in factors.items()}
            images = faces.draw(some, request.image_size)
            yield Chunk(
                decoding.to_gray(images) if request.channels == 1 else images,
                names=tuple(map(str, range(rows.start, rows.stop))),
                attributes={name: values[rows] for name, values in attributes.items()},
                factors=some,
            )

    key = {"count": total, "seed": seed, "variant": variant, "version": faces.VERSION}
    return SourcePlan("faces", key, total, "drawing faces", chunks)


FACES = Source(
    "faces",
    plan_faces,
    options={"count": whole_number(1), "seed": whole_number(0), "variant": non_empty},
)
