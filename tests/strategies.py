"""Hypothesis strategies: small worlds, and taxonomies and rules of the language for them.

Values and instants come from small pools in which ties, equal texts and window edges are likely.
`cases()` gives a `Case`: both YAML files as dictionaries, a world, and the runs to make.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import oracle_time as time
from hypothesis import strategies as st
from worlds import Event, Interval, Override, Spec, World

T = TypeVar("T")

# Zones with their treacherous days: clocks that jump at 02:00, at midnight, by half an hour.
ZONES = {
    "Asia/Shanghai": ["2026-02-28 23:59:59", "2024-02-29 12:00:00", "2026-01-01 00:00:00"],
    "UTC": ["2026-03-31 23:59:59", "2025-03-01 00:00:00"],
    "America/New_York": ["2026-03-08 02:30:00", "2026-11-01 01:30:00", "2026-04-07 02:30:00"],
    "Europe/Berlin": ["2026-10-25 02:30:00", "2026-03-29 02:00:00", "2026-11-25 02:30:00"],
    "America/Havana": ["2026-03-08 00:30:00", "2026-11-01 00:30:00", "2026-04-08 00:00:00"],
    "Australia/Lord_Howe": ["2026-10-04 02:15:00", "2026-04-05 01:45:00"],
}
DURATIONS = [
    "1h",
    "24h",
    "1d",
    "7d",
    "30d",
    "90d",
    "2w",
    "1mo",
    "3mo",
    "1y",
    "30天",
    "3个月",
    "48小时",
    "1年",
]
STEPS = [0, 0, 1, 3600, 86400, 30 * 86400, 91 * 86400]  # seconds between runs
TEXTS = ["VIP", "ｖｉｐ", " vip ", "上海", "上海市", "母婴", "paid", "ＰＡＩＤ", "已付款", "007", "ß", "SS"]
PIECES = ["v", "IP", "海", "上", "ai", "款", "0", "s"]
PATTERNS = ["^v", "款$", "上.市?", "PAID|VIP", "[0-9]"]
NUMBERS = [0.0, 1.0, 2.0, 3.0, 0.5, -1.0, 2.5]
MONEY = [0, 293300, 999900, 1000000, 2000000, 1, -500000]  # stored; literals are a 10,000th
DAYS = [0, 1, -1, -6, -7, -8, -30, -31, -90, -365, 6, 7, 8]
BIRTHDAYS = [date(1992, 2, 29), date(1990, 2, 28), date(1990, 3, 1)]

FIELDS = {
    "年龄": Spec("number"),
    "心理年龄": Spec("number"),
    "累计消费": Spec("money"),
    "城市": Spec("text", "city"),
    "备注": Spec("text"),
    "注册日期": Spec("date"),
    "生日": Spec("date", "birthday"),
    "最近联系": Spec("datetime"),
    "会员": Spec("bool"),
    "爱好": Spec("list"),
}
TYPES = {
    "order": {
        "金额": Spec("money", "amount"),
        "状态": Spec("text", "status"),
        "品类": Spec("text", "category"),
        "件数": Spec("number"),
        "发货日期": Spec("date"),
    },
    "view": {"品类": Spec("text", "category"), "时长": Spec("number")},
    "login": {},
}
NAMES = {"生命周期": "期", "价值": "值", "行为": "行"}


class Drawing:
    """Draws with few words."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def pick(self, options: Sequence[T]) -> T:
        return self.draw(st.sampled_from(options))

    def some(self, options: Sequence[T], least: int = 1, most: int = 3) -> list[T]:
        """Different ones, in any order."""
        places = st.sampled_from(range(len(options)))
        most = min(most, len(options))
        return [options[i] for i in self.draw(st.lists(places, min_size=least, max_size=most, unique=True))]

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(1, 100)) > 100 - percent


@dataclass(frozen=True)
class Case:
    taxonomy: dict[str, Any]
    rules: dict[str, Any]
    world: World
    runs: list[tuple[int, list[Any]]]  # (as_of, what is added to the world before)


# ── the world ────────────────────────────────────────────────────────────────────────────────────


