"""Who wins in exclusive dimensions (docs/semantics.md, "One run"), from the wants of a stratum.

temp.run_wants_S (customer, w0, v0 …) holds what rules (w) and implications (v) want, bans taken out.
"""

from __future__ import annotations

from collections.abc import Iterator

from tagctl.program import Step
from tagctl.rules.emit.choices import Choices
from tagctl.rules.emit.contest import Contest
from tagctl.rules.emit.words import Words
from tagctl.rules.plan import Node, Plan
from tagctl.sql import Sql, fill, join, name

# Keeps SQLite from merging a subquery into the statement around it, which would repeat its expressions.
_APART = "LIMIT 9223372036854775807 OFFSET 0"
_PINNED = -1  # as the choice that stays: every pinned one


class Settling:
    """Writes the statements of one stratum that has exclusive dimensions (or tags both ruled and implied)."""

    def __init__(self, words: Words, plan: Plan, wants: str, stratum: int, nodes: tuple[Node, ...]) -> None:
        self.words = words
        self.nodes = nodes
        self.exclusive = [Choices(words, plan, node) for node in nodes if node.choices]
        self.contests = [
            Contest(choices, plan, wants, f"{stratum}_{number}")
            for number, choices in enumerate(self.exclusive)
        ]

    def before(self) -> Iterator[Step]:
        """What must be known row by row."""
        for contest in self.contests:
            yield from contest.steps()

    def held(self, table: str, before: list[tuple[str, Sql]], source: str) -> Step:
        """Fill the table of the stratum: rule words r and staying imported and manual words e.

        `before` are these words as earlier strata left them, `source` the wants w with what joins them.
        """
        touched = sorted(self.words.masks(tag for node in self.nodes for tag in node.tags))
        joins = "".join(
            f" LEFT JOIN temp.{name(contest.contest)} AS t{n} ON t{n}.customer = w.customer"
            f" LEFT JOIN temp.{name(contest.rivals)} AS v{n} ON v{n}.customer = w.customer"
            for n, contest in enumerate(self.contests)
            if contest.node.on_conflict == "newest"
        )
        found = [
            Sql("w.customer AS customer"),
            *(expression + Sql(f" AS {column}") for column, expression in before),
            *(Sql(f"w.w{w} | w.v{w} AS w{w}") for w in touched),
            *(Sql(f"{_manual(w)} AS m{w}, {_pin(w)} AS p{w}") for w in touched),
            *(Sql(text) for n, choices in enumerate(self.exclusive) for text in self._found(n, choices)),
        ]
        inner = fill(
            "SELECT {columns} FROM {source}" + joins + f" {_APART}", columns=join(", ", found), source=source
        )
        decided = [text for n, choices in enumerate(self.exclusive) for text in self._decided(n, choices)]
        outer = fill(
            "SELECT {columns} FROM ({inner}) AS f " + _APART,
            columns=", ".join(["f.*", *decided]),
            inner=inner,
        )
        settled = [
            self._rule_word(int(column[1:])) if column[0] == "r" else self._other_word(int(column[1:]))
            for column, _expression in before
        ]
        return Step(
            "settle",
            fill(
                "INSERT INTO temp.{table} SELECT {columns} FROM ({outer}) AS d",
                table=name(table),
                columns=", ".join(["d.customer", *settled]),
                outer=outer,
            ),
        )

    def _found(self, n: int, choices: Choices) -> list[str]:
        """k: the rules' winner; mm, ii: the greatest manual and imported choice; y: the newest rival."""
        policy = choices.node.on_conflict
        if policy == "newest":
            return [f"coalesce(t{n}.k, 0) AS k{n}", f"t{n}.stays AS y{n}", f"v{n}.choice AS v{n}"]
        if policy == "flag":
            free = f"NOT {choices.any(_manual)}"
            return [
                choices.winner(lambda c: f"({free} OR {choices.any(_manual, choices.node.choices[c - 1])})")
                + f" AS k{n}"
            ]
        manual = choices.greatest(_manual)
        imported = choices.greatest(self._imported)
        pinned = choices.any(_pin)
        winner = choices.winner(
            lambda c: (
                f"(CASE WHEN {pinned} THEN {choices.any(_pin, choices.node.choices[c - 1])} "
                f"WHEN {manual} > 0 AND {manual} >= {imported} THEN {manual} = {c} "
                f"ELSE {c} >= {imported} END)"
            )
        )
        return [f"{winner} AS k{n}", f"{manual} AS mm{n}", f"{imported} AS ii{n}"]

    def _decided(self, n: int, choices: Choices) -> list[str]:
        """s: the choice whose imported and manual tags stay; g: the choice whose rule tags do."""
        k = f"f.k{n}"
        if choices.node.on_conflict == "flag":
            free = f"NOT {choices.any(lambda w: f'f.m{w}')}"
            mine = choices.has(k, lambda w: f"f.m{w}")
            return [f"CASE WHEN {free} OR {mine} THEN {k} ELSE 0 END AS g{n}"]
        pinned = choices.any(lambda w: f"f.p{w}")
        if choices.node.on_conflict == "newest":
            return [
                f"CASE WHEN {pinned} THEN {_PINNED} WHEN f.y{n} THEN {k} "
                f"ELSE coalesce(f.v{n}, 0) END AS s{n}",
                f"CASE WHEN f.y{n} THEN {k} ELSE 0 END AS g{n}",
            ]
        # Where an imported choice beats the manual ones, nothing manual keeps the rules' winner out any more.
        stays = (
            f"CASE WHEN f.mm{n} > 0 AND f.mm{n} >= f.ii{n} THEN f.mm{n} "
            f"WHEN f.ii{n} > {k} THEN f.ii{n} ELSE {k} END"
        )
        mine = choices.has(k, lambda w: f"f.p{w}")
        return [
            f"CASE WHEN {pinned} THEN {_PINNED} ELSE {stays} END AS s{n}",
            f"CASE WHEN CASE WHEN {pinned} THEN {mine} ELSE {k} = {stays} END THEN {k} ELSE 0 END AS g{n}",
        ]

    def _imported(self, word: int) -> str:
        return f"(coalesce(x.i{word}, 0) & ~{self.words.taken(word)})"

    def _rule_word(self, word: int) -> str:
        parts = [f"d.r{word}"]
        free = self.words.masks(tag for node in self.nodes if not node.choices for tag in node.tags).get(word)
        if free:
            parts.append(f"(d.w{word} & {free})")
        for n, choices in enumerate(self.exclusive):
            cases = choices.cases(word)
            if cases:
                parts.append(f"(d.w{word} & CASE d.g{n} {cases} ELSE 0 END)")
        return " | ".join(parts)

    def _other_word(self, word: int) -> str:
        text = f"d.e{word}"
        for n, choices in enumerate(self.exclusive):
            cases = choices.cases(word)
            if choices.node.on_conflict == "flag" or not cases:
                continue
            pinned = choices.pinned(word, lambda w: f"d.p{w}")
            text = (
                f"({text} & (~{choices.masks[word]} "
                f"| CASE d.s{n} {cases} WHEN {_PINNED} THEN {pinned} ELSE 0 END))"
            )
        return text


def _manual(word: int) -> str:
    return f"coalesce(x.m{word}, 0)"


def _pin(word: int) -> str:
    return f"coalesce(x.p{word}, 0)"
