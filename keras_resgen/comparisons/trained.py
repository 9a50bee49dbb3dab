"""Runs and exports that are there already, as variants of each other."""

from collections.abc import Sequence
from pathlib import Path

from keras_resgen.comparisons.study import Entry, folder_name
from keras_resgen.runs.trained import config_of, is_export

# What may differ between trainings of one variant, or does not matter.
OWN = ("seed", "data", "devices", "hosts", "host")


def trained_entries(paths: Sequence[Path]) -> list[Entry]:
    """Returns an entry for every run or export, in variants by what differs.

    Those that differ in their seeds alone are one variant. Where nothing else tells two apart, as a
    run and its export, each is a variant by its path.

    Args:
        paths: of runs and exports, two or more.

    Raises:
        ValueError: if there are fewer, one is given twice, or one is neither.
    """
    resolved = [path.resolve() for path in paths]
    if len(set(resolved)) < max(2, len(paths)):
        raise ValueError(
            "Two different runs or exports are needed to compare. Received: "
            f"{', '.join(map(str, paths))}. Give another."
        )
    configs = [config_of(path) for path in resolved]
    options = [config.to_dict() for config in configs]
    different = [
        name
        for name in options[0]
        if name not in OWN and len({str(option[name]) for option in options}) > 1
    ]
    variants = []
    for path, option in zip(resolved, options, strict=True):
        values = {name: option[name] for name in different}
        parts = [v if isinstance(v, str) else f"{name}={v}" for name, v in values.items()]
        variants.append(" ".join([*parts, *(["export"] if is_export(path) else [])]))
    keys = [(v, config.seed) for v, config in zip(variants, configs, strict=True)]
    if len(set(keys)) < len(keys) or len(set(variants)) < 2 or "" in variants:
        variants = [str(path) for path in paths]
    return [
        Entry(
            f"{folder_name(variant)}-seed{config.seed}",
            variant,
            config,
            path,
        )
        for variant, config, path in zip(variants, configs, resolved, strict=True)
    ]
