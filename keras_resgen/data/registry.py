"""Source specifications such as `faces,count=500` and the table of the sources they name.

Grammar: `KIND[:VALUE][,option=value]...`. A comma starts an option only where one of the source's
own option names and `=` follow it, so that a path may hold commas and equals signs
(`folder:holiday, day=1` is a path). A path that itself contains `,attributes=` cannot be written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from keras_resgen.data.drawn_faces import FACES
from keras_resgen.data.folder import FOLDER
from keras_resgen.data.source import PATH, Source, path_text
from keras_resgen.data.source_plan import Request, SourcePlan
from keras_resgen.data.tfds import TFDS
from keras_resgen.registry import Registry

SOURCES: Registry[Source] = Registry(
    "source of images", {source.kind: source for source in (FACES, FOLDER, TFDS)}
)


def plan_source(specification: str, request: Request) -> SourcePlan:
    """Read a specification and let its source check what it needs, before any work starts.

    Raises:
        ValueError: For an unknown kind or option, naming the known ones, or a bad value.
    """
    source, positional, texts = _parse(specification)
    options = {name: _parse_option(source, name, text) for name, text in texts.items()}
    return source.plan(request, *positional, **options)


def replace_paths(specification: str, replace: Callable[[str, str], str | None]) -> str:
    """Write a specification with other paths.

    Args:
        specification: Of any source.
        replace: Called as `replace(name, path)` with `PATH`, or an option whose parser is
            `path_text`; returns the path to write, or None to leave the option out.

    Raises:
        ValueError: As `plan_source`, or if the outcome would be read otherwise.

    Example:
        >>> replace_paths("folder:cats", lambda name, path: "/home/me/" + path)
        'folder:/home/me/cats'
    """
    source, positional, texts = _parse(specification)
    if source.value == PATH:
        positional = [replace(PATH, path) or "" for path in positional]
    replaced = {
        name: replace(name, text) if source.options[name] is path_text else text
        for name, text in texts.items()
    }
    written = {name: text for name, text in replaced.items() if text is not None}
    settings = "".join(f",{name}={text}" for name, text in written.items())
    outcome = source.kind + "".join(f":{value}" for value in positional) + settings
    if _parse(outcome) != (source, positional, written):
        raise ValueError(
            f"A path must not contain an option of {source.usage}. Received: {outcome!r}. "
            "Rename the folder."
        )
    return outcome


def _parse(specification: str) -> tuple[Source, list[str], dict[str, str]]:
    """The source, its value as a list of no or one, and the text of every option given."""
    source = _find_source(specification)
    remainder = specification[len(source.kind) :]
    names = "|".join(map(re.escape, source.options))
    value, *settings = re.split(f",(?=(?:{names})=)", remainder)
    texts: dict[str, str] = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        if name in texts:
            raise ValueError(f"Each option is given once. Received: {name}= twice in {source.kind}")
        texts[name] = text
    return source, _positional(source, specification, value), texts


def _find_source(specification: str) -> Source:
    kind = re.split("[:,]", specification, maxsplit=1)[0]
    if kind not in SOURCES:
        usages = "; ".join(source.usage for source in SOURCES.values())
        raise ValueError(
            f"Expected a source of images, one of: {usages}. Received: {specification!r}."
        )
    return SOURCES[kind]


def _positional(source: Source, specification: str, value: str) -> list[str]:
    """The value after the colon as a list of no or one argument."""
    if source.value and len(value) > 1 and value[0] == ":":
        return [value[1:]]
    if not source.value and not value:
        return []
    raise ValueError(f"Expected {source.usage}. Received: {specification!r}.")


def _parse_option(source: Source, name: str, text: str) -> Any:
    try:
        return source.options[name](text)
    except ValueError as error:
        raise ValueError(f"Option {name} of the source {source.kind}: {error}") from None
