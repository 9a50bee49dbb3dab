"""Names in files of earlier versions, and their names of today.

Files that were written before a name changed must load; `tests/test_frozen_files.py` loads some.
"""

import re
from typing import Any

RENAMED_KEYS = {
    "figure": "metric",
    "figures": "metrics",
    "floor": "baseline",
    "floor_error": "baseline_error",
    "neighbourhoods": "neighborhoods",
}


RENAMED_METRICS = {
    "likeness_of_pairs": "pairwise_similarity",
    "separability": "linear_probe_auc",
    "straightness": "path_length_ratio",
    "typical": "in_distribution",
}


def rename_metric(name: str) -> str:
    """Return today's name of a metric that an older file names.

    Example:

    >>> rename_metric("gaussian_typical_faces"), rename_metric("atypical_faces")
    ('gaussian_in_distribution_faces', 'atypical_faces')
    """
    return re.sub(
        rf"(?<![a-z])({'|'.join(RENAMED_METRICS)})(?![a-z])",
        lambda match: RENAMED_METRICS[match[0]],
        name,
    )


def rename_keys(tree: Any) -> Any:
    """Return a tree of JSON values with today's keys.

    Args:
        tree: dictionaries, lists and scalars, as `json.loads` returns them.

    Example:

    >>> rename_keys({"distribution": {"floor": {"frechet_faces": 0.1}}})
    {'distribution': {'baseline': {'frechet_faces': 0.1}}}
    """
    if isinstance(tree, dict):
        return {RENAMED_KEYS.get(key, key): rename_keys(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [rename_keys(value) for value in tree]
    return tree
