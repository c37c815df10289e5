"""Relations between tags of the taxonomy: what implies what, and what must not meet."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import replace

from tagctl.messages import _
from tagctl.model import Dimension, Tag
from tagctl.normalise import identity
from tagctl.rules import shape
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems, meant


def tag_named(
    text: str,
    at: Node,
    names: Mapping[str, str],
    problems: Problems,
    known: Mapping[str, object] | None = None,
) -> str | None:
    """The declared name of the tag that has this name or alias; an unknown one is told."""
    found = names.get(identity(text))
    if found is None:
        what = _("There is no tag {name} in the taxonomy.").format(name=text)
        problems.error(at, "unknown-tag", what, meant(text, [*dict.fromkeys(names.values()), *names]))
    else:
        problems.named.append((at, found))
    return found


def implications(
    wanted: list[tuple[str, str, Node]],
    dimensions: Mapping[str, Dimension],
    tags: MutableMapping[str, Tag],
    names: Mapping[str, str],
    problems: Problems,
) -> None:
    """Resolve `implies` into the tags; unknown tags, neighbours and cycles are told."""
    places: dict[tuple[str, str], Node] = {}
    for name, text, at in wanted:
        target = tag_named(text, at, names, problems)
        if target is None or (name, target) in places:
            continue
        dimension = dimensions[tags[name].dimension]
        if target == name:
            what = _("{tag} implies itself.").format(tag=name)
            problems.error(at, "implies-cycle", what, _("Remove it."))
            continue
        if dimension.exclusive != "none" and tags[target].dimension == dimension.name:
            what = _("{tag} implies {other}, but both are in the exclusive dimension {dimension}.").format(
                tag=name, other=target, dimension=dimension.name
            )
            advice = _("A customer holds one tag of it: remove the implication, or make it a child.")
            problems.error(at, "implies-neighbour", what, advice)
            continue
        places[name, target] = at
        tags[name] = replace(tags[name], implies=(*tags[name].implies, target))
    for path in cycles({name: _implied(name, tags) for name in tags}):
        what = _("Tags imply each other in a circle: {path}.").format(path=" → ".join(path))
        at = next(places[key] for key in places if key[1] == path[1] and key[0] in _ancestry(path[0], tags))
        problems.error(at, "implies-cycle", what, _("Remove one of the implications."))


def replacements(
    wanted: list[tuple[str, str, Node]],
    tags: MutableMapping[str, Tag],
    names: Mapping[str, str],
    problems: Problems,
) -> None:
    """Resolve `replaced_by` into the tags. Who is replaced is deprecated, and who replaces is not: so there
    are no chains and no circles."""
    for name, text, at in wanted:
        target = tag_named(text, at, names, problems)
        if tags[name].status != "deprecated":
            what = _("{tag} is replaced by another tag, but is in use itself.").format(tag=name)
            problems.error(at, "replaced-in-use", what, _("Write `status: deprecated`, or remove it."))
        elif target is not None and tags[target].status == "deprecated":
            what = _("{other}, which replaces {tag}, is deprecated itself.").format(tag=name, other=target)
            problems.error(at, "replaced-by-deprecated", what, _("Name a tag that is in use."))
        elif target is not None:
            tags[name] = replace(tags[name], replaced_by=target)


def _ancestry(name: str, tags: Mapping[str, Tag]) -> list[str]:
    """The tag, its parent, and so on up."""
    found = [name]
    while (parent := tags[found[-1]].parent) is not None:
        found.append(parent)
    return found


def _implied(name: str, tags: Mapping[str, Tag]) -> tuple[str, ...]:
    """What holders of the tag get, being holders of its parents too."""
    above = [target for tag in _ancestry(name, tags) for target in tags[tag].implies]
    return tuple(target for target in dict.fromkeys(above) if target != name)


def conflicts(node: Node | None, names: Mapping[str, str], problems: Problems) -> tuple[tuple[str, ...], ...]:
    """The declared sets of tags that must not meet, by declared name."""
    found: list[tuple[str, ...]] = []
    if node is None:
        return ()
    for group in shape.items(node, problems, _("sets of tags that must not meet")):
        if group.kind != "list":
            what = _("A conflict is a list of two or more tags.")
            problems.error(group, "expected-list", what, _("Write - [a, b]."))
            continue
        wanted = shape.names(group, problems, _("tags that must not meet"))
        tags = [tag_named(text, item, names, problems) for text, item in wanted]
        if None in tags or len(wanted) < len(group.items):
            continue
        known = tuple(dict.fromkeys(tag for tag in tags if tag is not None))
        if len(known) < 2:
            what = _("A conflict needs two or more different tags.")
            problems.error(group, "conflict-too-small", what, _("Name the tags that must not meet."))
        else:
            found.append(known)
    return tuple(found)


def cycles(reads: Mapping[str, tuple[str, ...]]) -> list[list[str]]:
    """The circles of a graph, each as a path that ends where it began; one for each way back found."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in reads:
        path: list[str] = []
        stack = [(start, iter(reads.get(start, ())))] if start not in done else []
        while stack:
            node, following = stack[-1]
            if len(path) < len(stack):
                path.append(node)
            target = next(following, None)
            if target is None:
                done.add(node)
                stack.pop()
                path.pop()
            elif target in path:
                found.append([*path[path.index(target) :], target])
            elif target not in done:
                stack.append((target, iter(reads.get(target, ()))))
    return found
