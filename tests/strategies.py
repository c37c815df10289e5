"""Hypothesis strategies: `cases()` for whole runs, `questions()` for values and conditions alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from scenes import NAMES, Drawing, Scene, additions, world
from worlds import World
from writers import EACH, Writer
from writing_taxonomies import Node, taxonomy

# What a condition may read: tags that stand before a place in the order of the rules.
NOTHING = (-1, 0)
EVERYTHING = (len(NAMES), 0)


@dataclass(frozen=True)
class Case:
    taxonomy: dict[str, Any]
    rules: dict[str, Any]
    world: World
    runs: list[tuple[int, list[Any]]]  # (as_of, what is added to the world before)


@dataclass(frozen=True)
class Questions:
    """Metrics and conditions to evaluate for every customer; each condition is the rule of a tag, too."""

    taxonomy: dict[str, Any]
    rules: dict[str, Any]
    world: World
    as_of: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Both files, a world and one to three runs over it."""
    d = Drawing(draw)
    scene = Scene(d)
    files, nodes = taxonomy(d)
    names = [node.name for node in nodes]
    found = world(d, scene, [*names, "旧标签"])  # the last one has left the file
    rules = rules_for(d, scene, found, files, nodes)
    runs = [(scene.as_ofs[0], [])]
    for as_of in scene.as_ofs[1:]:
        runs.append((as_of, additions(d, scene, found, names)))
    return Case(files, rules, found, runs)


def rules_for(
    d: Drawing, scene: Scene, found: World, files: dict[str, Any], nodes: list[Node]
) -> dict[str, Any]:
    """rules.yaml for a taxonomy, which gets the pilots of these rules."""
    writer = Writer(d, scene, found, nodes)
    writer.add_metrics()
    if d.chance(30):
        writer.conditions["条件"] = writer.condition(NOTHING, 1)
    if d.chance(30):
        writer.segment(NOTHING)
    entries = writer.rules()
    writer.pilots()
    if d.chance(40):
        writer.segment(EVERYTHING)
    if writer.each and not any(dimension["name"] == EACH for dimension in files["dimensions"]):
        files["dimensions"].append({"name": EACH, "kind": "attribute", "tags": []})
    return {
        "version": 1,
        **sections(writer),
        "conditions": writer.conditions,
        "rules": entries,
        "segments": writer.segments,
    }


def sections(writer: Writer) -> dict[str, Any]:
    """What conditions and rules name."""
    return {
        "fields": {"积分": "number"},
        "events": {**writer.events, **writer.subsets},
        "periods": writer.periods,
        "metrics": {name: body for name, (body, _kind) in writer.metrics.items()},
    }


@st.composite
def questions(draw: st.DrawFn) -> Questions:
    """A world with tags that were held, and many metrics and single leaves over it."""
    d = Drawing(draw)
    scene = Scene(d)
    nodes = [
        Node("甲", "记录", (0, 0), ["甲子"], [], {}),
        Node("甲子", "记录", (0, 0), [], [], {}),
        Node("乙", "记录", (0, 1), [], [], {}),
    ]
    found = world(d, scene, [node.name for node in nodes], least=3, held=75)
    writer = Writer(d, scene, found, nodes)
    writer.each = False
    for index in range(d.number(1, 12)):
        writer.metrics[f"指标{index}"] = writer.aggregate() if d.chance(60) else writer.metric(d.number(0, 7))
    kinds = [writer.field_leaf, writer.record, lambda: writer.leaf(NOTHING)]
    conditions = {f"条件{n}": d.pick([*kinds, kinds[-1]])() for n in range(d.number(1, 32))}
    known = {"name": "记录", "tags": [{"name": "甲", "children": ["甲子"]}, "乙"]}
    files = {"dimensions": [known, {"name": "问题", "tags": list(conditions)}]}
    rules = {
        **sections(writer),
        "conditions": conditions,
        "rules": [{"tag": name, "when": {"condition": name}} for name in conditions],
    }
    return Questions(files, rules, found, scene.as_ofs[0])
