"""Paths into a rule as written: `when.0.at_least`, `bands.2.below`, or from the top `metrics.消费额.within`.
The end of a path is enough where only one place of the rule ends so."""

from __future__ import annotations

from collections.abc import Iterator

from tagctl.errors import ConfigError, Problem, UsageProblem
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.record import record
from tagctl.rules import source
from tagctl.rules.nodes import Node
from tagctl.rules.problems import meant, nearest

_WORDS_OF_A_RULE = ("leave", "priority", "keep_imported")


@record
class Spot:
    """Where a path leads: what stands there, or the mapping in which `key` is not written yet."""

    path: str
    node: Node | None
    parent: Node
    key: str


def find(root: Node, rule: str, path: str) -> Spot:
    """The place that a path means, in the entry of `rules:` for a tag or for a family's dimension."""
    entry = _entry(root, rule)
    whole = _follow(entry, path) or _section(root, path)
    ends = [] if whole else [spot for spot in below(entry) if spot.path.endswith(f".{path}")]
    if len(ends) > 1:
        raise UsageProblem(_ambiguous(path, ends))
    spot = whole or (ends[0] if ends else _new(root, entry, path))
    if spot is None:
        raise UsageProblem(_unknown(path, entry))
    if spot.node is not None and _at(spot.node) < _at(spot.parent):
        what = _("What stands at {path} is written elsewhere in the file, and repeated with `*name`.")
        raise UsageProblem(
            spot.parent.problem(
                "aliased-value", what.format(path=spot.path), _("Write it out at this place.")
            )
        )
    return spot


def written_at(data: bytes, file: str, rule: str, path: str) -> tuple[str, str]:
    """The whole path, and what is written there (nothing, where it is not there yet or no single value)."""
    spot = find(source.load(data, file), rule, path)
    return spot.path, spot.node.text if spot.node is not None else ""


def value(text: str, path: str) -> Node:
    """A value of the command line as YAML. UsageProblem where it is none."""
    try:
        node = source.load(text.encode(), path)
    except ConfigError as error:
        raise UsageProblem(error.problems) from None
    if node.kind == "map" and not node.entries:
        what = _("There is no value for {path}.").format(path=path)
        raise UsageProblem(Problem("missing-value", what, _("Write it like: --set when.at_least=4")))
    return node


# ── following ────────────────────────────────────────────────────────────────────────────────────


def _entry(root: Node, rule: str) -> Node:
    section = root.get("rules")
    for node in section.items if section else ():
        for key in ("tag", "dimension"):
            name = node.get(key)
            if name is not None and identity(name.text) == identity(rule):
                return node
    raise AssertionError(f"{rule} has no entry, though it was compiled")


def _follow(node: Node, path: str, done: str = "") -> Spot | None:
    """Down a path. Names may hold dots: the longest key that fits is taken."""
    keys = sorted((key.text for key, _value in node.entries), key=len, reverse=True)
    keys += [str(number) for number in range(len(node.items))]
    for key in keys:
        part = node.items[int(key)] if node.items else node.get(key)
        if part is None:
            continue
        if path == key:
            return Spot(done + key, part, node, key)
        if path.startswith(f"{key}."):
            return _follow(part, path[len(key) + 1 :], f"{done}{key}.")
    return None


def _section(root: Node, path: str) -> Spot | None:
    """A path from the top of the file; a rule's own path is meant within the rule."""
    head = path.partition(".")[0]
    return _follow(root, path) if head != "rules" and head != path else None


def _new(root: Node, entry: Node, path: str) -> Spot | None:
    """A key that is to be added to a mapping that is there."""
    above, _dot, key = path.rpartition(".")
    if not above:
        return Spot(path, None, entry, key) if key in _WORDS_OF_A_RULE else None
    found = _follow(entry, above) or _section(root, above)
    parent = found.node if found else None
    return Spot(path, None, parent, key) if parent is not None and parent.entries else None


def below(node: Node, done: str = "") -> Iterator[Spot]:
    """Everything below a node, with its path."""
    pairs = [(key.text, value) for key, value in node.entries]
    pairs += [(str(number), item) for number, item in enumerate(node.items)]
    for key, part in pairs:
        yield Spot(done + key, part, node, key)
        yield from below(part, f"{done}{key}.")


def _at(node: Node) -> tuple[int, int]:
    return (node.line, node.column)


# ── problems ─────────────────────────────────────────────────────────────────────────────────────


def _ambiguous(path: str, ends: list[Spot]) -> Problem:
    what = _("{path} stands at several places of the rule.").format(path=path)
    return Problem("ambiguous-path", what, _("Write one of: {names}.").format(names=_paths(ends)))


def _unknown(path: str, entry: Node) -> Problem:
    spots = [s for s in below(entry) if s.node is not None and s.node.kind == "scalar" and s.path != "tag"]
    what = _("There is no {path} in the rule.").format(path=path)
    near = nearest(path, [spot.path for spot in spots])
    advice = meant(path, near) if near else _("There are: {names}.").format(names=_paths(spots))
    return Problem("unknown-path", what, advice)


def _paths(spots: list[Spot]) -> str:
    return ", ".join(spot.path for spot in spots[:8]) + (", …" if len(spots) > 8 else "")
