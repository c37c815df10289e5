"""Random taxonomies and rules, renamed, merged, moved: the files stay valid, mean the same with the names
exchanged, and keep every other line and every comment; the database follows, and undo brings all of it back.

TAGCTL_EXAMPLES=2000 makes it look further, at random.
"""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import worlds
import yaml
from content import check_invariants, content
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st
from scenes import Drawing
from strategies import Case, cases
from test_oracle_agreement import EXAMPLES, limits

from tagctl import rules as language
from tagctl.errors import TagctlError
from tagctl.model import AnyOf, Catalog, EventType, Field, HasTag, Ruleset, TagRecord, Taxonomy
from tagctl.rules.curating import entries as places
from tagctl.rules.curating.draft import Draft
from tagctl.store.connection import open_store
from tagctl.store.operations import operate
from tagctl.store.undo import undo
from tagctl.workflows import curating
from tagctl.workflows.curating import applying

NEW = "新的 #名"


def written(d: Drawing, content: dict[str, Any], name: str) -> bytes:
    """A file as people write them: in lines or in braces, with comments anywhere at the end of a line."""
    style = d.pick([False, False, None, True])
    lines = yaml.safe_dump(
        plain(content), allow_unicode=True, sort_keys=False, default_flow_style=style, width=10_000
    ).split("\n")
    count = 0
    for number, line in enumerate(lines):
        if line and "|" not in line and ">" not in line and d.chance(25):
            count += 1
            lines[number] += f"  # {name} {count}"
        elif line.startswith(" ") and d.chance(8):
            count += 1
            indent = len(line) - len(line.lstrip(" -"))
            lines[number] = (
                f"{' ' * indent}# {name} 上 {count}\n{line}" if "- " not in line[:indent] else line
            )
    return "\n".join(lines).encode()


def comments(data: bytes) -> Counter[str]:
    return Counter(re.findall(r"(?<!\S)# (文件\S(?: 上)? \d+)$", data.decode(), re.MULTILINE))


def meaning(thing: object, names: dict[str, str]) -> object:
    """What was compiled, as plain tuples, with tags by other names; which tags a family has is left out."""
    if isinstance(thing, HasTag | TagRecord):
        part = getattr(thing, "part", "")
        dimension = getattr(thing, "dimension", False)
        return (type(thing).__name__, thing.tag if dimension else names.get(thing.tag, thing.tag), part)
    if dataclasses.is_dataclass(thing):
        return (
            type(thing).__name__,
            *(
                meaning(getattr(thing, field.name), names)
                for field in dataclasses.fields(thing)
                if field.name not in ("location", "hash", "order")
            ),
        )
    if isinstance(thing, tuple):
        return tuple(meaning(item, names) for item in thing)
    if isinstance(thing, dict):
        return tuple((key, meaning(value, names)) for key, value in thing.items())
    return names.get(thing, thing) if isinstance(thing, str) else thing


def all_but_rules(ruleset: Ruleset, names: dict[str, str]) -> object:
    return meaning(dataclasses.replace(ruleset, rules=()), names)


def by_tag(ruleset: Ruleset, names: dict[str, str]) -> dict[str, object]:
    return {names.get(rule.tag, rule.tag): meaning(rule, names) for rule in ruleset.rules}


def entries(taxonomy: Taxonomy, names: dict[str, str]) -> dict[str, object]:
    """Every tag but for its place, its other names and its relations."""
    return {
        names.get(tag.name, tag.name): (tag.dimension, tag.expires, tag.review)
        for tag in taxonomy.tags.values()
    }


def relations(taxonomy: Taxonomy, names: dict[str, str]) -> tuple[set[Any], set[Any]]:
    implied = {
        (names.get(tag.name, tag.name), names.get(other, other))
        for tag in taxonomy.tags.values()
        for other in tag.implies
    }
    sets = {frozenset(names.get(tag, tag) for tag in group) for group in taxonomy.conflicts}
    return {pair for pair in implied if len(set(pair)) == 2}, {group for group in sets if len(group) > 1}


