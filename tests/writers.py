"""Writes random conditions and rules of the language, as the dictionaries that YAML is made of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from oracle_conditions import Reader
from scenes import DURATIONS, FIELDS, PIECES, SPANS, TEXTS, Drawing, Scene
from worlds import World
from writing_taxonomies import Node
from writing_values import ValueWriter

EACH = "城市群"  # the dimension whose tags are values


class Writer(ValueWriter):
    """Writes rules for one scene; what each may name depends on what stands before it."""

    def __init__(self, d: Drawing, scene: Scene, found: World, nodes: list[Node]) -> None:
        super().__init__(d, scene, found)
        self.nodes = nodes
        self.conditions: dict[str, Any] = {}
        self.segments: list[dict[str, Any]] = []
        self.each = d.chance(20)

    def readable(self, place: tuple[int, int]) -> list[str]:
        """Tags, or their aliases, whose whole family stands before this place."""
        where = {node.name: node.place for node in self.nodes}
        return [
            spelling
            for node in self.nodes
            if all(where[name] < place for name in (node.name, *node.children))
            for spelling in (node.name, *node.aliases)
        ]

    def dimensions(self, place: tuple[int, int]) -> list[str]:
        """Dimensions that stand before this place as a whole."""
        later = {node.dimension for node in self.nodes if node.place >= place}
        known = [node.dimension for node in self.nodes if node.dimension not in later]
        return [*dict.fromkeys(known), *([EACH] if self.each else [])]

    def special(self, place: tuple[int, int]) -> dict[str, Any]:
        """A leaf that is true by itself, tags and conditions apart."""
        d = self.d
        kind = d.pick(["did", "did", "did", "record", "record", "record", "dimension", "bucket"])
        if kind == "record" and self.nodes:
            return self.record()
        if kind == "dimension" and (known := self.dimensions(place)):
            return {"dimension": d.pick(known)}
        if kind == "bucket":
            return {"bucket": d.pick(["10%", "12.5%", "50%", "0.25%", "99.99%"])}
        word = d.pick(["followed_by", "not_followed_by"])
        return {"did": self.source()[0], word: self.source()[0], "within": d.pick(SPANS)}

    def record(self) -> dict[str, Any]:
        """A leaf about what was held; it may be about any tag."""
        node = self.d.pick(self.nodes)
        word = self.d.pick(["held_for", "gained_within", "lost_within"])
        return {"tag": self.d.pick([node.name, *node.aliases]), word: self.d.pick(DURATIONS)}

    def leaf(self, place: tuple[int, int]) -> dict[str, Any]:
        d = self.d
        kind = d.number(0, 11)
        if kind >= 10:
            return self.special(place)
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
        named = [{"condition": name} for name in self.conditions]
        named += [{"segment": segment["name"]} for segment in self.segments]
        if kind == 4 and named:
            return d.pick(named)
        if kind <= 7:
            found, value_kind = self.aggregate()
            reader = Reader(
                {"events": self.subsets, "periods": self.periods}, self.world, self.scene.as_ofs[0]
            )
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
        if spec.type in ("date", "datetime") and d.chance(15):
            return self.part(name, spec.type)
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

    def segment(self, place: tuple[int, int]) -> None:
        """One more segment, to be read from now on."""
        self.segments.append({"name": f"分群{len(self.segments)}", "when": self.condition(place)})

    # rules

    def pilots(self) -> None:
        """Limit the rules of some tags, in the taxonomy."""
        for node in self.nodes:
            if self.d.chance(10):
                node.body["pilot"] = {"when": self.condition(node.place, 1)}

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
        if self.each:
            entries.append({"dimension": EACH, "of": {"field": "city"}, "each": True})
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
