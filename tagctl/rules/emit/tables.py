"""The temporary tables that hold what is measured over events: scans, gathers and ranks, in SQLite.

temp.run_scan_N (customer, t0 …, a0 …): one row per customer with events of the type. t words hold the
leaves that the scan decides, those with a home there; a columns its values. Row −1 is what a customer without
events has.
temp.run_seen_N (raw) · temp.run_texts_N (raw, t0 …): every different text of a column; the tests it meets.
temp.run_gather_N (customer, v) · temp.run_rank_N (place, v): places from 1, in ascending order of v.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from tagctl.model import CUSTOMER, Aggregate, Compare, EventSource, FieldValue, Followed, TagRecord, Value
from tagctl.program import Step
from tagctl.rules.emit import histories
from tagctl.rules.emit.conditions import condition, text_test
from tagctl.rules.emit.scope import Scope, event_scope
from tagctl.rules.emit.values import counted, expression
from tagctl.rules.measures import Gathered, Measures, Partial, Scan, Texts, bounds
from tagctl.sql import Sql, all_of, fill, join, name, value

BITS = 60  # per word, as in rule_state
NOBODY = -1
PRESENT = Sql("c.tagctl_gone IS NULL")
"""Customers who are gone take no part: they gain and lose nothing, and no rank counts them."""


def event_table(event_type: str) -> str:
    """The physical table of an event type, quoted (store/schema.py names it so)."""
    return name("main", f"event_{event_type}")


class Tables:
    """Writes the statements that fill the tables, and tells where in them a thing is found.

    `customer` narrows everything to one customer, unless there are ranks: those are among all. `homes`:
    the word and bit wanted for leaves, so that whole words can be taken over. `touched` has the ranks, and
    everything else is narrowed to the customers of temp.run_touched.
    """

    def __init__(
        self,
        measures: Measures,
        as_of: int,
        zone: ZoneInfo,
        holds: Callable[[tuple[str, ...]], Sql],
        tag_ids: Mapping[str, int],
        *,
        customer: int | None = None,
        prefix: str = "run",
        homes: Mapping[Compare, tuple[int, int]] | None = None,
        touched: Tables | None = None,
    ) -> None:
        self.measures = measures
        self.as_of = as_of
        self.zone = zone
        self.holds = holds
        self.tag_ids = tag_ids
        self.customer = customer
        self.prefix = prefix
        self.touched = touched
        self.used: dict[str, str] = {}  # alias → its join, of the statement being written
        self.text_places = {
            test: (number, place)
            for number, texts in enumerate(measures.texts)
            for place, test in enumerate(texts.tests)
        }
        self.test_places: dict[Compare, tuple[int, int, int]] = {}  # scan, word, bit
        for number, scan in enumerate(measures.scans):
            places = _places(scan.tests, homes or {})
            self.test_places.update((test, (number, *places[test])) for test in scan.tests)

    # ── where things are ─────────────────────────────────────────────────────────────────────────

    def scope(self) -> Scope:
        """The scope of a statement over customers c joined with `joins()`."""
        return Scope(
            self.as_of, self.zone, self._partial, self._gather, self.rank_table, self.holds, self._test
        )

    def joins(self) -> str:
        """The LEFT JOINs of the tables that expressions have used since the last call."""
        text = "".join(self.used.values())
        self.used.clear()
        return text

    def rank_table(self, of: Value) -> str:
        if self.touched is not None:
            return self.touched.rank_table(of)
        return f"{self.prefix}_rank_{self.measures.ranks.index(of)}"

    def _partial(self, type: str, partial: Partial) -> Sql:
        number, scan = next((n, scan) for n, scan in enumerate(self.measures.scans) if scan.type == type)
        return Sql(f"{self._joined('scan', number)}.a{scan.values.index(partial)}")

    def _gather(self, asked: Gathered) -> Sql:
        # Not joined: SQLite joins 64 tables at most, and there may be many of these.
        table = name(f"{self.prefix}_gather_{self.measures.gathers.index(asked)}")
        return Sql(f"(SELECT g.v FROM temp.{table} AS g WHERE g.customer = c.tagctl_id)")

    def _test(self, asked: Compare) -> Sql | None:
        if asked not in self.test_places:
            return self._text(asked)
        number, word, bit = self.test_places[asked]
        return Sql(f"{self._tests(number, word)} >> {bit} & 1")

    def at_home(self, leaf: Compare, word: int, bit: int) -> Sql | None:
        """The word of tests in which the leaf has this very place, if it has it."""
        place = self.test_places.get(leaf)
        return Sql(self._tests(place[0], word)) if place is not None and place[1:] == (word, bit) else None

    def _tests(self, number: int, word: int) -> str:
        alias = self._joined("scan", number)
        table = name(f"{self.prefix}_scan_{number}")
        without = f"(SELECT n.t{word} FROM temp.{table} AS n WHERE n.customer = {NOBODY})"
        return f"coalesce({alias}.t{word}, {without})"

    def _text(self, asked: Compare) -> Sql | None:
        if asked not in self.text_places:
            return None
        number, place = self.text_places[asked]
        texts = self.measures.texts[number]
        word, bit = divmod(place, BITS)
        alias = f"d{number}"
        row = name("c" if texts.subject == CUSTOMER else "e", texts.column)
        table = name(f"{self.prefix}_texts_{number}")
        self.used[alias] = f" LEFT JOIN temp.{table} AS {alias} ON {alias}.raw = {row}"
        return Sql(f"coalesce({alias}.t{word}, 0) >> {bit} & 1")

    def _joined(self, kind: str, number: int) -> str:
        alias = f"{kind[0]}{number}"
        table = name(f"{self.prefix}_{kind}_{number}")
        self.used[alias] = f" LEFT JOIN temp.{table} AS {alias} ON {alias}.customer = c.tagctl_id"
        return alias

    def _event(self) -> Scope:
        """The scope of a statement over events e."""
        return event_scope(self.as_of, self.zone, self._text)

    # ── filling them ─────────────────────────────────────────────────────────────────────────────

    def steps(self) -> Iterator[Step]:
        """All statements, in order. Tables that exist are dropped first."""
        rest = dict(enumerate(self.measures.texts))
        for number, scan in enumerate(self.measures.scans):
            for place in [place for place, texts in rest.items() if texts.subject == scan.type]:
                yield from self._text_steps(place, rest.pop(place))
            yield from self._scan_steps(number, scan)
        for place, texts in rest.items():
            yield from self._text_steps(place, texts)
        for number, gathered in enumerate(self.measures.gathers):
            if isinstance(gathered, Aggregate):
                yield from self._gather_steps(number, gathered)
            else:
                yield from self._history_steps(number, gathered)
        for of in self.measures.ranks if self.touched is None else ():
            yield from self._rank_steps(of)

    def names(self) -> tuple[str, ...]:
        """The tables that `steps` makes."""
        kinds = (f"{self.prefix}_seen_", f"{self.prefix}_texts_")
        texts = [f"{kind}{n}" for n in range(len(self.measures.texts)) for kind in kinds]
        scans = [f"{self.prefix}_scan_{n}" for n in range(len(self.measures.scans))]
        gathers = [f"{self.prefix}_gather_{n}" for n in range(len(self.measures.gathers))]
        return (*texts, *scans, *gathers, *(self.rank_table(of) for of in self.measures.ranks))

    def _text_steps(self, number: int, texts: Texts) -> Iterator[Step]:
        """Every different text of a column with the tests that it meets, as bits."""
        table, seen = f"{self.prefix}_texts_{number}", f"{self.prefix}_seen_{number}"
        starts = range(0, len(texts.tests), BITS)
        columns = ", ".join(f"t{word}" for word in range(len(starts)))
        yield from create(table, f"raw TEXT PRIMARY KEY, {columns}")
        alias, source = "c", name("main", "customers")
        if texts.subject != CUSTOMER:
            alias, source = "e", event_table(texts.subject)
        column = name(alias, texts.column)
        limits = [Sql(f"{column} IS NOT NULL")]
        limits += self.only("c.tagctl_id" if alias == "c" else "e.tagctl_customer")
        yield from create(seen, "raw TEXT")
        yield Step(
            f"different {texts.column}",
            fill(
                "INSERT INTO temp.{seen} SELECT DISTINCT {column} FROM {source} AS {alias} WHERE {limits}",
                seen=name(seen),
                column=column,
                source=source,
                alias=alias,
                limits=join(" AND ", limits),
            ),
        )
        tests = [text_test(test, Sql("d.raw"), Sql("d.folded")) for test in texts.tests]
        yield Step(
            f"texts of {texts.column}",
            fill(
                "INSERT INTO temp.{table} SELECT d.raw, {words} FROM ("
                "SELECT u.raw, tagctl_fold(u.raw) AS folded FROM temp.{seen} AS u "
                "LIMIT 9223372036854775807 OFFSET 0) AS d",
                table=name(table),
                words=join(", ", [packed(tests[start : start + BITS]) for start in starts]),
                seen=name(seen),
            ),
            local=(table, seen),
        )

    def _scan_steps(self, number: int, scan: Scan) -> Iterator[Step]:
        table = f"{self.prefix}_scan_{number}"
        words: dict[int, dict[int, Compare]] = {}
        for test in scan.tests:
            _number, word, bit = self.test_places[test]
            words.setdefault(word, {})[bit] = test
        columns = [f"t{word}" for word in sorted(words)] + [f"a{n}" for n in range(len(scan.values))]
        yield from create(table, "customer INTEGER PRIMARY KEY, " + ", ".join(columns))
        column = {partial: f"p{n}" for n, partial in enumerate(scan.partials)}
        inner = Scope(
            self.as_of,
            self.zone,
            lambda _type, partial: Sql(f"p.{column[partial]}"),
            self._gather,
            self.rank_table,
            self.holds,
        )
        tests = [
            {bit: condition(scan.tests[test], inner) for bit, test in words[word].items()}
            for word in sorted(words)
        ]
        outer = join(
            ", ",
            [
                Sql("p.customer"),
                *(join(" | ", [shifted(bit, n) for n, bit in word.items()]) for word in tests),
                *(Sql(f"p.{column[partial]}") for partial in scan.values),
            ],
        )
        parts = [Sql(f" AS {column[partial]}") for partial in scan.partials]
        found = join(", ", [self._aggregated(p) + a for p, a in zip(scan.partials, parts, strict=True)])
        template = "INSERT INTO temp.{table} SELECT {outer} FROM ({rows}) AS p"
        rows = fill(
            "SELECT e.tagctl_customer AS customer, {found} FROM {events} AS e{joins} WHERE {seen} "
            "GROUP BY e.tagctl_customer",
            found=found,
            events=event_table(scan.type),
            joins=self.joins(),
            seen=self._seen(scan.first),
        )
        yield Step(f"read {scan.type}", fill(template, table=name(table), outer=outer, rows=rows))
        empty = [
            Sql("0" if p.function in ("count", "present") else "NULL") + a
            for p, a in zip(scan.partials, parts, strict=True)
        ]
        rows = fill("SELECT {nobody} AS customer, {empty}", nobody=str(NOBODY), empty=join(", ", empty))
        yield Step(f"without {scan.type}", fill(template, table=name(table), outer=outer, rows=rows))

    def _aggregated(self, partial: Partial) -> Sql:
        guard = self._guard(partial.first, partial.last, partial)
        # FILTER: an event that does not count costs one comparison
        only = fill(" FILTER (WHERE {g})", g=guard) if guard else Sql("")
        if partial.function == "count":
            return Sql("count(*)") + only
        of = Sql("e.tagctl_at") if partial.of is None else expression(partial.of, self._event())
        function = "count" if partial.function == "present" else partial.function
        return fill("{f}({of})", f=function, of=of) + only

    def _guard(self, first: int | None, last: int | None, partial: Partial) -> Sql | None:
        parts = self._window(first, last)
        if partial.where is not None:
            parts.append(condition(partial.where, self._event()))
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else all_of(parts)

    def _window(self, first: int | None, last: int | None) -> list[Sql]:
        parts = []
        if first is not None:
            parts.append(fill("e.tagctl_at >= {t}", t=value(first)))
        if last is not None and last < self.as_of:
            parts.append(fill("e.tagctl_at <= {t}", t=value(last)))
        return parts

    def _only_customer(self) -> int | None:
        """The one customer whom everything is about, if there is one."""
        return None if self.measures.ranks else self.customer

    def _seen(self, first: int | None = None) -> Sql:
        """Events up to as_of, of the customers whom everything is about."""
        parts = [fill("e.tagctl_at <= {t}", t=value(self.as_of)), *self._window(first, None)]
        return join(" AND ", [*parts, *self.only("e.tagctl_customer")])

    def only(self, customer: str) -> list[Sql]:
        """That a customer is one of those whom everything is about; nothing where that is all."""
        if self.touched is not None:
            return [Sql(f"{customer} IN (SELECT o.customer FROM temp.run_touched AS o)")]
        one = self._only_customer()
        return [] if one is None else [fill("{customer} = {c}", customer=customer, c=value(one))]

    def _gather_steps(self, number: int, aggregate: Aggregate) -> Iterator[Step]:
        table = f"{self.prefix}_gather_{number}"
        yield from create(table, "customer INTEGER PRIMARY KEY, v")
        first, last = bounds(aggregate.window)
        rows = []
        for source, of, where in zip(aggregate.sources, aggregate.fields, aggregate.where, strict=True):
            assert of is not None
            raw = expression(of, self._event())
            parts = [self._seen(), *self._window(first, last), fill("({raw}) IS NOT NULL", raw=raw)]
            if where is not None:
                parts.append(condition(where, self._event()))
            rows.append(
                fill(
                    "SELECT e.tagctl_customer AS customer, e.tagctl_at AS instant, {raw} AS raw, "
                    "{folded} AS folded FROM {events} AS e{joins} WHERE {where}",
                    raw=raw,
                    folded=_folded(of, raw),
                    events=event_table(source.type),
                    joins=self.joins(),
                    where=all_of(parts),
                )
            )
        if not rows:
            return
        events = join(" UNION ALL ", rows)
        template = _DISTINCT if aggregate.function == "distinct" else _MOST
        yield Step(
            f"{aggregate.function} {aggregate.sources[0].type}",
            fill("INSERT INTO temp.{table} " + template, table=name(table), events=events),
        )

    def _history_steps(self, number: int, asked: Followed | TagRecord) -> Iterator[Step]:
        table = f"{self.prefix}_gather_{number}"
        yield from create(table, "customer INTEGER PRIMARY KEY, v")
        if isinstance(asked, TagRecord):
            ids = [self.tag_ids[tag] for tag in asked.tags if tag in self.tag_ids]
            found: Sql | None = histories.record(asked, ids, self.as_of, self._only_customer())
        else:
            found = histories.followed(asked, self._events, self.as_of, self.zone)
        if found is not None:
            local = (table,) if isinstance(asked, TagRecord) else ()
            filled = fill("INSERT INTO temp.{table} {found}", table=name(table), found=found)
            yield Step("history", filled, local)

    def _events(self, source: EventSource, columns: Sql, limits: list[Sql]) -> Sql:
        """The events of a source that are seen."""
        parts = [self._seen(), *limits]
        if source.where is not None:
            parts.append(condition(source.where, self._event()))
        return fill(
            "SELECT {columns} FROM {events} AS e{joins} WHERE {parts}",
            columns=columns,
            events=event_table(source.type),
            joins=self.joins(),
            parts=all_of(parts),
        )

    def _rank_steps(self, of: Value) -> Iterator[Step]:
        """All customers' values in order."""
        table = self.rank_table(of)
        yield from create(table, "place INTEGER PRIMARY KEY, v")
        scope = self.scope()
        ranked = expression(of, scope)
        eligible = counted(of, scope)
        rows = fill(
            "SELECT {v} AS v FROM main.customers AS c{joins} WHERE {present} AND ({eligible})",
            v=ranked,
            joins=self.joins(),
            present=PRESENT,
            eligible=eligible,
        )
        yield Step(
            "rank",
            fill(
                "INSERT INTO temp.{table} (v) SELECT o.v FROM ({rows}) AS o "
                "WHERE o.v IS NOT NULL ORDER BY o.v",
                table=name(table),
                rows=rows,
            ),
        )


