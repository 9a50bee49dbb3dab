"""What is to be compared: variants of one configuration, each with several seeds."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from keras_resgen.comparisons.claims import SCALES, Claim
from keras_resgen.comparisons.studies import STUDIES
from keras_resgen.compatibility import rename_keys, rename_metric
from keras_resgen.runs.config import RunConfig, known_options, option_names, read_options
from keras_resgen.runs.plan.building import applicable, check_config
from keras_resgen.runs.plan.data import with_absolute_paths

Options = Mapping[str, Any]
OPTIONS = option_names()


class Entry(NamedTuple):
    """One training of a study.

    Attributes:
        name: name of its folder.
        variant: it belongs to.
        config: its configuration.
        trained: the run or export, if it is there already.
    """

    name: str
    variant: str
    config: RunConfig
    trained: Path | None = None


@dataclass(frozen=True)
class Study:
    """Variants that differ in options, and are the same in all others.

    Attributes:
        title: the question of the study.
        base: options that all have in common.
        variants: options of each, by name.
        seeds: number of runs of each variant, with the seed of `base`, the next, and so on.
        claims: about the variants.

    Example:

    >>> study = Study("Which?", {"epochs": 2}, vary({"network": ["resnet", "plain"]}), seeds=2)
    >>> [entry.name for entry in study.entries()]
    ['resnet-seed0', 'plain-seed0', 'resnet-seed1', 'plain-seed1']
    """

    title: str
    base: Options
    variants: Mapping[str, Options]
    seeds: int
    claims: tuple[Claim, ...] = ()

    data: ClassVar[None] = None  # images have not moved, as those of what is trained already may

    def __post_init__(self) -> None:
        """Check names and counts.

        Raises:
            ValueError: for anything wrong with them, or with the options of any variant.
        """
        if not isinstance(self.title, str):
            raise ValueError(f"title must be text. Received: {self.title!r}. Put it in quotes.")
        if type(self.seeds) is not int or self.seeds < 1:
            raise ValueError(f"seeds must be 1 or more. Received: {self.seeds}. Give a count.")
        if len({folder_name(name) for name in self.variants}) < max(2, len(self.variants)):
            raise ValueError(
                "A study compares two variants or more, with different names. Received: "
                f"{list(self.variants)}. Vary an option."
            )
        for claim in self.claims:
            SCALES[claim.scale]
            if not {claim.greater, claim.smaller} <= set(self.variants):
                raise ValueError(
                    f"Claims are about {list(self.variants)}. Received: {claim}. Correct its names."
                )
        used = {name for own in self.variants.values() for name in applicable({**self.base, **own})}
        if unused := sorted(set(self.base) - used):
            raise ValueError(
                f"Options must be of one of the compared families at least. Received: {unused}. "
                "Leave them out."
            )
        known: dict[RunConfig, str] = {}
        for name in self.variants:
            config = self._config(name, 0)
            check_config(config)
            if config in known:
                raise ValueError(
                    f"Variants must differ in options that they have. Received: {name!r}, which is "
                    f"the same as {known[config]!r}. Leave one out."
                )
            known[config] = name

    def entries(self) -> list[Entry]:
        """Return every training, all variants with the first seed first.

        Options of single families are left out of variants of other families.
        """
        first = int(self.base.get("seed", 0))
        return [
            Entry(f"{folder_name(name)}-seed{seed}", name, self._config(name, seed))
            for seed in range(first, first + self.seeds)
            for name in self.variants
        ]

    def _config(self, variant: str, seed: int) -> RunConfig:
        options = applicable({**self.base, **self.variants[variant], "seed": seed})
        return RunConfig.from_dict(options)

    def to_dict(self) -> dict[str, Any]:
        """Return it as files hold it, see `from_dict`."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Study:
        """Make a study of what its file holds.

        Args:
            content: `title`, `base`, `seeds`, `claims`, and `variants` or `vary`, see `vary`.

        Raises:
            ValueError: if that is not what it holds.

        Example:

        >>> content = {"vary": {"network": ["resnet", "plain"]}, "base": {"epochs": 2}}
        >>> Study.from_dict(content).seeds
        3
        """
        content = {"title": "Which is better?", "base": {}, "seeds": 3, "variants": {}, **content}
        try:
            variants = {**content.pop("variants"), **vary(content.pop("vary", {}))}
            return cls(
                base=_options(content.pop("base")),
                variants={name: _options(own) for name, own in variants.items()},
                claims=tuple(_claim(claim) for claim in content.pop("claims", ())),
                **content,
            )
        except (TypeError, AttributeError) as error:
            raise ValueError(
                "A study has title, base, seeds, claims, and variants or vary; a claim has text, "
                f"metric, greater, smaller and perhaps scale. Received: {error}. Correct the file."
            ) from error

    def changed(self, options: Options, seeds: int | None) -> Study:
        """Return the same study with other options, and paths that mean the same everywhere.

        Args:
            options: by name, for all variants.
            seeds: number of runs of each variant; None for as many as before.

        Raises:
            ValueError: for options that variants differ in.
        """
        varied = {name for own in self.variants.values() for name in own} & set(options)
        if varied:
            raise ValueError(
                f"Variants of this study have their own {', '.join(sorted(varied))}. Received: "
                "another for all. Leave it out, or vary it by --vary."
            )
        return dataclasses.replace(
            self,
            base=with_absolute_paths({**self.base, **options}),
            variants={name: with_absolute_paths(own) for name, own in self.variants.items()},
            seeds=self.seeds if seeds is None else seeds,
        )


