"""A plan read back, from YAML or any table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tagctl.errors import Location, Problem, UsageProblem
from tagctl.io import sources
from tagctl.io.guard import unguard
from tagctl.io.registry import open_table
from tagctl.io.table import TableFile
from tagctl.messages import _
from tagctl.normalise import identity
from tagctl.rules import shape, source
from tagctl.rules.nodes import Node
from tagctl.rules.problems import Problems, meant
from tagctl.workflows.curating import plans
from tagctl.workflows.curating.plans import Row

_NEEDED = ("label", "verdict", "canonical")


def read(path: Path) -> list[Row]:
    """The rows of a plan. UsageProblem with everything in it that cannot be read."""
    problems: list[Problem] = []
    if path.suffix.lower() in plans.YAML:
        found = list(_from_yaml(sources.local(path).read_bytes(), path.name, problems))
    else:
        found = list(_from_table(open_table(path), problems))
    if problems:
        raise UsageProblem(problems)
    return found


def _from_yaml(data: bytes, name: str, found: list[Problem]) -> Iterator[Row]:
    problems = Problems()
    root = shape.entries(source.read(data, name, problems), ("version", "clusters"), problems, _("a plan"))
    if root is not None:
        shape.version(root, problems)
        clusters = root.get("clusters")
        if clusters is None:
            shape.missing(root.node, "clusters", problems, _("what was proposed"))
        else:
            for item in shape.items(clusters, problems, _("clusters")):
                yield from _cluster(item, problems)
    found.extend(problems.errors)


def _cluster(node: Node, problems: Problems) -> Iterator[Row]:
    known = ("canonical", "labels", "score", "for", "against", "note")
    entries = shape.entries(node, known, problems, _("a cluster"))
    if entries is None:
        return
    canonical = _text(entries.get("canonical"), problems)
    labels = entries.get("labels")
    if labels is None:
        shape.missing(node, "labels", problems, _("what is compared with the canonical one"))
        return
    about = _text(entries.get("note"), problems) or None
    for item in shape.items(labels, problems, _("labels")):
        keys = ("label", "verdict", "customers", "shared", "kind", "note")
        label = shape.entries(item, keys, problems, _("a label with its verdict"))
        if label is None:
            continue
        texts = [_text(label.get(key), problems) for key in keys]
        row = _row(texts[0], canonical, texts[1], texts[5] or about, item.location)
        if isinstance(row, Problem):
            problems.error(label.get("verdict") or item, row.code, row.what, row.next)
        elif row is not None:
            yield row


def _text(node: Node | None, problems: Problems) -> str:
    """What stands there, which may be nothing."""
    if node is None or (node.kind == "scalar" and not node.text.strip()):
        return ""
    return shape.text(node, problems, _("a text")) or ""


def _from_table(table: TableFile, problems: list[Problem]) -> Iterator[Row]:
    there = {identity(header): index for index, header in enumerate(table.headers)}
    columns = {
        name: next((there[identity(word)] for word in both if identity(word) in there), None)
        for name, both in plans.COLUMNS.items()
    }
    missing = [name for name in _NEEDED if columns[name] is None]
    what, advice = _("There is no column “{name}”."), _("A plan is written by: tagctl tags duplicates --plan")
    problems += [
        Problem("unknown-column", what.format(name=plans.said(plans.COLUMNS[name])), advice, table.location())
        for name in missing
    ]
    if missing:
        return
    for line in table.rows():
        if line.error is not None:
            what = _("This row has other columns than the header.")
            problems.append(Problem(line.error, what, advice, table.location(line.number)))
            continue
        cells = [(unguard(text) if table.guarded else text).strip() for text in line.texts]
        texts = [cells[n] if (n := columns[name]) is not None else "" for name in (*_NEEDED, "note")]
        row = _row(texts[0], texts[2], texts[1], texts[3] or None, table.location(line.number))
        if isinstance(row, Problem):
            problems.append(row)
        elif row is not None:
            yield row


def _row(label: str, canonical: str, word: str, note: str | None, at: Location) -> Row | Problem | None:
    """What stands in a row; None where nothing does."""
    verdict = next((v for v, both in plans.VERDICTS.items() if identity(word) in both), None)
    if word and verdict is None:
        known = [plans.in_words(one) for one in plans.VERDICTS]
        what = _("“{text}” is no verdict.").format(text=word)
        return Problem("bad-verdict", what, meant(word, known), at)
    if not label and not verdict:
        return None
    empty = [name for name, text in (("label", label), ("canonical", canonical)) if not text]
    if empty and (verdict or not label):
        what = _("There is a verdict, but no “{name}”.").format(name=plans.said(plans.COLUMNS[empty[0]]))
        return Problem("half-filled", what, _("Fill it in, or delete the row."), at)
    return Row(label, canonical or label, verdict, note, at)
