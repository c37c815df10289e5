"""The rule language: YAML in, a checked `Ruleset` out. Pure: no database, no clock, no printing.

The functions below are the door. They load the compiler when called, so that importing this package
costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

from tagctl.errors import Problem
from tagctl.model import Catalog, Condition, Duration, Field, Ruleset, Taxonomy
from tagctl.record import record


@record
class Files:
    """The project's two files: their bytes, and what they are called in messages."""

    taxonomy: bytes
    rules: bytes
    taxonomy_name: str = "taxonomy.yaml"
    rules_name: str = "rules.yaml"


@record
class Compiled:
    """rules.yaml as read. With `problems`, the ruleset holds only what could be understood: do not run it."""

    ruleset: Ruleset
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


@record
class Mended:
    """A file's new bytes, what was mended, and the lines that changed as (number, before, after)."""

    data: bytes
    mended: tuple[Problem, ...] = ()
    lines: tuple[tuple[int, str, str], ...] = ()


def compile(
    data: bytes | None, file: str, taxonomy: Taxonomy, catalog: Catalog, timezone: ZoneInfo
) -> Compiled:
    """Read rules.yaml against a taxonomy and what imports have supplied. None (no file) means no rules.

    Never raises for what the file holds: every problem is in the result, in the order of the file.
    """
    from tagctl.rules import ruleset

    return ruleset.compile_rules(data, file, taxonomy, catalog, timezone)


def review(
    ruleset: Ruleset, taxonomy: Taxonomy, timezone: ZoneInfo, as_of: int, data: bytes | None = None
) -> tuple[Problem, ...]:
    """Advice about rules that compiled: conditions that never or always hold, rules that mean the same, are
    outranked wherever they hold, or meet in an exclusive dimension without an order.

    The ruleset is to be compiled against `supposed.catalog`, as if all it names were imported. What is said
    is proved; examples are customers as of `as_of`. `data` is the file, for the excerpts.
    """
    from tagctl.rules.checking import advice

    return advice.review(ruleset, taxonomy, timezone, as_of, data or b"")


def condition(
    text: str, taxonomy: Taxonomy, catalog: Catalog, timezone: ZoneInfo, ruleset: Ruleset | None = None
) -> Condition:
    """One condition from the command line (`--when`), in YAML flow syntax. With a ruleset its metrics,
    conditions, segments and event subsets can be used. Raises UsageProblem with all problems."""
    from tagctl.rules import ruleset as compiler

    return compiler.condition_from_text(text, taxonomy, catalog, timezone, ruleset or Ruleset())


def read_taxonomy(data: bytes | None, file: str) -> tuple[Taxonomy, tuple[Problem, ...], tuple[Problem, ...]]:
    """taxonomy.yaml as read, its problems and its warnings. None (no file) means an empty taxonomy."""
    from tagctl.rules import taxonomy

    return taxonomy.read(data, file)


def declared_fields(data: bytes | None, file: str) -> tuple[Field, ...]:
    """Only the `fields:` of rules.yaml, for import and conversion of columns before rules are compiled.

    What is wrong there is left out here and told by `compile`.
    """
    from tagctl.rules import ruleset

    return ruleset.declared_fields(data, file)


def given_tags(data: bytes | None, file: str, taxonomy: Taxonomy) -> frozenset[str]:
    """The declared tags that a rule or an implication gives, also where the rules do not compile."""
    from tagctl.rules import given

    return given.tags(data, file, taxonomy)


def duration(text: str) -> Duration | None:
    """A duration as rules.yaml writes it (`7d`, `2周`); None for anything else."""
    from tagctl.rules import literals

    return literals.read_duration(text)


def expand(ruleset: Ruleset, values: Mapping[str, Sequence[str]], taxonomy: Taxonomy) -> Ruleset:
    """The ruleset with each `each: true` family (by its id) turned into one rule per distinct value.

    Values that are one label (normalise.identity) become one tag, spelled as declared in the taxonomy,
    else as the first of them. A value that is a tag of another dimension makes no rule.
    """
    from tagctl.rules import families

    return families.expand(ruleset, values, taxonomy)


def mend(data: bytes, file: str, check: Callable[[bytes], Sequence[Problem]]) -> Mended:
    """taxonomy.yaml or rules.yaml with what only looks right made right: full-width punctuation, tabs,
    missing spaces, the encoding. `check` tells all that is wrong with a text of the file; what it does not
    name stays as it is."""
    from tagctl.rules import mending

    return mending.mend(data, file, check)


def json_schema(kind: Literal["taxonomy", "rules"]) -> str:
    """The JSON Schema of taxonomy.yaml or rules.yaml, for editors; ASCII, so that any shell can redirect it.

    Its help texts are in the language in use.
    """
    import json

    from tagctl.rules import schema

    return json.dumps(schema.build(kind), indent=1) + "\n"
