"""Hypothesis strategies: `cases()` for whole runs, `questions()` for values and conditions alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from scenes import NAMES, Drawing, Scene, additions, world
from worlds import World
from writers import Writer, taxonomy


@dataclass(frozen=True)
class Case:
    taxonomy: dict[str, Any]
    rules: dict[str, Any]
    world: World
    runs: list[tuple[int, list[Any]]]  # (as_of, what is added to the world before)


@dataclass(frozen=True)
class Questions:
    """Metrics and conditions to evaluate for every customer."""

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
    writer = Writer(d, scene, found, nodes)
    writer.add_metrics()
    if d.chance(30):
        writer.conditions["条件"] = writer.condition((-1, 0), 1)
    entries = writer.rules()
    rules: dict[str, Any] = {
        "version": 1,
        "fields": {"积分": "number"},
        "events": {**writer.events, **writer.subsets},
        "metrics": {name: body for name, (body, _kind) in writer.metrics.items()},
        "conditions": writer.conditions,
        "rules": entries,
    }
    everything = (len(NAMES), 0)  # a segment may read any tag
    if d.chance(40):
        segments = [{"name": f"分群{n}", "when": writer.condition(everything)} for n in range(d.number(1, 2))]
        rules["segments"] = segments
    if any(entry.get("each") for entry in entries):
        files["dimensions"].append({"name": "城市群", "kind": "attribute", "tags": []})
    runs = [(scene.as_ofs[0], [])]
    for as_of in scene.as_ofs[1:]:
        runs.append((as_of, additions(d, scene, found, names)))
    return Case(files, rules, found, runs)


@st.composite
def questions(draw: st.DrawFn) -> Questions:
    """A world without tags, and many metrics and single leaves over it."""
    d = Drawing(draw)
    scene = Scene(d)
    found = world(d, scene, [], least=3)
    writer = Writer(d, scene, found, [])
    for index in range(d.number(1, 12)):
        writer.metrics[f"指标{index}"] = writer.aggregate() if d.chance(60) else writer.metric(d.number(0, 7))
    conditions = {
        f"条件{n}": writer.field_leaf() if d.chance(40) else writer.leaf((0, 0))
        for n in range(d.number(1, 32))
    }
    rules: dict[str, Any] = {
        "fields": {"积分": "number"},
        "events": {**writer.events, **writer.subsets},
        "metrics": {name: body for name, (body, _kind) in writer.metrics.items()},
        "conditions": conditions,
    }
    return Questions(rules, found, scene.as_ofs[0])