class Scene:
    """The instants and dates around the runs from which a case takes its own."""

    def __init__(self, d: Drawing) -> None:
        self.d = d
        self.zone_name = d.pick(list(ZONES))
        self.zone = ZoneInfo(self.zone_name)
        wall = datetime.fromisoformat(d.pick(ZONES[self.zone_name]))
        start = time.instant(wall, self.zone)
        self.as_ofs = [start]
        for _ in range(d.number(0, 2)):
            self.as_ofs.append(self.as_ofs[-1] + d.pick(STEPS))
        self.day = time.local(start, self.zone).date()

    def date(self) -> date:
        return self.day + timedelta(days=self.d.pick(DAYS))

    def datetime(self) -> datetime:
        return datetime.combine(self.date(), self.d.pick([datetime.min.time(), datetime.max.time()])).replace(
            microsecond=0
        )

    def instant(self) -> int:
        """At, just before or just after the edge of some window; or somewhere in between."""
        as_of, off = self.d.pick(self.as_ofs), self.d.pick([0, 0, 1, -1])
        kind = self.d.number(0, 5)
        if kind <= 2:
            return time.back(as_of, self.d.pick(DURATIONS), self.zone) + off
        if kind == 3:
            return self.d.pick(time.extent(self.date(), self.zone)) + off
        if kind == 4:
            return as_of + off
        return as_of - self.d.number(0, 100 * 86400)


def stored(d: Drawing, scene: Scene, kind: str, least_missing: int = 25) -> Any:
    """A value in stored form, often missing."""
    if d.chance(least_missing):
        return None
    if kind == "text":
        return d.pick(TEXTS)
    if kind == "number":
        return d.pick(NUMBERS)
    if kind == "money":
        return d.pick(MONEY)
    if kind == "date":
        if d.chance(50):
            return d.pick(BIRTHDAYS).isoformat()
        found = scene.date()
        return (found.replace(year=1990) if d.chance(40) and found.day < 29 else found).isoformat()
    if kind == "datetime":
        return scene.instant()
    if kind == "bool":
        return d.number(0, 1)
    return tuple(d.some(TEXTS, 1, 2))


def world(d: Drawing, scene: Scene, tags: list[str]) -> World:
    types = {name: TYPES[name] for name in TYPES if name == "order" or d.chance(80)}
    names = [f"00{n}" for n in range(d.number(1, 6))]
    found = World(scene.zone_name, FIELDS, types, {})
    for name in names:
        found.customers[name] = {field: stored(d, scene, spec.type) for field, spec in FIELDS.items()}
        for _ in range(d.number(0, 5)):
            found.events.append(event(d, scene, found, name))
    for tag in tags:
        for name in names:
            if d.chance(30):
                past(d, scene, found, name, tag)
    return found


def event(d: Drawing, scene: Scene, found: World, customer: str) -> Event:
    kind = d.pick(list(found.types))
    values = {field: stored(d, scene, spec.type, 15) for field, spec in found.types[kind].items()}
    return Event(customer, kind, scene.instant(), values)


def past(d: Drawing, scene: Scene, found: World, customer: str, tag: str) -> None:
    """Assignments, overrides and lost intervals of a customer and a tag from before the first run."""
    start = scene.as_ofs[0]
    for source in d.some(["import", "manual", "rule"], 1, 2):
        gained = start - d.pick([0, 1, 86400, 40 * 86400])
        if source == "rule" and d.chance(30):  # lost again, perhaps in a run of the same as-of
            early, lost = start - 41 * 86400, start - d.pick([0, 1, 86400])
            found.intervals.append(Interval(customer, tag, source, early, early, lost))
            if d.chance(60):
                continue
            gained = lost
        found.intervals.append(Interval(customer, tag, source, scene.instant(), gained))
        if source == "manual" and d.chance(40):
            found.overrides.append(Override("pin", customer, tag, until(d, scene)))
    if d.chance(15):
        found.overrides.append(Override("ban", customer, tag, until(d, scene)))


def until(d: Drawing, scene: Scene) -> int | None:
    return d.pick([None, scene.as_ofs[0], scene.as_ofs[-1], scene.as_ofs[-1] + 1])


def additions(d: Drawing, scene: Scene, found: World, tags: list[str]) -> list[Any]:
    """What happens between two runs: events, changed fields, assignments."""
    added: list[Any] = []
    for _ in range(d.number(0, 3)):
        customer = d.pick(list(found.customers))
        if d.chance(40):
            added.append(event(d, scene, found, customer))
        elif d.chance(50):
            field = d.pick(list(FIELDS))
            added.append((customer, field, stored(d, scene, FIELDS[field].type)))
        elif tags:
            source, tag = d.pick(["import", "manual"]), d.pick(tags)
            if not any((o.kind, o.customer, o.tag) == ("pin", customer, tag) for o in found.overrides):
                added.append(Interval(customer, tag, source, scene.instant(), 0))
    return added


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
            wanted = d.some(TEXTS, 1, 2)
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
            return {**found, **self.comparison(value_kind, between=False)}
        if d.chance(6):
            return {"field": "积分", "at_least": 1}  # declared, never imported: the rule waits
        name = d.pick(list(FIELDS))
        spec = FIELDS[name]
        other = next((f for f, s in FIELDS.items() if s.type == spec.type and f != name), None)
        spelled = spec.role if spec.role and d.chance(50) else name
        return {"field": spelled, **self.comparison(spec.type, other)}

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