_DISTINCT = "SELECT d.customer, count(DISTINCT d.folded) FROM ({events}) AS d GROUP BY d.customer"

# The most frequent folded value; then the latest seen, then the smallest. Of its spellings the latest.
_MOST = """
SELECT m.customer, m.raw FROM (
  SELECT f.customer, f.raw, row_number() OVER (
    PARTITION BY f.customer ORDER BY f.total DESC, f.newest DESC, f.folded, f.instant DESC, f.raw) AS place
  FROM (
    SELECT s.customer, s.folded, s.raw, s.instant,
      sum(s.n) OVER same AS total, max(s.instant) OVER same AS newest
    FROM (
      SELECT d.customer, d.folded, d.raw, count(*) AS n, max(d.instant) AS instant
      FROM ({events}) AS d GROUP BY d.customer, d.folded, d.raw) AS s
    WINDOW same AS (PARTITION BY s.customer, s.folded)) AS f) AS m
WHERE m.place = 1
"""


def _folded(of: FieldValue, raw: Sql) -> Sql:
    return fill("tagctl_fold({raw})", raw=raw) if of.type == "text" else raw


def _places(
    tests: Iterable[Compare], homes: Mapping[Compare, tuple[int, int]]
) -> dict[Compare, tuple[int, int]]:
    """Word and bit for every test: its home, or a place in words after all homes."""
    found = {test: homes[test] for test in tests if test in homes}
    first = 1 + max((word for word, _bit in found.values()), default=-1)
    rest = (test for test in tests if test not in found)
    found |= {test: (first + n // BITS, n % BITS) for n, test in enumerate(rest)}
    return found


def packed(bits: list[Sql]) -> Sql:
    """Conditions as the bits of one integer, the first lowest."""
    return join(" | ", [shifted(bit, n) for n, bit in enumerate(bits)])


def shifted(bit: Sql, n: int) -> Sql:
    """A condition as one bit of an integer."""
    return Sql(f"(CASE WHEN {bit.text} THEN {1 << n} ELSE 0 END)", bit.params)


def create(table: str, columns: str) -> Iterator[Step]:
    """An empty temporary table, whatever was there."""
    yield Step("clear", Sql(f"DROP TABLE IF EXISTS temp.{name(table)}"))
    yield Step("make", Sql(f"CREATE TEMP TABLE {name(table)} ({columns})"))
