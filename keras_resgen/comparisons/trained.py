"""Existing runs and exports, compared as variants of each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from keras_resgen.comparisons.claims import Claim
from keras_resgen.comparisons.study import Entry, folder_name, variant_name
from keras_resgen.runs.trained import is_export, load_config

# Options that may differ between runs of one variant, or do not matter.
OWN = ("seed", "data", "devices", "hosts", "host")


@dataclass(frozen=True)
class TrainedStudy:
    """A comparison of existing runs and exports.

    Attributes:
        paths: paths of two or more runs and exports; absolute, so that it can be resumed anywhere.
        data: the images that they were trained on, if they have moved.
    """

    paths: tuple[Path, ...]
    data: str | None = None

    title: ClassVar[str] = "Existing runs and exports"
    claims: ClassVar[tuple[Claim, ...]] = ()

    def __post_init__(self) -> None:
        """Raise a ValueError if there are fewer than two, or one is given twice."""
        if len(set(self.paths)) < max(2, len(self.paths)):
            raise ValueError(
                "Expected two different runs or exports. Received: "
                f"{', '.join(map(str, self.paths))}. Give another."
            )

    def entries(self) -> list[Entry]:
        """Return an entry for every run or export, in variants by their differences.

        Those that differ in their seeds alone are one variant. Where nothing else tells two apart,
        as a run and its export, each is a variant by its path.

        Raises:
            ValueError: if one is neither a run nor an export.
        """
        configs = [load_config(path) for path in self.paths]
        options = [config.to_dict() for config in configs]
        different = [
            name
            for name in options[0]
            if name not in OWN and len({str(option.get(name)) for option in options}) > 1
        ]
        variants = []
        for path, option in zip(self.paths, options, strict=True):
            name = variant_name({name: option.get(name) for name in different})
            variants.append(f"{name}{' export' if is_export(path) else ''}".strip())
        keys = [(v, config.seed) for v, config in zip(variants, configs, strict=True)]
        if len(set(keys)) < len(keys) or len(set(variants)) < 2 or "" in variants:
            variants = [str(path) for path in self.paths]
        return [
            Entry(f"{i}-{folder_name(variant)}-seed{config.seed}", variant, config, path)
            for i, (variant, config, path) in enumerate(
                zip(variants, configs, self.paths, strict=True)
            )
        ]

    def changed(self, options: Mapping[str, Any], seeds: int | None) -> TrainedStudy:
        """Return itself, since it has no options.

        Raises:
            ValueError: for options or seeds.
        """
        if options or seeds is not None:
            raise ValueError(
                "Existing runs have their options and seeds. Received: "
                f"{', '.join([*options, *(['seeds'] if seeds else [])])}. Leave these out."
            )
        return self

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON values of the comparison."""
        return {"trained": [str(path) for path in self.paths], "data": self.data}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> TrainedStudy:
        """Return the comparison from what `to_dict` returned."""
        return cls(tuple(map(Path, content["trained"])), content["data"])
