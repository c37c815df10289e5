"""Who wins in exclusive dimensions (docs/semantics.md, "One run"), from the wants of a stratum.

temp.run_wants_S (customer, w0, v0 …) holds what rules (w) and implications (v) want, bans taken out.
A choice is a number, 1 for the first of the file; 0 is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tagctl.model import Step
from tagctl.rules.emit.tables import create
from tagctl.rules.emit.words import Words
from tagctl.rules.plan import Node, Plan
from tagctl.sql import Scalar, Sql, fill, join, name

# Keeps SQLite from merging a subquery into the statement around it, which would repeat its expressions.
_APART = "LIMIT -1 OFFSET 0"
_PINNED = -1  # as the choice that stays: every pinned one
_MANUAL, _RULE, _IMPORT = 3, 2, 1  # between equal instants the greater wins

Column = Callable[[int], str]  # word → the column that holds it


class Settling:
    """Writes the statements of one stratum that has exclusive dimensions (or tags both ruled and implied)."""

    def __init__(self, words: Words, plan: Plan, wants: str, stratum: int) -> None:
        self.words = words
        self.plan = plan
        self.wants = name(wants)
        self.stratum = stratum

    # ── before the bits are settled ──────────────────────────────────────────────────────────────

    def before(self, number: int, node: Node) -> Iterator[Step]:
        """What must be known row by row: since when wanted tags count, who is newest, equal priorities."""
        equal = not node.ordered and self._equal_priorities(node)
        if not equal and node.on_conflict != "newest":
            return
        yield from self._choices(number, node)
        if equal:
            yield self._equal(number, node)
        if node.on_conflict == "newest":
            yield self._standing(number, node)
            yield from self._contest(number, node)

    def _choices(self, number: int, node: Node) -> Iterator[Step]:
        table = self._table("choices", number)
        yield from create(
            table,
            "tag INTEGER PRIMARY KEY, word INTEGER, mask INTEGER, "
            "choice INTEGER, priority INTEGER, takes INTEGER",
        )
        rows = []
        for tag in node.tags:
            place = self.words.place(tag)
            wish = self.plan.wishes.get(tag)
            priority = wish.rule.priority if wish and wish.rule else None
            takes = int(tag in self.words.takeover)
            rows.append((place.id, place.word, place.mask, node.choice(tag), priority, takes))
        for start in range(0, len(rows), 1000):
            part = rows[start : start + 1000]
            bound: tuple[Scalar, ...] = tuple(cell for row in part for cell in row)
            marks = ", ".join(["(?, ?, ?, ?, ?, ?)"] * len(part))
            yield Step("choices", Sql(f"INSERT INTO temp.{name(table)} VALUES {marks}", bound))

    def _equal_priorities(self, node: Node) -> bool:
        """Whether two rules of different choices have the same priority."""
        seen: dict[int, int] = {}
        for tag in node.ruled:
            rule = self.plan.wishes[tag].rule
            assert rule is not None
            if seen.setdefault(rule.priority, node.choice(tag)) != node.choice(tag):
                return True
        return False

    def _equal(self, number: int, node: Node) -> Step:
        """Pairs of rules of equal priority that want the same customers, the first of the file first."""
        masks = self.words.masks(node.ruled)
        wanted = [f"(w.w{word} & {mask})" for word, mask in masks.items()]
        several = [f"({bits} & ({bits} - 1)) <> 0" for bits in wanted]
        if len(wanted) > 1:
            several.append(" + ".join(f"({bits} <> 0)" for bits in wanted) + " > 1")
        choices = name(self._table("choices", number))

        def wants(alias: str) -> str:
            return self._bits(alias, masks, "w.w{n}") + f" & {alias}.mask <> 0"

        return Step(
            "equal priority",
            Sql(
                "INSERT INTO temp.run_equal SELECT a.tag, b.tag, count(*) "
                f"FROM temp.{self.wants} AS w CROSS JOIN temp.{choices} AS a CROSS JOIN temp.{choices} AS b "
                f"WHERE ({' OR '.join(several)}) AND {wants('a')} AND {wants('b')} "
                "AND a.priority = b.priority AND a.choice < b.choice GROUP BY a.tag, b.tag"
            ),
        )

    def _standing(self, number: int, node: Node) -> Step:
        """Since when each wanted tag counts: what its assignment has or would get, else the as-of."""
        masks = self.words.masks(node.tags)
        choices = name(self._table("choices", number))
        either = self._bits("c", masks, "(w.w{n} | w.v{n})")
        ruled = self._bits("c", masks, "w.w{n}")
        return Step(
            "since",
            Sql(
                "INSERT INTO temp.run_standing SELECT c.tag, w.customer, coalesce("
                "min(coalesce(g.since, o.since, i.since), coalesce(i.since, g.since, o.since)), ?) "
                f"FROM temp.{choices} AS c CROSS JOIN temp.{self.wants} AS w "
                "LEFT JOIN main.assignments AS g ON g.tag = c.tag AND g.customer = w.customer "
                "AND g.source = 'rule' AND g.lost_op IS NULL "
                "LEFT JOIN main.outranked AS o ON o.customer = w.customer AND o.tag = c.tag "
                "LEFT JOIN main.assignments AS i ON i.tag = c.tag AND i.customer = w.customer "
                f"AND i.source = 'import' AND i.lost_op IS NULL AND c.takes AND {ruled} & c.mask <> 0 "
                f"WHERE {either} & c.mask <> 0",
                (self.plan.as_of,),
            ),
        )

    def _contest(self, number: int, node: Node) -> Iterator[Step]:
        """The choice with the newest since, for customers with imported or manual tags there and no pin."""
        rivals, contest = self._table("rivals", number), self._table("contest", number)
        choices = name(self._table("choices", number))
        masks = self.words.masks(node.tags)
        yield from create(
            rivals, "customer INTEGER, choice INTEGER, since INTEGER, source INTEGER, passes INTEGER"
        )
        meets = self._any(lambda w: f"(x.i{w} | x.m{w})", masks)
        pinned = self._any(lambda w: f"x.p{w}", masks)
        manual = self._any(lambda w: f"x.m{w}", masks)
        yield Step(
            "rivals",
            Sql(
                f"INSERT INTO temp.{name(rivals)} SELECT q.customer, q.k, s.since, {_RULE}, "
                f"q.free OR {self._choice_has('q.k', node, lambda w: f'q.m{w}')} FROM ("
                f"SELECT w.customer, {self._winner(node)} AS k, NOT {manual} AS free, "
                f"{', '.join(f'x.m{w} AS m{w}' for w in masks)} FROM temp.{self.wants} AS w "
                "JOIN temp.run_external AS x ON x.customer = w.customer "
                f"WHERE {meets} AND NOT {pinned} {_APART}) AS q JOIN temp.{choices} AS c ON c.choice = q.k "
                "JOIN temp.run_standing AS s ON s.tag = c.tag AND s.customer = q.customer"
            ),
        )
        yield Step(
            "rivals",
            Sql(
                f"INSERT INTO temp.{name(rivals)} SELECT a.customer, c.choice, a.since, "
                f"CASE a.source WHEN 'manual' THEN {_MANUAL} ELSE {_IMPORT} END, 1 "
                f"FROM temp.{choices} AS c CROSS JOIN main.assignments AS a ON a.tag = c.tag "
                "JOIN temp.run_external AS x ON x.customer = a.customer "
                "WHERE a.lost_op IS NULL AND (a.source = 'manual' OR (a.source = 'import' AND NOT c.takes)) "
                f"AND NOT {pinned}"
            ),
        )
        yield from create(contest, "customer INTEGER PRIMARY KEY, choice INTEGER")
        yield Step("newest", self._best(contest, rivals, "v.passes"))
        # An imported choice that beat every manual one has freed the rules: they meet in turn.
        freed = (
            f"v.customer IN (SELECT m.customer FROM temp.{name(rivals)} AS m JOIN temp.{name(contest)} AS t "
            f"ON t.customer = m.customer GROUP BY m.customer HAVING sum(m.source = {_MANUAL}) > 0 "
            f"AND sum(m.source = {_MANUAL} AND m.choice = t.choice) = 0) "
            f"AND (v.source = {_RULE} OR v.choice = "
            f"(SELECT t.choice FROM temp.{name(contest)} AS t WHERE t.customer = v.customer))"
        )
        yield Step("newest", self._best(contest, rivals, freed))

    def _best(self, contest: str, rivals: str, which: str) -> Sql:
        return Sql(
            f"INSERT OR REPLACE INTO temp.{name(contest)} SELECT b.customer, b.choice FROM ("
            "SELECT v.customer, v.choice, row_number() OVER (PARTITION BY v.customer "
            "ORDER BY v.since DESC, v.source DESC, v.choice DESC) AS place "
            f"FROM temp.{name(rivals)} AS v WHERE {which}) AS b WHERE b.place = 1"
        )

    # ── settling ─────────────────────────────────────────────────────────────────────────────────

    def held(self, table: str, nodes: tuple[Node, ...], before: list[tuple[str, Sql]], source: str) -> Step:
        """Fill the table of the stratum: rule words r and staying imported and manual words e."""
        exclusive = [node for node in nodes if node.choices]
        touched = sorted(self.words.masks(tag for node in nodes for tag in node.tags))
        contests = "".join(
            f" LEFT JOIN temp.{name(self._table('contest', n))} AS t{n} ON t{n}.customer = w.customer"
            for n, node in enumerate(exclusive)
            if node.on_conflict == "newest"
        )
        first = [
            Sql("w.customer AS customer"),
            *(expression + Sql(f" AS {column}") for column, expression in before),
            *(Sql(f"w.w{w} | w.v{w} AS w{w}") for w in touched),
            *(Sql(f"coalesce(x.m{w}, 0) AS m{w}, coalesce(x.p{w}, 0) AS p{w}") for w in touched),
            *(Sql(text) for n, node in enumerate(exclusive) for text in self._found(n, node)),
        ]
        inner = fill(
            "SELECT {columns} FROM {source}" + contests + f" {_APART}",
            columns=join(", ", first),
            source=source,
        )
        second = ", ".join(
            ["f.*"] + [text for n, node in enumerate(exclusive) for text in self._decided(n, node)]
        )
        outer = fill("SELECT {second} FROM ({inner}) AS f " + _APART, second=second, inner=inner)
        columns = ["d.customer"]
        for column, _expression in before:
            word = int(column[1:])
            settle = self._rule_word if column[0] == "r" else self._other_word
            columns.append(settle(word, nodes, exclusive))
        return Step(
            "settle",
            fill(
                "INSERT INTO temp.{table} SELECT {columns} FROM ({outer}) AS d",
                table=name(table),
                columns=", ".join(columns),
                outer=outer,
            ),
        )

    def _found(self, n: int, node: Node) -> list[str]:
        """k: the rules' winner; mm, ii: the greatest manual and imported choice; t: the newest."""
        found = [f"{self._winner(node)} AS k{n}"]
        if node.on_conflict == "later":
            manual = self._greatest(node, lambda w: f"coalesce(x.m{w}, 0)")
            imported = self._greatest(node, lambda w: f"(coalesce(x.i{w}, 0) & ~{self.words.taken(w)})")
            found += [f"{manual} AS mm{n}", f"{imported} AS ii{n}"]
        elif node.on_conflict == "newest":
            found.append(f"t{n}.choice AS t{n}")
        return found

    def _decided(self, n: int, node: Node) -> list[str]:
        """s: the choice whose imported and manual tags stay; g: the choice whose rule tags do."""
        masks = self.words.masks(node.tags)
        k = f"f.k{n}"
        if node.on_conflict == "flag":
            free = f"NOT {self._any(lambda w: f'f.m{w}', masks)}"
            mine = self._choice_has(k, node, lambda w: f"f.m{w}")
            return [f"CASE WHEN {free} OR {mine} THEN {k} ELSE 0 END AS g{n}"]
        if node.on_conflict == "later":
            # Where an imported choice beats the manual ones, nothing keeps the rules' winner out any more.
            stays = f"CASE WHEN f.mm{n} > 0 AND f.mm{n} >= f.ii{n} THEN f.mm{n} ELSE max(f.ii{n}, {k}) END"
        else:
            stays = f"coalesce(f.t{n}, {k})"
        pinned = self._any(lambda w: f"f.p{w}", masks)
        mine = self._choice_has(k, node, lambda w: f"f.p{w}")
        return [
            f"CASE WHEN {pinned} THEN {_PINNED} ELSE {stays} END AS s{n}",
            f"CASE WHEN CASE WHEN {pinned} THEN {mine} ELSE {k} = {stays} END THEN {k} ELSE 0 END AS g{n}",
        ]

    def _rule_word(self, word: int, nodes: tuple[Node, ...], exclusive: list[Node]) -> str:
        parts = [f"d.r{word}"]
        free = self.words.masks(tag for node in nodes if not node.choices for tag in node.tags).get(word)
        if free:
            parts.append(f"(d.w{word} & {free})")
        for n, node in enumerate(exclusive):
            cases = self._cases(word, node)
            if cases:
                parts.append(f"(d.w{word} & CASE d.g{n} {cases} ELSE 0 END)")
        return " | ".join(parts)

    def _other_word(self, word: int, nodes: tuple[Node, ...], exclusive: list[Node]) -> str:
        text = f"d.e{word}"
        for n, node in enumerate(exclusive):
            cases = self._cases(word, node)
            if node.on_conflict == "flag" or not cases:
                continue
            here = self.words.masks(node.tags)[word]
            pinned = " | ".join(
                f"(CASE WHEN {self._any(lambda w: f'd.p{w}', self.words.masks(tags))} THEN {mask} ELSE 0 END)"
                for tags in node.choices
                if (mask := self.words.masks(tags).get(word))
            )
            text = f"({text} & (~{here} | CASE d.s{n} {cases} WHEN {_PINNED} THEN {pinned} ELSE 0 END))"
        return text

    # ── pieces ───────────────────────────────────────────────────────────────────────────────────

    def _table(self, kind: str, number: int) -> str:
        return f"run_{kind}_{self.stratum}_{number}"

    def _bits(self, alias: str, words: Iterable[int], column: str) -> str:
        """The word that a row of choices has its bit in: column is a template over n."""
        whens = " ".join(f"WHEN {n} THEN {column.format(n=n)}" for n in words)
        return f"(CASE {alias}.word {whens} ELSE 0 END)"

    def _any(self, column: Column, masks: dict[int, int]) -> str:
        """Whether one of some bits is set."""
        return "(" + " OR ".join(f"({column(w)} & {mask}) <> 0" for w, mask in masks.items()) + ")"

    def _cases(self, word: int, node: Node) -> str:
        """Choice → its bits in a word, as the WHENs of a CASE."""
        return " ".join(
            f"WHEN {number} THEN {mask}"
            for number, tags in enumerate(node.choices, 1)
            if (mask := self.words.masks(tags).get(word))
        )

    def _choice_has(self, choice: str, node: Node, column: Column) -> str:
        """Whether a bit of the choice (an expression) is set."""
        whens = " ".join(
            f"WHEN {number} THEN {self._any(column, self.words.masks(tags))}"
            for number, tags in enumerate(node.choices, 1)
        )
        return f"(CASE {choice} {whens} ELSE 0 END)"

    def _greatest(self, node: Node, column: Column) -> str:
        """The last choice of the file with a bit set."""
        whens = " ".join(
            f"WHEN {self._any(column, self.words.masks(tags))} THEN {number}"
            for number, tags in reversed(list(enumerate(node.choices, 1)))
        )
        return f"(CASE {whens} ELSE 0 END)"

    def _winner(self, node: Node) -> str:
        """The best choice among what rules and implications want."""
        if node.ordered:
            return self._greatest(node, lambda w: f"(w.w{w} | w.v{w})")
        tags = [(tag, "w") for tag in node.ruled] + [(tag, "v") for tag in node.implied]
        if not tags:
            return "0"
        whens = " ".join(
            f"WHEN (w.{kind}{self.words.place(tag).word} & {self.words.mask(tag)}) <> 0 "
            f"THEN {node.choice(tag)}"
            for tag, kind in tags
        )
        return f"(CASE {whens} ELSE 0 END)"
