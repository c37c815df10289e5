"""taxonomy.yaml and rules.yaml as the reference sees them: tags, one rule per tag, which of them run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import oracle_time as time
from oracle_conditions import Reader
from oracle_values import AGGREGATES, WINDOWS, fold, lookup
from worlds import World


@dataclass(frozen=True)
class Tag:
    name: str
    dimension: str
    choice: str
    position: int  # of the choice in its dimension
    order: int  # in the file
    implies: tuple[str, ...]
    expires: str | None
    draft: bool = False
    pilot: Any = None


@dataclass(frozen=True)
class Rule:
    tag: str
    when: Any
    leave: Any
    priority: int
    keep_imported: bool
    order: int


class Files:
    """Both files over a world."""

    def __init__(self, taxonomy: dict[str, Any], rules: dict[str, Any], world: World, as_of: int) -> None:
        self.world, self.as_of = world, as_of
        self.reader = Reader(rules, world, as_of)
        self.zone = self.reader.zone
        self.dimensions: dict[str, dict[str, Any]] = {d["name"]: d for d in taxonomy["dimensions"]}
        self.tags: dict[str, Tag] = {}
        self.parents: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.read_taxonomy()
        for value, dimension in world.values.items():  # was one before, so it stays a tag
            self.add_value(value, dimension)
        self.rules = {rule.tag: rule for rule in self.read_rules(rules.get("rules") or [])}
        self.states = {tag: self.rule_state(rule) for tag, rule in self.rules.items()}

    # ── reading the files ────────────────────────────────────────────────────────────────────────

    def read_taxonomy(self) -> None:
        def add(dimension: str, body: Any, parent: str | None, position: int) -> None:
            body = {"name": body} if isinstance(body, str) else body
            name = body["name"]
            choice = name if parent is None else self.tags[parent].choice
            self.tags[name] = Tag(
                name,
                dimension,
                choice,
                position,
                len(self.tags),
                tuple(body.get("implies") or ()),
                body.get("expires"),
                body.get("status") == "draft",
                (body.get("pilot") or {}).get("when"),
            )
            if parent is not None:
                self.parents[name] = parent
            for spelling in (name, *(body.get("aliases") or ())):
                self.names[fold(spelling)] = name
            for child in body.get("children") or ():
                add(dimension, child, name, position)

        for name, body in self.dimensions.items():
            for position, tag in enumerate(body.get("tags") or ()):
                add(name, tag, None, position)

    def tag(self, spelling: str) -> str:
        return self.names[fold(spelling)]

    def family_of(self, spelling: str) -> list[str]:
        return self.family(self.tag(spelling))

    def family(self, tag: str) -> list[str]:
        """The tag and its descendants."""
        found = [tag]
        for child, parent in self.parents.items():  # parents stand before their children
            if parent in found:
                found.append(child)
        return found

    def read_rules(self, entries: list[dict[str, Any]]) -> Iterator[Rule]:
        order = 0
        for entry in entries:
            for tag, when in self.members(entry):
                yield Rule(
                    tag,
                    when,
                    entry.get("leave"),
                    entry.get("priority", 0),
                    entry.get("keep_imported", False),
                    order,
                )
                order += 1

    def members(self, entry: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """(tag, condition) of a rule, or of each member of a family."""
        if "tag" in entry:
            yield self.tag(entry["tag"]), entry["when"]
        elif "bands" in entry:
            for band in entry["bands"]:
                edges = {operator: edge for operator, edge in band.items() if operator != "tag"}
                yield self.tag(band["tag"]), [{**entry["of"], op: edge} for op, edge in edges.items()]
        elif isinstance(entry.get("map"), dict):
            by = entry.get("by", "is")
            for tag, values in entry["map"].items():
                yield self.tag(tag), {"any": [{**entry["of"], by: value} for value in values]}
        else:
            yield from self.each(entry)

    def each(self, entry: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Every text that a customer has is a tag of the dimension with a rule of its own."""
        seen = [self.reader.value(entry["of"], customer)[0] for customer in self.world.customers]
        for value in seen:
            if value is not None:
                self.add_value(value, entry["dimension"])
        for tag in dict.fromkeys(self.tag(value) for value in seen if value is not None):
            yield tag, {**entry["of"], "is": tag}

    def add_value(self, value: str, dimension: str) -> None:
        if fold(value) not in self.names and dimension in self.dimensions:
            order = len(self.tags)
            self.tags[value] = Tag(value, dimension, value, order, order, (), None)
            self.names[fold(value)] = value
            self.values[value] = dimension

    # ── which rules run ──────────────────────────────────────────────────────────────────────────

    def reads(self, node: Any) -> Iterator[tuple[str, str]]:
        """("field" | "event", name) for all that a condition or value reads, below it too."""
        if isinstance(node, list):
            for item in node:
                yield from self.reads(item)
        if not isinstance(node, dict):
            return
        for key, body in node.items():
            if key == "field":
                yield "field", body
            elif key == "metric":
                yield from self.reads(self.reader.metrics[body])
            elif key == "condition":
                yield from self.reads(self.reader.conditions[body])
            elif key == "segment":
                yield from self.reads(self.reader.segments[body])
            elif key in ("where", "tag", "dimension", "bucket", *WINDOWS):
                continue  # a `where` reads the event's own fields
            elif key in (*AGGREGATES, "did", "followed_by", "not_followed_by"):
                names = [name for name, _field in self.reader.type_names(body, node.get("where"))]
                yield from (("event", name) for name in names or ["any"])
            else:
                yield from self.reads(body)

    def rule_state(self, rule: Rule) -> str:
        return "draft" if self.tags[rule.tag].draft else self.verdict(rule)[0]

    def verdict(self, rule: Rule) -> tuple[str, set[str]]:
        """ran, waiting or late, and the fields and types that it waits for."""
        missing, late = set(), set()
        asked = [rule.when, rule.leave, self.tags[rule.tag].pilot]
        for kind, name in set(self.reads(asked)):
            if kind == "field":
                if lookup(self.world.fields, name.partition(".")[0]) is None:
                    missing.add(fold(name))
            elif name == "any":  # there is no type of events
                missing.add("any")
            elif self.reader.base(name) not in self.world.types:
                missing.add(self.reader.base(name))
            elif source := self.late_source(name):
                late.add(source)
        return ("waiting", missing) if missing else ("late", late) if late else ("ran", set())

    def late_source(self, name: str) -> str | None:
        """The subset or type whose `late_after` is over."""
        declared = self.reader.declared_events
        source = name if "late_after" in declared.get(name, {}) else self.reader.base(name)
        limit = declared.get(source, {}).get("late_after")
        if limit is None:
            return None
        newest = max((event.at for event in self.reader.of_source(source, None)), default=None)
        return source if newest is None or newest < time.back(self.as_of, limit, self.zone) else None