def supplied(world: worlds.World) -> Catalog:
    """What the imports of a world have brought."""

    def fields(specs: dict[str, worlds.Spec]) -> tuple[Field, ...]:
        return tuple(Field(name, spec.type, spec.role, name) for name, spec in specs.items())

    own = (Field("客户", "text", "key", "tagctl_customer"), Field("时间", "datetime", "at", "tagctl_at"))
    events = (EventType(name, (*own, *fields(specs))) for name, specs in world.types.items())
    return Catalog(fields(world.fields), tuple(events))


def plain(content: Any) -> Any:
    """Times as text: in braces YAML would mark them as times of its own."""
    if isinstance(content, dict):
        return {key: plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [plain(item) for item in content]
    return content.isoformat() if isinstance(content, datetime) else content


@dataclasses.dataclass
class Edited:
    case: Case
    draft: Draft
    kind: str
    tag: str
    into: Any
    rule: str | None = None
    done: curating.Curation | None = None


@st.composite
def edits(draw: st.DrawFn) -> Edited:
    """Both files and an edit of them; `done` is None where somebody has to decide first."""
    case = draw(cases())
    d = Drawing(draw)
    files = language.Files(written(d, case.taxonomy, "文件一"), written(d, case.rules, "文件二"))
    draft = Draft(files, supplied(case.world), ZoneInfo(case.world.zone))
    names = list(draft.taxonomy.tags)
    kinds = [*(["merge", "merge", "merge", "move"] if len(names) > 1 else []), "rename", "split", "retire"]
    kind, tag = d.pick(kinds), d.pick(names)
    others = [name for name in names if name != tag]
    into = d.pick(others) if kind == "merge" else d.pick([None, *others]) if kind == "retire" else NEW
    keepers = [name for name in (tag, into) if kind == "merge" and places.rule_of(draft, name)]
    edited = Edited(case, draft, kind, tag, into, d.pick([None, *keepers]))
    try:
        if kind == "rename":
            edited.done = curating.rename(draft, tag, NEW)
        elif kind == "retire":
            edited.done = curating.retire(draft, tag, into)
        elif kind == "split":
            other = d.pick([None, "其余"])
            edited.done = curating.split(draft, tag, NEW, "{field: 年龄, at_least: 3}", other)
        elif kind == "merge":
            edited.done = curating.merge(draft, [tag], into, rule=edited.rule)
        else:
            edited.into = d.pick(list(draft.taxonomy.dimensions))
            edited.done = curating.move(draft, tag, edited.into)
    except TagctlError as error:
        assert error.problems[0].code in (
            "two-rules",
            "merge-into-child",
            "not-possible",
            "split-family",
        ), error.problems
    event(f"{kind} {'done' if edited.done else 'refused'}")
    return edited


def check_texts(edited: Edited) -> None:
    """Every comment is there; of a renamed tag, every line that does not name it is as it was."""
    assert edited.done is not None
    before, after = edited.draft.files, edited.done.after.files
    for old, new in ((before.taxonomy, after.taxonomy), (before.rules, after.rules)):
        assert comments(old) == comments(new), (old.decode(), new.decode())
    if edited.kind == "rename":
        for old, new in ((before.taxonomy, after.taxonomy), (before.rules, after.rules)):
            kept = [line for line in old.split(b"\n") if edited.tag.encode() not in line]
            assert Counter(kept) - Counter(new.split(b"\n")) == Counter()


def check_meaning(edited: Edited) -> None:
    assert edited.done is not None
    was, now = edited.draft, edited.done.after
    into = NEW if edited.kind == "rename" else edited.into
    names = {edited.tag: into} if edited.kind != "move" else {}
    old, new = entries(was.taxonomy, names), entries(now.taxonomy, {})
    if edited.kind == "move":
        dimension = was.taxonomy.dimensions[edited.into].name
        for name in was.taxonomy.children(edited.tag):
            old[name] = (dimension, *old[name][1:])  # type: ignore[index]
    if edited.kind == "merge":
        old[into] = entries(was.taxonomy, {})[into]
        home = was.taxonomy.tags[into].dimension
        for name in was.taxonomy.children(edited.tag):
            if name != edited.tag:
                old[name] = (home, *old[name][1:])  # type: ignore[index]
    assert new == old
    assert relations(now.taxonomy, {}) == relations(was.taxonomy, names)
    for label, owner in was.taxonomy.names.items():
        assert now.taxonomy.names[label] == names.get(owner, owner)
    assert all_but_rules(now.ruleset, {}) == all_but_rules(was.ruleset, names)
    check_rules(edited, was.ruleset, now.ruleset, names)


def check_rules(edited: Edited, was: Ruleset, now: Ruleset, names: dict[str, str]) -> None:
    found, expected = by_tag(now, {}), by_tag(was, names)
    both = [next((r for r in was.rules if r.tag == tag), None) for tag in (edited.tag, edited.into)]
    if edited.kind == "merge" and both[0] is not None and both[1] is not None:
        mine = found.pop(edited.into)
        expected.pop(edited.into)
        if edited.rule is not None:
            assert mine[3] == meaning(both[edited.rule == edited.into].when, names)  # type: ignore[index, union-attr]
        elif both[0].id == both[0].tag:
            parts = both[1].when.items if isinstance(both[1].when, AnyOf) else (both[1].when,)
            assert meaning(next(r for r in now.rules if r.tag == edited.into).when, {}) == meaning(
                AnyOf((*parts, both[0].when)), names
            )
    assert found == expected


def check_held(edited: Edited, before: dict[Any, int], after: dict[Any, int]) -> None:
    """Who holds what, from where and since when, with the names exchanged."""
    assert edited.done is not None
    names = {edited.tag: edited.into} if edited.kind in ("rename", "merge", "retire") else {}
    if edited.kind == "split":  # the parts together are what the tag was
        parts = dict.fromkeys(edited.done.tags, edited.tag)
        found = {
            (customer, parts.get(tag, tag), source): since for (customer, tag, source), since in after.items()
        }
        assert len(found) == len(after)
        assert found == before
        return
    moved = {(c, names.get(t, t), s) for c, t, s in before}
    assert {one for one in moved if one[1] is not None} == set(after)
    if edited.kind in ("rename", "move"):
        assert {(c, names.get(t, t), s): since for (c, t, s), since in before.items()} == after


@settings(limits, max_examples=EXAMPLES or 25, phases=[Phase.explicit, Phase.generate])
@given(edited=edits())
def test_files_mean_the_same(edited: Edited) -> None:
    if edited.done is not None:
        check_texts(edited)
        if edited.kind in ("rename", "merge", "move"):
            check_meaning(edited)


@settings(limits, max_examples=EXAMPLES or 5, phases=[Phase.explicit, Phase.generate])
@given(edited=edits())
def test_the_database_follows_and_undo_brings_all_back(edited: Edited) -> None:
    if edited.done is None:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = applying.Paths(folder / "taxonomy.yaml", folder / "rules.yaml")
        before = (edited.draft.files.taxonomy, edited.draft.files.rules)
        for path, data in zip((paths.taxonomy, paths.rules), before, strict=True):
            path.write_bytes(data)
        with open_store(folder / "tagctl.db", create=True) as store:
            store.execute("PRAGMA synchronous = OFF")
            worlds.fill(store, edited.case.world, edited.draft.taxonomy)
            start, held = content(store), worlds.held(store)
            with operate(store, "tags-merge", now=edited.case.runs[0][0], by="test") as op:
                applying.apply(op, [edited.done], paths)
            check_invariants(store)
            check_held(edited, held, worlds.held(store))
            after = edited.done.after.files
            assert (paths.taxonomy.read_bytes(), paths.rules.read_bytes()) == (after.taxonomy, after.rules)
            if op.result is None:
                assert after == edited.draft.files
                return
            with operate(store, "undo", now=edited.case.runs[0][0], by="test") as op:
                undo(op, op.number - 1)
            assert content(store) == start
            assert (paths.taxonomy.read_bytes(), paths.rules.read_bytes()) == before
