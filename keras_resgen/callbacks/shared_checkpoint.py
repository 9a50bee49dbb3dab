"""The checkpoint from which all hosts of a training can go on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from keras_resgen.callbacks.checkpoint_file import (
    checkpoint_path,
    checkpoint_position,
    checkpoints,
    newest_checkpoint,
    read_checkpoint,
)
from keras_resgen.training.devices.hosts import current_hosts, on_all_hosts

KEPT = 2
MISSING = (-1, -1)


def newest_shared_checkpoint(
    folder: Path, report: Callable[[str], None] = print
) -> tuple[Path, dict[str, Any]] | None:
    """Return the newest whole checkpoint that every host has one like.

    Hosts save at the same steps, so that of the two that each keeps one is on all of them, unless
    a host was lost before its first.

    Args:
        folder: folder of this host's checkpoints.
        report: called with a sentence if newer ones are passed over.

    Returns:
        Its path and what is in it; None if training starts from the beginning.

    Raises:
        ValueError: if hosts that have trained for longer have no checkpoint in common.

    Example:

    >>> newest_shared_checkpoint(Path("no such folder"))
    """
    newest = newest_checkpoint(folder, report)
    if len(current_hosts().addresses) < 2:
        return newest
    own = [p for p in checkpoints(folder) if newest and p <= newest[0]][-KEPT:]
    positions = [checkpoint_position(path) for path in own]
    of_hosts = on_all_hosts([MISSING] * (KEPT - len(own)) + positions).tolist()
    shared = set.intersection(*({tuple(p) for p in positions} for positions in of_hosts))
    shared.discard(MISSING)
    if not shared and any(tuple(oldest) != MISSING for oldest, *_ in of_hosts):
        without = [i for i, (_, last) in enumerate(of_hosts) if tuple(last) == MISSING]
        raise ValueError(
            f"All hosts must have a checkpoint in common. Received: none, and none at all on "
            f"{current_hosts().names(without) or 'no host'}. Copy the run's folder from one host "
            "to the others, and give each its own --host."
        )
    path = checkpoint_path(folder, *max(shared)) if shared else None
    if newest and newest[0] == path:
        return newest
    if newest:
        report(f"Passed over {newest[0].name}, which not all hosts have.")
    return (path, read_checkpoint(path)) if path else None
