"""Writes random taxonomies and rules of the language, as the dictionaries that YAML is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import oracle_time as time
from hypothesis import strategies as st
from oracle_conditions import Reader
from scenes import (
    BIRTHDAYS,
    DURATIONS,
    FIELDS,
    MONEY,
    NAMES,
    NUMBERS,
    PATTERNS,
    PIECES,
    TEXTS,
    TYPES,
    Drawing,
    Scene,
)  # fmt: skip
from worlds import World

# ── taxonomy.yaml ────────────────────────────────────────────────────────────────────────────────


@dataclass
class Node:
    """A tag with the place of its node in the order of the rules: it may read what stands before."""

    name: str
    dimension: str
    place: tuple[int, int]
    children: list[str]
    aliases: list[str]


def taxonomy(d: Drawing) -> tuple[dict[str, Any], list[Node]]:
    dimensions, nodes, bodies = [], [], {}
    names = d.some(list(NAMES), 1, 3)
    for rank, dimension in enumerate(names):
        exclusive = d.pick(["none", "one", "ordered"])
        body: dict[str, Any] = {"name": dimension, "kind": "value", "exclusive": exclusive, "tags": []}
        if exclusive != "none":
            policies = ["flag", "newest"] + (["later"] if exclusive == "ordered" else [])
            body["on_conflict"] = d.pick(policies)
        for index in range(d.number(1, 4)):
            place = (rank, 0 if exclusive != "none" else index)
            tag: dict[str, Any] = {"name": f"{NAMES[dimension]}{index}"}
            node = Node(tag["name"], dimension, place, [], [])
            if d.chance(25):
                node.aliases = tag["aliases"] = [f"别名ＶＩＰ{NAMES[dimension]}{index}"]
            if d.chance(20):
                tag["expires"] = d.pick(["1d", "30d", "1mo"])
            if d.chance(15):
                tag["review"] = d.pick(["7d", "1mo"])
            if d.chance(30):
                child = f"{tag['name']}子"
                tag["children"] = [{"name": child}]
                bodies[child] = tag["children"][0]
                node.children = [child]
                nodes.append(Node(child, dimension, place, [], []))
            bodies[tag["name"]] = tag
            nodes.append(node)
            body["tags"].append(tag)
        dimensions.append(body)
    for node in nodes:
        later = [other.name for other in nodes if other.place > node.place]
        if later and d.chance(20):
            bodies[node.name]["implies"] = d.some(later, 1, 2)
    if d.chance(50):
        dimensions.reverse()
    found: dict[str, Any] = {"version": 1, "dimensions": dimensions}
    if len(nodes) > 1 and d.chance(30):
        found["conflicts"] = [d.some([node.name for node in nodes], 2, 3)]
    return found, nodes


# ── rules.yaml ───────────────────────────────────────────────────────────────────────────────────


class Writer:
    """Writes rules for one scene; what each may name depends on what stands before it."""

    def __init__(self, d: Drawing, scene: Scene, found: World, nodes: list[Node]) -> None:
        self.d, self.scene, self.world, self.nodes = d, scene, found, nodes
        self.metrics: dict[str, tuple[dict[str, Any], str]] = {}
        self.conditions: dict[str, Any] = {}
        self.subsets: dict[str, dict[str, Any]] = {}
        self.seen: list[Any] = []  # values that there are of what is about to be compared
        self.events: dict[str, Any] = {name: {} for name in TYPES}  # declared, also where not supplied
        for name in TYPES:
            if d.chance(15):
                self.events[name] = {"late_after": d.pick(["1d", "30d", "48小时"])}
        if d.chance(50):
            self.subsets["购买"] = {"from": "order", "where": self.where(["order"])}
            if d.chance(25):
                self.subsets["购买"]["late_after"] = d.pick(["1d", "30d"])

    # values

    def literal(self, kind: str) -> Any:
        if self.seen and self.d.chance(60):
            return self.written(self.d.pick(self.seen), kind)
        if kind == "text":
            return self.d.pick(TEXTS)
        if kind == "number":
            found = self.d.pick(NUMBERS)
            return int(found) if found == int(found) else found
        if kind == "money":
            found = self.d.pick(MONEY) / 10_000
            return int(found) if found == int(found) else found
        if kind == "bool":
            return self.d.chance(50)
        if kind == "date" and self.d.chance(40):
            return self.d.pick(BIRTHDAYS)
        if kind == "datetime" and self.d.chance(40):
            return self.scene.datetime()
        return self.scene.date()

    def written(self, value: Any, kind: str) -> Any:
        """A stored value as an author would write it."""
        if kind == "number":
            return int(value) if value == int(value) else value
        if kind == "money":
            return self.written(int(value) / 10_000, "number")
        if kind == "bool":
            return bool(value)
        if kind == "date":
            return date.fromisoformat(value)
        if kind == "datetime":
            wall = time.local(value, self.scene.zone)
            return wall.date() if self.d.chance(60) else wall
        return value

    def comparison(self, kind: str, other: str | None = None, between: bool = True) -> dict[str, Any]:
        """{operator: operand} for a type; `other` may be compared with by {field: OTHER}."""
        d = self.d
        if d.chance(8):
            return {"exists": d.chance(50)}
        if other is not None and d.chance(20):
            scalar = ["is", "is_not"] + (["starts_with"] if kind == "text" else ["at_least", "below"])
            return {d.pick(scalar): {"field": other}}
        if kind == "bool":
            return {d.pick(["is", "is_not"]): self.literal(kind)}
        if kind == "list":
            operator = d.pick(["any_of", "all_of", "none_of", "contains", "not_contains"])
            lists = [list(customer["爱好"]) for customer in self.world.customers.values() if customer["爱好"]]
            wanted = d.pick(lists) if lists and d.chance(50) else d.some(TEXTS, 1, 2)
            return {operator: wanted if operator.endswith("_of") else wanted[0]}
        if kind == "text":
            operator = d.pick(["is", "is_not", "in", "not_in", "part", "matches"])
            if operator == "matches":
                return {"matches": d.pick(PATTERNS)}
            if operator == "part":
                parts = ["contains", "not_contains", "starts_with", "ends_with"]
                return {d.pick(parts): d.pick(PIECES)}
            return {operator: d.some(TEXTS, 1, 3) if operator.endswith("in") else d.pick(TEXTS)}
        operators = ["is", "is_not", "at_least", "at_least", "at_most", "above", "below", "in", "not_in"]
        operators += ["between"] if between else []
        if kind in ("date", "datetime"):
            operators += ["older_than", "newer_than"] * 3
        if kind == "date":
            operators += ["anniversary_within"] * 3
        operator = d.pick(operators)
        if operator in ("older_than", "newer_than"):
            calendar = [each for each in DURATIONS if kind == "datetime" or not set("h时") & set(each)]
            return {operator: d.pick(calendar)}
        if operator == "anniversary_within":
            return {operator: d.pick(["1d", "7d", "30d"])}
        if operator in ("in", "not_in"):
            return {operator: [self.literal(kind) for _ in range(d.number(1, 3))]}
        if operator == "between":
            pair = [self.literal(kind), self.literal(kind)]
            return {
                operator: sorted(
                    pair, key=lambda item: (str(item)[:10], str(item)) if kind == "datetime" else item
                )
            }
        return {operator: self.literal(kind)}

    def window(self) -> dict[str, Any]:
        d = self.d
        kind = d.pick(["", "within", "within", "ago", "between"])
        if kind == "within":
            return {"within": d.pick(DURATIONS)}
        if kind == "ago":
            return {
                "ago": d.pick(
                    [["90d", "30d"], ["30d", "7d"], ["1y", "1mo"], ["48h", "24h"], ["3个月", "30天"]]
                )
            }
        if kind == "between":
            return {"between": sorted([self.scene.date(), self.scene.date()])}
        return {}

    def where(self, types: list[str]) -> Any:
        """A condition over the fields that all the types have."""
        d = self.d
        bases = [self.subsets.get(name, {}).get("from", name) for name in types]
        shared = [f for f in TYPES[bases[0]] if all(f in TYPES[base] for base in bases)]
        leaves: list[Any] = []
        for _ in range(d.number(1, 2)):
            if not shared or d.chance(25):
                part = d.pick(["", ".hour", ".weekday", ".month"])
                kind = "number" if part else "datetime"
                leaves.append({"field": f"at{part}", **self.comparison(kind)})
            else:
                name = d.pick(shared)
                spec = TYPES[bases[0]][name]
                spelled = spec.role if spec.role and d.chance(50) else name
                leaves.append({"field": spelled, **self.comparison(spec.type)})
        shape = d.pick(["list", "any", "not"])
        if len(leaves) == 1:
            return {"not": leaves[0]} if shape == "not" else leaves[0]
        return {"list": leaves, "any": {"any": leaves}, "not": {"all": [{"not": leaves[0]}, leaves[1]]}}[
            shape
        ]

    def source(self) -> tuple[Any, list[str]]:
        """The operand of an aggregate without a field, and the types it names."""
        d = self.d
        names = [*TYPES, *self.subsets]
        kind = d.number(0, 6)
        if kind == 0:
            return "any", list(self.world.types)
        if kind == 1:
            found = d.some(["view", "login", d.pick(["order", *self.subsets])], 2, 3)
            return found, found
        name = d.pick(names)
        return name, [name]

    def aggregate(self, kinds: Sequence[str] = ()) -> tuple[dict[str, Any], str]:
        """An event aggregate and its value's type."""
        d = self.d
        function = d.pick(["count", "count", "sum", "avg", "min", "max", "distinct", "most", "first", "last"])
        if kinds == ("number",):
            function = d.pick(["count", "count", "distinct"])
        if function in ("count", "first", "last"):
            operand, types = self.source()
            kind = "number" if function == "count" else "datetime"
        else:
            name = d.pick(["order", "order", "view", *self.subsets])
            types = [name]
            specs = TYPES[self.subsets.get(name, {}).get("from", name)]
            taken = {
                "sum": ("number", "money"),
                "avg": ("number", "money"),
                "min": ("number", "money", "date"),
                "max": ("number", "money", "date"),
            }.get(function, ("text", "number", "date"))
            if function == "most" and name not in {*self.world.types, *self.subsets}:
                taken = ("text",)  # what a type that was never imported holds is not known: text
            field = d.pick([each for each, spec in specs.items() if spec.type in taken])
            spec = specs[field]
            operand = f"{name}.{spec.role if spec.role and d.chance(40) else field}"
            kind = "number" if function == "distinct" else spec.type
        found: dict[str, Any] = {function: operand, **self.window()}
        if d.chance(35):
            found["where"] = self.where(types)
        return found, kind

    def add_metrics(self) -> None:
        d = self.d
        for index in range(d.number(0, 3)):
            self.metrics[f"指标{index}"] = self.metric(d.number(0, 7))

    def metric(self, kind: int) -> tuple[dict[str, Any], str]:
        d = self.d
        if kind == 0:
            (top, top_kind), (bottom, bottom_kind) = self.numeric(), self.numeric()
            if (top_kind, bottom_kind) == ("number", "money"):  # has no meaning
                (top, top_kind), (bottom, bottom_kind) = (bottom, bottom_kind), (top, top_kind)
            return {"ratio": [top, bottom]}, "money" if top_kind == "money" != bottom_kind else "number"
        if kind == 1:
            return {"ntile": d.number(2, 5), "of": self.ranked()[0]}, "number"
        if kind == 2:
            return {
                "days_since": d.pick([{"last": "order"}, {"first": "any"}, {"field": "注册日期"}])
            }, "number"
        if kind == 3:
            amounts = [{"sum": "order.amount"}, {"field": "累计消费"}, {"sum": "order.金额", **self.window()}]
            return {d.pick(["sum_of", "difference"]): d.some(amounts, 2, 2)}, "money"
        if kind == 4:
            return d.pick([({"field": "年龄"}, "number"), ({"field": "注册日期"}, "date")])
        return self.ranked()

    def numeric(self) -> tuple[dict[str, Any], str]:
        d = self.d
        options: list[tuple[dict[str, Any], str]] = [
            ({"sum": "order.amount"}, "money"),
            ({"sum": "order.件数"}, "number"),
            ({"field": "年龄"}, "number"),
            self.aggregate(("number",)),
        ]
        options += [
            ({"metric": name}, k) for name, (_e, k) in self.metrics.items() if k in ("number", "money")
        ]
        return d.pick(options)

    def ranked(self) -> tuple[dict[str, Any], str]:
        while True:
            found, kind = self.aggregate()
            if kind not in ("text", "bool"):
                return found, kind

    # conditions

    def readable(self, place: tuple[int, int]) -> list[str]:
        """Tags, or their aliases, whose whole family stands before this place."""
        where = {node.name: node.place for node in self.nodes}
        return [
            spelling
            for node in self.nodes
            if all(where[name] < place for name in (node.name, *node.children))
            for spelling in (node.name, *node.aliases)
        ]

    def leaf(self, place: tuple[int, int]) -> dict[str, Any]:
        d = self.d
        kind = d.number(0, 9)
        tags = self.readable(place)
        if kind <= 1 and tags:
            return {"tag": d.pick(tags)}
        if kind <= 3 and self.metrics:
            name = d.pick(list(self.metrics))
            value_kind = self.metrics[name][1]
            if value_kind not in ("text", "bool") and d.chance(50):
                share = d.pick(["20%", "50%", "100%", "33%", 1, 2, 3])
                return {"metric": name, d.pick(["top", "bottom"]): share}
            return {"metric": name, **self.comparison(value_kind)}
        if kind == 4 and self.conditions:
            return {"condition": d.pick(list(self.conditions))}
        if kind <= 7:
            found, value_kind = self.aggregate()
            reader = Reader({"events": self.subsets}, self.world, self.scene.as_ofs[0])
            values = (reader.value(found, customer)[0] for customer in self.world.customers)
            self.seen = [value for value in values if value is not None]
            found |= self.comparison(value_kind, between=False)
            self.seen = []
            return found
        if d.chance(6):
            return {"field": "积分", "at_least": 1}  # declared, never imported: the rule waits
        return self.field_leaf()

    def field_leaf(self) -> dict[str, Any]:
        d = self.d
        name = d.pick(list(FIELDS))
        spec = FIELDS[name]
        values = (customer[name] for customer in self.world.customers.values())
        self.seen = [value for value in values if value is not None and spec.type != "list"]
        other = next((f for f, s in FIELDS.items() if s.type == spec.type and f != name), None)
        spelled = spec.role if spec.role and d.chance(50) else name
        found = {"field": spelled, **self.comparison(spec.type, other)}
        self.seen = []
        return found

    def condition(self, place: tuple[int, int], depth: int = 2) -> Any:
        d = self.d
        kind = d.pick(["leaf", "leaf", "list", "all", "any", "not"]) if depth else "leaf"
        if kind == "leaf":
            return self.leaf(place)
        if kind == "not":
            return {"not": self.condition(place, depth - 1)}
        items = [self.condition(place, depth - 1) for _ in range(d.number(1, 2))]
        return items if kind == "list" else {kind: items}

    # rules

    def rules(self) -> list[dict[str, Any]]:
        d = self.d
        entries: list[dict[str, Any]] = []
        free = [node for node in self.nodes if d.chance(75)]
        for dimension in {node.dimension: 0 for node in free}:
            if d.chance(25):
                members = [node for node in free if node.dimension == dimension]
                free = [node for node in free if node.dimension != dimension]
                entries.append(self.family(dimension, members))
        for node in free:
            name = d.pick([node.name, *node.aliases])
            entry: dict[str, Any] = {"tag": name, "when": self.condition(node.place)}
            if d.chance(25):
                entry["leave"] = self.condition(node.place, 1)
            if d.chance(30):
                entry["priority"] = d.number(-1, 2)
            if d.chance(15):
                entry["keep_imported"] = True
            entries.append(entry)
        if d.chance(20):
            entries.append({"dimension": "城市群", "of": {"field": "city"}, "each": True})
        return d.draw(st.permutations(entries))

    def family(self, dimension: str, members: list[Node]) -> dict[str, Any]:
        d = self.d
        names = [node.name for node in members]
        if d.chance(50):
            of: Any = d.pick(
                [{"field": "年龄"}, {"count": "order"}, {"sum": "order.amount", "within": "90d"}]
            )
            bands = []
            for name in names:
                low = d.number(-1, 3)
                band = {"tag": name, "at_least": low, "below": low + d.number(1, 3)}
                if d.chance(30):
                    del band[d.pick(["at_least", "below"])]
                bands.append(band)
            return {"dimension": dimension, "of": of, "bands": bands}
        of = d.pick([{"field": "city"}, {"field": "备注"}, {"most": "order.品类"}])
        by = d.pick(["is", "starts_with", "contains"])
        pool = TEXTS if by == "is" else PIECES
        found: dict[str, Any] = {"dimension": dimension, "of": of, "map": {}}
        if by != "is":
            found["by"] = by
        for name in names:
            found["map"][name] = d.some(pool, 1, 3)
        return found
