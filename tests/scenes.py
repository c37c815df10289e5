"""What random cases are made of: small worlds around an instant, with values and instants from small
pools, in which ties, equal texts and window edges are likely."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import oracle_time as time
from hypothesis import strategies as st
from worlds import Event, Gone, Interval, Override, Spec, World

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
SPANS = ["1h", "24h", "48小时", "1d", "7d", "2w", "30天"]  # how soon something follows
SPANNED = ("day", "week", "month", "quarter", "year")
PERIODS = [f"{which}_{span}" for which in ("this", "last") for span in SPANNED]
STEPS = [0, 0, 1, 3600, 86400, 30 * 86400, 91 * 86400]  # seconds between runs
TEXTS = ["VIP", "ｖｉｐ", " vip ", "上海", "上海市", "母婴", "paid", "ＰＡＩＤ", "已付款", "007", "ß", "SS"]
PIECES = ["v", "IP", "海", "上", "ai", "款", "0", "s"]
PATTERNS = ["^v", "款$", "上.市?", "PAID|VIP", "[0-9]"]
NUMBERS = [0.0, 1.0, 2.0, 3.0, 0.5, -1.0, 2.5]
MONEY = [0, 293300, 999900, 1000000, 2000000, 1, -500000]  # stored; literals are a 10,000th
DAYS = [0, 1, -1, -6, -7, -8, -30, -31, -90, -365, 6, 7, 8, 30, 31]
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
        if d.chance(20):
            return d.pick(BIRTHDAYS).isoformat()
        found = scene.date()
        if d.chance(50) and (found.month, found.day) != (2, 29):
            found = found.replace(year=1990)  # a birthday
        return found.isoformat()
    if kind == "datetime":
        return scene.instant()
    if kind == "bool":
        return d.number(0, 1)
    return tuple(d.some(TEXTS, 1, 2))


def world(d: Drawing, scene: Scene, tags: list[str], least: int = 1, held: int = 30) -> World:
    """A world of `least` customers or more; `held`: how likely each of them has a past with each tag."""
    types = {name: TYPES[name] for name in TYPES if name == "order" or d.chance(80)}
    names = [f"00{n}" for n in range(d.number(least, 6))]
    found = World(scene.zone_name, FIELDS, types, {})
    for name in names:
        found.customers[name] = {field: stored(d, scene, spec.type) for field, spec in FIELDS.items()}
        for _ in range(d.number(0, 5)):
            found.events.append(event(d, scene, found, name))
    for tag in tags:
        for name in names:
            if d.chance(held):
                past(d, scene, found, name, tag)
    if d.chance(20):
        found.gone = frozenset(d.some(names, 1, 2))
    return found


def event(d: Drawing, scene: Scene, found: World, customer: str) -> Event:
    kind = d.pick(list(found.types))
    values = {field: stored(d, scene, spec.type, 15) for field, spec in found.types[kind].items()}
    again = [other.at for other in found.events]
    at = scene.instant()
    if again and d.chance(40):  # at the same second as another, or at the edge of what follows it
        at = d.pick(again)
        if d.chance(50):
            at = time.ahead(at, d.pick(SPANS), scene.zone) + d.pick([0, 1, -1])
    return Event(customer, kind, at, values)


def past(d: Drawing, scene: Scene, found: World, customer: str, tag: str) -> None:
    """Assignments, overrides and lost intervals of a customer and a tag from before the first run."""
    start = scene.as_ofs[0]
    for source in d.some(["import", "manual", "rule"], 1, 2):
        gained = start - d.pick([0, 1, 86400, 40 * 86400])
        if d.chance(45):  # held before
            lost = start - d.pick([1, 86400, 7 * 86400, 30 * 86400, 42 * 86400])
            found.intervals.append(Interval(customer, tag, source, scene.instant(), start - 60 * 86400, lost))
            if d.chance(35):
                continue
            gained = lost + 1
        elif source == "rule" and d.chance(30):  # lost again, perhaps in a run of the same as-of
            early, lost = start - 41 * 86400, start - d.pick([0, 1, 86400])
            found.intervals.append(Interval(customer, tag, source, early, early, lost))
            if d.chance(60):
                continue
            gained = lost
        since = d.pick([scene.instant(), gained, start, start - 86400])  # often the same for several
        found.intervals.append(Interval(customer, tag, source, since, gained))
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
        if d.chance(10):
            added.append(Gone(customer, back=d.chance(50)))
        elif d.chance(40):
            added.append(event(d, scene, found, customer))
        elif d.chance(50):
            field = d.pick(list(FIELDS))
            added.append((customer, field, stored(d, scene, FIELDS[field].type)))
        elif tags:
            source, tag = d.pick(["import", "manual"]), d.pick(tags)
            if not any((o.kind, o.customer, o.tag) == ("pin", customer, tag) for o in found.overrides):
                added.append(Interval(customer, tag, source, scene.instant(), 0))
    return added
