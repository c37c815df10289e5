"""Writes random values and comparisons of the language, as the dictionaries that YAML is made of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import oracle_time as time
from scenes import (
    BIRTHDAYS,
    DURATIONS,
    MONEY,
    NUMBERS,
    PATTERNS,
    PERIODS,
    PIECES,
    TEXTS,
    TYPES,
    Drawing,
    Scene,
)  # fmt: skip
from worlds import World


class ValueWriter:
    """Writes values and comparisons for one scene."""

    def __init__(self, d: Drawing, scene: Scene, found: World) -> None:
        self.d, self.scene, self.world = d, scene, found
        self.metrics: dict[str, tuple[dict[str, Any], str]] = {}
        self.periods: dict[str, Any] = {}
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
        kind = d.pick(["", "within", "within", "ago", "between", "period", "during"])
        if kind == "within":
            return {"within": d.pick(DURATIONS)}
        if kind == "ago":
            return {
                "ago": d.pick(
                    [["90d", "30d"], ["30d", "7d"], ["1y", "1mo"], ["48h", "24h"], ["3个月", "30天"]]
                )
            }
        if kind == "between":
            return {"between": self.range()}
        if kind == "period":
            return {"period": d.pick(PERIODS)}
        if kind == "during":
            if not self.periods or d.chance(30):
                name = f"期间{len(self.periods)}"
                self.periods[name] = [self.range() for _ in range(d.number(1, 3))]
            return {"during": d.pick(list(self.periods))}
        return {}

    def range(self) -> list[Any]:
        """Two dates or times, the earlier one first."""
        edges = [self.scene.datetime() if self.d.chance(25) else self.scene.date() for _ in range(2)]
        return sorted(edges, key=lambda edge: time.extent(edge, self.scene.zone))

    def where(self, types: list[str]) -> Any:
        """A condition over the fields that all the types have."""
        d = self.d
        bases = [self.subsets.get(name, {}).get("from", name) for name in types]
        shared = [f for f in TYPES[bases[0]] if all(f in TYPES[base] for base in bases)]
        leaves: list[Any] = []
        for _ in range(d.number(1, 2)):
            if not shared or d.chance(25):
                leaves.append(self.part("at", "datetime"))
            else:
                name = d.pick(shared)
                spec = TYPES[bases[0]][name]
                spelled = spec.role if spec.role and d.chance(50) else name
                if spec.type == "date":
                    leaves.append(self.part(spelled, "date"))
                else:
                    leaves.append({"field": spelled, **self.comparison(spec.type)})
        shape = d.pick(["list", "any", "not"])
        if len(leaves) == 1:
            return {"not": leaves[0]} if shape == "not" else leaves[0]
        return {"list": leaves, "any": {"any": leaves}, "not": {"all": [{"not": leaves[0]}, leaves[1]]}}[
            shape
        ]

    def part(self, field: str, kind: str) -> dict[str, Any]:
        """A leaf about a date or time, or a part of it."""
        parts = {"datetime": ["", ".hour", ".weekday", ".month"], "date": ["", "", ".weekday", ".month"]}
        part = self.d.pick(parts[kind])
        if not part:
            return {"field": field, **self.comparison(kind)}
        numbers = {".hour": (0, 23), ".weekday": (1, 7), ".month": (1, 12)}[part]
        operator = self.d.pick(["is", "at_least", "below", "in"])
        literal = self.d.number(*numbers)
        return {"field": field + part, operator: [literal, 1] if operator == "in" else literal}

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
            if name in self.world.types and d.chance(15):
                operand = f"any.{field}"  # of the supplied types that have it
                types = [name]
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
            orderly = self.of_kind("number", "money", "date", "datetime")
            of = {"metric": d.pick(orderly)} if orderly and d.chance(40) else self.ranked()[0]
            return {"ntile": d.number(2, 5), "of": of}, "number"
        if kind == 2:
            dates: list[dict[str, Any]] = [{"last": "order"}, {"first": "any"}, {"field": "注册日期"}]
            dates += [{"metric": name} for name in self.of_kind("date", "datetime")]
            return {"days_since": d.pick(dates)}, "number"
        if kind == 3:
            amounts = [{"sum": "order.amount"}, {"field": "累计消费"}, {"sum": "order.金额", **self.window()}]
            amounts += [{"metric": name} for name in self.of_kind("money")]
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
        options += [({"metric": name}, self.metrics[name][1]) for name in self.of_kind("number", "money")]
        return d.pick(options)

    def of_kind(self, *kinds: str) -> list[str]:
        """The metrics of these types."""
        return [name for name, (_body, kind) in self.metrics.items() if kind in kinds]

    def ranked(self) -> tuple[dict[str, Any], str]:
        while True:
            found, kind = self.aggregate()
            if kind not in ("text", "bool"):
                return found, kind
