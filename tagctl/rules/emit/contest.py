"""Exclusive dimensions row by row: equal priorities, and the newest assignment where on_conflict says so."""

from __future__ import annotations

from collections.abc import Iterator

from tagctl.program import Step
from tagctl.rules.emit.choices import Choices, word_of
from tagctl.rules.emit.tables import create
from tagctl.rules.plan import Plan, equal_priorities
from tagctl.sql import Scalar, Sql, name

_MANUAL, _RULE, _IMPORT = 3, 2, 1  # between equal instants the greater wins
_ROWS = 1000  # per INSERT


class Contest:
    """Writes the statements for one node of a stratum; `suffix` tells its tables from those of others.

    temp.run_contest_… (customer, k, stays): the rules' winner, and whether it stays.
    temp.run_rivals_… (customer, choice, …): the best imported or manual choice, where there is no pin.
    """

    def __init__(self, choices: Choices, plan: Plan, wants: str, suffix: str) -> None:
        self.choices = choices
        self.node = choices.node
        self.plan = plan
        self.wants = name(wants)
        # Of a piloted tag the rule takes over what is imported of customers within the pilot.
        self.inside = any(
            (wish := plan.wishes.get(tag)) and wish.takeover and wish.pilot is not None
            for tag in choices.node.tags
        )
        self.rows = name(f"run_choices_{suffix}")
        self.rivals = f"run_rivals_{suffix}"
        self.contest = f"run_contest_{suffix}"

    def steps(self) -> Iterator[Step]:
        equal = equal_priorities(self.node, self.plan.wishes)
        newest = self.node.on_conflict == "newest"
        if not equal and not newest:
            return
        yield from self._choices()
        if equal:
            yield self._equal()
        if newest:
            yield self._standing()
            yield from self._newest()

    def _choices(self) -> Iterator[Step]:
        """The tags of the node as rows. `place` and `otherwise` are where they stand in the order of who
        wins, wanted by a rule and by implication; resting: their rule is waiting or late."""
        columns = (
            "tag INTEGER PRIMARY KEY, word INTEGER, mask INTEGER, choice INTEGER, priority INTEGER, "
            "place INTEGER, otherwise INTEGER, takes INTEGER, resting INTEGER"
        )
        yield from create(self.rows.strip('"'), columns)
        rows = [self._row(tag) for tag in self.node.tags]
        for start in range(0, len(rows), _ROWS):
            part = rows[start : start + _ROWS]
            marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?, ?)"] * len(part))
            bound = tuple(cell for row in part for cell in row)
            yield Step("choices", Sql(f"INSERT INTO temp.{self.rows} VALUES {marks}", bound))

    def _row(self, tag: str) -> tuple[Scalar, ...]:
        node, words = self.node, self.choices.words
        place = words.place(tag)
        wish = self.plan.wishes.get(tag)
        choice = node.choice(tag)
        ruled = node.ruled.index(tag) if tag in node.ruled else None
        implied = len(node.ruled) + node.implied.index(tag) if tag in node.implied else None
        if node.ordered:
            ruled = implied = -choice
        return (
            place.id,
            place.word,
            place.mask,
            choice,
            wish.rule.priority if wish and wish.rule else None,
            ruled,
            implied,
            int(tag in words.takeover),
            int(tag in self.choices.resting),
        )

    # ── equal priorities ─────────────────────────────────────────────────────────────────────────

    def _equal(self) -> Step:
        """Pairs of rules that ran, of equal priority, that want the same customers."""
        masks = self.choices.words.masks(self.node.ruled)
        wanted = [f"(w.w{word} & {mask})" for word, mask in masks.items()]
        several = [f"({bits} & ({bits} - 1)) <> 0" for bits in wanted]
        if len(wanted) > 1:
            several.append(" + ".join(f"CASE WHEN {bits} <> 0 THEN 1 ELSE 0 END" for bits in wanted) + " > 1")
        return Step(
            "equal priority",
            Sql(
                "INSERT INTO temp.run_equal SELECT a.tag, b.tag, count(*) FROM "
                f"temp.{self.wants} AS w CROSS JOIN temp.{self.rows} AS a CROSS JOIN temp.{self.rows} AS b "
                f"WHERE ({' OR '.join(several)}) AND {word_of('a', masks, 'w.w{n}')} <> 0 "
                f"AND {word_of('b', masks, 'w.w{n}')} <> 0 "
                "AND a.priority = b.priority AND a.choice < b.choice "
                "AND NOT a.resting AND NOT b.resting GROUP BY a.tag, b.tag"
            ),
        )

    # ── the newest ───────────────────────────────────────────────────────────────────────────────

    def _standing(self) -> Step:
        """Since when each wanted tag counts: what its assignment has or would get, else the as-of."""
        masks = self.choices.masks
        takes, inside = "c.takes", ""
        if self.inside:  # joined: DuckDB takes no EXISTS in the condition of an outer join
            takes = "(c.takes OR p.tag IS NOT NULL)"
            inside = "LEFT JOIN temp.run_inside AS p ON p.tag = c.tag AND p.customer = w.customer "
        ruled = word_of("c", masks, "w.w{n}")
        wanted = word_of("c", masks, "(w.w{n} | w.v{n})")
        ours = "coalesce(g.since, o.since, i.since)"
        theirs = "coalesce(i.since, g.since, o.since)"
        return Step(
            "since",
            Sql(
                "INSERT INTO temp.run_standing SELECT c.tag, w.customer, coalesce("
                f"CASE WHEN {ours} <= {theirs} THEN {ours} ELSE {theirs} END, ?) "
                f"FROM temp.{self.rows} AS c CROSS JOIN temp.{self.wants} AS w "
                "LEFT JOIN main.assignments AS g ON g.tag = c.tag AND g.customer = w.customer "
                "AND g.source = 'rule' AND g.lost_op IS NULL "
                f"LEFT JOIN main.outranked AS o ON o.customer = w.customer AND o.tag = c.tag {inside}"
                "LEFT JOIN main.assignments AS i ON i.tag = c.tag AND i.customer = w.customer "
                f"AND i.source = 'import' AND i.lost_op IS NULL AND {takes} AND {ruled} <> 0 "
                f"WHERE {wanted} <> 0",
                (self.plan.as_of,),
            ),
        )

    def _newest(self) -> Iterator[Step]:
        pinned = self.choices.any(lambda w: f"x.p{w}")
        takes = f"(c.takes OR {_inside('c', 'a')})" if self.inside else "c.takes"
        yield from create(
            self.rivals,
            "customer INTEGER PRIMARY KEY, choice INTEGER, since INTEGER, source INTEGER, freed INTEGER",
        )
        # freed: an imported choice beats every manual one, so nothing manual keeps the rules' winner out.
        yield Step(
            "rivals",
            Sql(
                f"INSERT INTO temp.{name(self.rivals)} "
                "SELECT v.customer, v.choice, v.since, v.source, v.freed FROM ("
                "SELECT r.*, row_number() OVER (PARTITION BY r.customer "
                "ORDER BY r.since DESC, r.source DESC, r.choice DESC) AS place, "
                f"max(r.source) OVER (PARTITION BY r.customer) = {_MANUAL} "
                f"AND max(r.source) OVER (PARTITION BY r.customer, r.choice) <> {_MANUAL} AS freed FROM ("
                "SELECT a.customer, c.choice, a.since, "
                f"CASE a.source WHEN 'manual' THEN {_MANUAL} ELSE {_IMPORT} END AS source "
                f"FROM temp.{self.rows} AS c CROSS JOIN main.assignments AS a "
                "JOIN temp.run_external AS x ON x.customer = a.customer "
                "WHERE a.tag = c.tag AND a.lost_op IS NULL "
                f"AND (a.source = 'manual' OR (a.source = 'import' AND NOT {takes})) "
                f"AND NOT {pinned}) AS r) AS v WHERE v.place = 1"
            ),
        )
        yield from create(self.contest, "customer INTEGER PRIMARY KEY, k INTEGER, stays INTEGER")
        masks = self.choices.masks
        manual = self.choices.any(lambda w: f"coalesce(x.m{w}, 0)")
        pins = self.choices.any(lambda w: f"coalesce(x.p{w}, 0)")
        pin_too = self.choices.has("c.choice", lambda w: f"x.p{w}")
        manual_too = self.choices.has("c.choice", lambda w: f"x.m{w}")
        stays = (
            f"CASE WHEN {pins} THEN {pin_too} WHEN v.customer IS NULL THEN 1 "
            f"WHEN {manual} AND NOT v.freed AND NOT {manual_too} THEN 0 "
            "ELSE v.choice = c.choice OR "
            f"(max(s.since) OVER (PARTITION BY s.customer, c.choice), {_RULE}, c.choice) "
            "> (v.since, v.source, v.choice) END"
        )
        yield Step(
            "newest",
            Sql(
                f"INSERT INTO temp.{name(self.contest)} SELECT b.customer, b.choice, b.stays FROM ("
                "SELECT a.*, row_number() OVER (PARTITION BY a.customer ORDER BY "
                "CASE WHEN a.ruled AND (a.stays OR NOT a.resting) THEN a.place ELSE a.otherwise END"
                ") AS first "
                "FROM (SELECT s.customer, c.choice, c.resting, c.place, c.otherwise, "
                f"{word_of('c', masks, 'w.w{n}')} <> 0 AS ruled, "
                f"{word_of('c', masks, 'w.v{n}')} <> 0 AS implied, "
                f"{stays} AS stays FROM temp.{self.rows} AS c "
                "JOIN temp.run_standing AS s ON s.tag = c.tag "
                f"JOIN temp.{self.wants} AS w ON w.customer = s.customer "
                "LEFT JOIN temp.run_external AS x ON x.customer = s.customer "
                f"LEFT JOIN temp.{name(self.rivals)} AS v ON v.customer = s.customer) AS a "
                "WHERE a.implied OR (a.ruled AND (a.stays OR NOT a.resting))) AS b WHERE b.first = 1"
            ),
        )


def _inside(tag: str, customer: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM temp.run_inside AS p WHERE p.tag = {tag}.tag "
        f"AND p.customer = {customer}.customer)"
    )