def _claim(content: Mapping[str, Any]) -> Claim:
    claim = Claim(**rename_keys(content))
    return dataclasses.replace(claim, metric=rename_metric(claim.metric))


def _options(given: Options) -> dict[str, Any]:
    """Options by the names that Python gives them."""
    options = known_options(given, OPTIONS)
    if len(options) < len(given):
        raise ValueError(
            f"Every option must be given once. Received: {sorted(given)}, where - counts as _. "
            "Leave one out."
        )
    return options


def find_study(name: str) -> Study:
    """Return a study of this package by its name, or read one from a file.

    Args:
        name: name of a study in `STUDIES`, or the path of a TOML or JSON file.

    Raises:
        ValueError: if there is no such study or file, or the file does not hold a study.

    Example:

    >>> find_study("beta").title
    'What does beta do, from 0 to 10?'
    """
    if name in STUDIES:
        return Study.from_dict(read_options(STUDIES[name]))
    path = Path(name)
    if not path.suffix:
        raise ValueError(
            f"study must be one of {sorted(STUDIES)}, or a TOML or JSON file. Received: {name!r}. "
            "Choose one of these names, or pass the path of a file."
        )
    return Study.from_dict(read_options(path))


def vary(values: Mapping[str, Sequence[Any]]) -> dict[str, dict[str, Any]]:
    """Return a variant for every combination of values.

    Args:
        values: values of options by name.

    Returns:
        Options by the name of the variant: text stands for itself, numbers come with the option's
        name.

    Raises:
        ValueError: for a name that is no option.

    Example:

    >>> list(vary({"model": ["vae", "gan"], "latent_dim": [32, 128]}))
    ['vae latent_dim=32', 'vae latent_dim=128', 'gan latent_dim=32', 'gan latent_dim=128']
    """
    values = _options(values)
    for name, chosen in values.items():
        if not isinstance(chosen, list) or not chosen:
            raise ValueError(
                f"What is varied has a list of values. Received: {name} = {chosen!r}. "
                "Put them in brackets."
            )
    variants = {}
    if not values:
        return {}
    for combination in itertools.product(*values.values()):
        options = dict(zip(values, combination, strict=True))
        variants[variant_name(options)] = options
    return variants


def variant_name(options: Options) -> str:
    """Return what a variant is called by the options in which it differs.

    Example:

    >>> variant_name({"model": "vae", "latent_dim": 32})
    'vae latent_dim=32'
    """
    return " ".join(v if isinstance(v, str) else f"{name}={v}" for name, v in options.items())


def parse_vary(texts: Sequence[str]) -> dict[str, list[Any]]:
    """Read options and their values as they are typed.

    Args:
        texts: such as `"latent_dim=32,128"`; numbers, true and false are not taken for text.

    Raises:
        ValueError: for anything else.

    Example:

    >>> parse_vary(["latent_dim=32,128", "model=vae"])
    {'latent_dim': [32, 128], 'model': ['vae']}
    """
    values: dict[str, list[Any]] = {}
    for text in texts:
        name, _, listed = text.partition("=")
        parts = [part.strip() for part in listed.split(",")]
        if not name.strip() or not all(parts) or name.strip() in values:
            raise ValueError(
                "--vary takes an option and its values, each option once. "
                f"Received: {text!r}. Give, say, --vary model=vae,gan."
            )
        values[name.strip()] = [_value(part) for part in parts]
    return values


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def folder_name(variant: str) -> str:
    """Return the name of a variant's folders, made of letters, digits, dots and dashes.

    Example:

    >>> folder_name("vae latent_dim=32")
    'vae-latent-dim-32'
    """
    return re.sub(r"[^A-Za-z0-9.]+", "-", variant).strip("-")
