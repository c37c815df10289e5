"""The shape of a file: mappings with known keys, lists, choices. Unknown words are told with the nearest
known one; near-misses by name, and then without further complaints about the same thing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from tagctl.messages import _
from tagctl.rules import literals, nearmiss
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems, listed, meant, nearest


@dataclass(slots=True)
class Entries:
    """A mapping's entries by key. `broken` tells that some of it was not understood and is told already."""

    node: Node
    values: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Node] = field(default_factory=dict)
    broken: bool = False

    def get(self, key: str) -> Node | None:
        return self.values.get(key)

    def __contains__(self, key: str) -> bool:
        return key in self.values


def entries(
    node: Node,
    known: Collection[str],
    problems: Problems,
    wanted: str,
    hint: Callable[[str], str] = lambda _word: "",
) -> Entries | None:
    """The entries of a mapping whose keys are ours. Unknown keys are told; None where it is no mapping.
    `hint` may say what an unknown one was meant to be."""
    if node.kind != "map":
        if not nearmiss.told(node, problems):
            what = _("Here must stand a mapping: {wanted}.").format(wanted=wanted)
            advice = _("Known keys are: {names}.").format(names=listed(known))
            problems.error(node, "expected-mapping", what, advice)
        return None
    found = Entries(node, broken=node.damaged)
    for key, value in node.entries:
        if key.text in known:
            found.values[key.text] = value
            found.keys[key.text] = key
            continue
        found.broken = True
        if nearmiss.key_told(key, value, problems) or (value.empty and nearmiss.thousands(key, problems)):
            continue
        what = _("`{key}` is not known here.").format(key=key.text)
        problems.error(key, "unknown-key", what, hint(key.text) or meant(key.text, known))
    return found


def root(node: Node, known: Collection[str], section: str, problems: Problems, wanted: str) -> Entries | None:
    """The sections of a file; where a list stands instead, it is said which `section` it belongs under."""
    if node.kind != "list":
        return entries(node, known, problems, wanted)
    what = _("The file begins with a list; its sections should stand here.")
    advice = _("Write `{section}:` above the list.").format(section=section)
    problems.error(node, "list-without-section", what, advice)
    return None


def named(node: Node, problems: Problems, wanted: str) -> Iterator[tuple[str, Node, Node]]:
    """Name, its node and its value for each entry of a mapping whose keys the user chose."""
    if node.empty:
        return
    if node.kind != "map":
        if not nearmiss.told(node, problems):
            what = _("Here must stand a mapping: {wanted}.").format(wanted=wanted)
            problems.error(node, "expected-mapping", what, _("Write `name: …`, one to a line."))
        return
    for key, value in node.entries:
        half = "：" in key.text or (key.flow and value.empty and ":" in key.text) or nearmiss.glued(key)
        if key.plain and half and nearmiss.told(key, problems):
            continue
        name = literals.name(key, problems, _("a name"))
        if name is not None:
            yield name, key, value


def items(node: Node, problems: Problems, wanted: str) -> tuple[Node, ...]:
    """The items of a list; nothing where it is empty or not a list (told)."""
    if node.empty:
        return ()
    if node.kind != "list":
        if not nearmiss.told(node, problems):
            what = _("Here must stand a list: {wanted}.").format(wanted=wanted)
            problems.error(node, "expected-list", what, _("Write [a, b], or one to a line after `- `."))
        return ()
    return node.items


def names(node: Node, problems: Problems, wanted: str) -> list[tuple[str, Node]]:
    """A list of names with their nodes."""
    found = []
    for item in items(node, problems, wanted):
        text = literals.name(item, problems, wanted)
        if text is not None:
            found.append((text, item))
    return found


def text(node: Node | None, problems: Problems, wanted: str) -> str | None:
    """Free text, trimmed; None where there is none."""
    if node is None or node.empty:
        return None
    found = literals.scalar(node, problems, wanted, free=True)
    return found.strip() if found is not None else None


def choice(node: Node | None, known: Collection[str], default: str, problems: Problems) -> str:
    """One of the known words; the default where it is left out or wrong (told)."""
    if node is None:
        return default
    found = literals.scalar(node, problems, _("one of: {names}").format(names=listed(known)))
    if found is None or found in known:
        return found or default
    close = nearest(found, known, 1)
    what = _("`{text}` is none of: {names}.").format(text=found, names=listed(known))
    advice = _("Did you mean {names}?").format(names=close[0]) if close else _("Write one of these words.")
    problems.error(node, "bad-choice", what, advice)
    return default


def missing(at: Node, key: str, problems: Problems, wanted: str) -> None:
    """A key that must be there is not."""
    what = _("`{key}` is missing: {wanted}.").format(key=key, wanted=wanted)
    problems.error(at, "missing-key", what, _("Add `{key}: …`.").format(key=key))


def twice(name: str, at: Node, problems: Problems) -> None:
    """A name is defined a second time."""
    what = _("{name} is defined twice.").format(name=name)
    advice = _("Choose another name; names are equal after folding case, width and spaces.")
    problems.error(at, "duplicate-name", what, advice)


def version(root: Entries, problems: Problems) -> None:
    """`version: 1` may be left out."""
    node = root.get("version")
    if node is not None and node.text != "1":
        what = _("This version of tagctl reads `version: 1`.")
        problems.error(node, "bad-version", what, _("Write `version: 1`, or use a newer tagctl."))
