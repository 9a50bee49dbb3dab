"""What a source of images tells of itself: its planner, its value and the options it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_resgen.data.source_plan import SourcePlan

PATH = "PATH"  # the name of a value that is one


@dataclass(frozen=True)
class Source:
    """A kind of image source.

    Args:
        kind: First word of the specification.
        plan: A function `plan(request, [value,] **options) -> SourcePlan`.
        value: What stands after the colon, in capitals; None where nothing may.
        options: Parser of each option's text. A parser raises ValueError for a bad one.
    """

    kind: str
    plan: Callable[..., SourcePlan]
    value: str | None = None
    options: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)

    @property
    def usage(self) -> str:
        """The specification as a user writes it, such as `folder:PATH[,attributes=...]`."""
        value = f":{self.value}" if self.value else ""
        return self.kind + value + "".join(f"[,{name}=...]" for name in self.options)


def whole_number(minimum: int) -> Callable[[str], int]:
    """A parser of whole numbers that are at least `minimum`."""

    def parse(text: str) -> int:
        if not re.fullmatch("[0-9]+", text) or int(text) < minimum:
            raise ValueError(f"expected a whole number from {minimum} on. Received: {text!r}.")
        return int(text)

    return parse


def non_empty(text: str) -> str:
    """A parser of any text but the empty one."""
    if not text:
        raise ValueError("expected a value. Received: nothing after the equals sign.")
    return text


def path_text(text: str) -> str:
    """A parser of paths: which options hold one is known by it."""
    return non_empty(text)
