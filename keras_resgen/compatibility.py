"""Names in files of earlier versions, and their names of today.

Files that were written before a name changed must load; `tests/test_frozen_files.py` loads some.
"""

from typing import Any

RENAMED_KEYS = {
    "floor": "baseline",
    "floor_error": "baseline_error",
    "neighbourhoods": "neighborhoods",
}


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
