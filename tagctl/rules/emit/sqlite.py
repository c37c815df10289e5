"""A plan as SQLite statements: measures, then one table of bit words per stratum, ending in run_desired.

What the store fills before the steps (words as in the layout):
  run_external (customer, i0 … m0 … p0 … b0 …)   imported, manual, pinned, banned tags as bits
  run_prior (customer, w0 …)                     tags held by rule before the as-of, for rules with `leave`
  run_places (tag, word, mask)                   where every tag has its bit
What it reads after them:
  run_desired (customer, r0 …, e0 …)             rule tags that should be; imported and manual ones that stay
  run_closing (customer, tag)                    imported and manual assignments that lost a conflict
  run_standing (tag, customer, since)            since when a rule's tag counts, where that is not the as-of
  run_equal (one, other, customers)              rules of equal priority that want the same customers
  run_inside (tag, customer)                     imported tags with a `pilot`, of customers within it
  run_drafts (tag, gained, lost)                 what the rules of drafts would do
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from tagctl.model import Compare, Ruleset
from tagctl.program import Given, Layout, Narrow, Probe, Program, Step
from tagctl.rules.crossings import crossings
from tagctl.rules.emit.conditions import condition
from tagctl.rules.emit.question import ask
from tagctl.rules.emit.settling import Settling
from tagctl.rules.emit.tables import PRESENT, Tables, create, shifted
from tagctl.rules.emit.touched import Touched, edges
from tagctl.rules.emit.words import Words
from tagctl.rules.plan import Draft, Node, Plan, Wish
from tagctl.sql import Scalar, Sql, all_of, any_of, fill, join, name, negation, value


def program(plan: Plan, layout: Layout) -> Program:
    """The statements of a run."""
    wishes = plan.wishes.values()
    run = _Run(plan, layout)
    newest = [
        tag
        for stratum in plan.strata
        for node in stratum
        if node.on_conflict == "newest"
        for tag in node.tags
    ]
    return Program(
        steps=tuple(run.steps()),
        layout=layout,
        as_of=plan.as_of,
        given=tuple(_given(wish, plan.wishes) for wish in wishes),
        expires=plan.expires,
        takeover=tuple(wish.tag for wish in wishes if wish.takeover),
        inside=tuple(wish.tag for wish in wishes if wish.pilot is not None),
        leaving=tuple(w.tag for w in wishes if w.leave is not None)
        + tuple(draft.tag for draft in plan.drafts if draft.leave is not None),
        newest=tuple(newest),
        edges=tuple(Sql("SELECT ") + edge for _of, edge in edges(plan, run.tables)),
        probes=lambda: _probes(plan, layout),
    )


def narrow(plan: Plan, layout: Layout, then: Plan, since: int, old_edges: Sequence[Scalar]) -> Narrow | None:
    """The statements of a run for the customers whom something can concern since the run of the plan `then`,
    operation `since`, whose ranks had these edges; None where that can be anybody."""
    crossed = crossings(then, plan)
    if crossed is None:
        return None
    touched = Touched(plan, then)
    return Narrow(
        since=since,
        touching=tuple(touched.steps(crossed, old_edges)),
        steps=tuple(_Run(plan, layout, touched.tables).steps()),
        edges=tuple(Sql("SELECT ") + edge for _of, edge in edges(plan, touched.tables)),
    )


def _given(wish: Wish, wishes: Mapping[str, Wish]) -> Given:
    return Given(
        wish.tag,
        wish.rule.id if wish.rule is not None else None,
        sha256(" ".join(_hashes(wish.tag, wishes)).encode()).hexdigest()[:16],
        wish.state,
        wish.needs,
        keep_imported=wish.rule is not None and wish.rule.keep_imported,
    )


def _hashes(tag: str, wishes: Mapping[str, Wish]) -> Iterator[str]:
    """What tells that something else gives a tag: its rule's text, and likewise for what implies it."""
    wish = wishes.get(tag)
    if wish is None:
        return
    if wish.rule is not None:
        yield wish.rule.hash
    for source in wish.implied_by:
        yield source
        yield from _hashes(source, wishes)


def _probes(plan: Plan, layout: Layout) -> Iterator[Probe]:
    ids = {tag: place.id for tag, place in layout.places.items()}
    for wish in plan.wishes.values():
        if wish.rule is not None and wish.when is not None:
            steps = ask(Ruleset(), ids, plan.as_of, plan.zone, wish.conditions()).steps
            yield Probe(wish.tag, wish.rule.location, steps)


def _only_leaf(wish: Wish) -> Compare | None:
    """The leaf that alone decides what a rule wants, if one does."""
    alone = wish.leave is None and wish.pilot is None
    return wish.when if alone and isinstance(wish.when, Compare) else None


class _Run:
    """Writes the statements of one run; `self.stratum` counts from 1."""

    def __init__(self, plan: Plan, layout: Layout, touched: Tables | None = None) -> None:
        self.plan = plan
        wishes = plan.wishes.values()
        self.words = Words(layout, [w.tag for w in wishes if w.takeover and w.pilot is None])
        self.piloted = [w for w in wishes if w.pilot is not None]
        ids = {tag: place.id for tag, place in layout.places.items()}
        homes = {leaf: self._home(w.tag) for w in wishes if (leaf := _only_leaf(w)) is not None}
        self.tables = Tables(
            plan.measures, plan.as_of, plan.zone, self._holds, ids, homes=homes, touched=touched
        )
        self.strata = plan.strata or ((),)
        self.stratum = 1

    def steps(self) -> Iterator[Step]:
        yield from create("run_closing", "customer INTEGER, tag INTEGER, PRIMARY KEY (customer, tag)")
        yield from create(
            "run_standing", "tag INTEGER, customer INTEGER, since INTEGER, PRIMARY KEY (tag, customer)"
        )
        yield from create("run_equal", "one INTEGER, other INTEGER, customers INTEGER")
        yield from create("run_inside", "tag INTEGER, customer INTEGER, PRIMARY KEY (tag, customer)")
        yield from create("run_drafts", "tag INTEGER PRIMARY KEY, gained INTEGER, lost INTEGER")
        yield from self.tables.steps()
        for stratum, nodes in enumerate(self.strata, 1):
            self.stratum = stratum
            yield from self._stratum(nodes)
        settled = [n for nodes in self.strata for n in nodes if n.choices and n.on_conflict != "flag"]
        if settled:
            yield self._closing(settled)
        self.stratum = len(self.strata) + 1
        for draft in self.plan.drafts:
            yield self._draft(draft)

    # ── one stratum ──────────────────────────────────────────────────────────────────────────────

    def _stratum(self, nodes: tuple[Node, ...]) -> Iterator[Step]:
        words = self.words
        held = self._held(self.stratum)
        tags = {tag for node in nodes for tag in node.tags}
        piloted = [wish for wish in self.piloted if wish.tag in tags]
        for wish in piloted:
            yield from self._inside(wish)
        takeover = [*words.takeover, *(wish.tag for wish in piloted if wish.takeover)]
        columns = [f"r{w}" for w in range(words.stored)] + [f"e{w}" for w in range(words.all)]
        doubly = [
            tag for node in nodes for tag in node.tags if tag in takeover and self._wish(tag, "implied")
        ]
        for tag in takeover:
            if any(tag in node.tags and node.on_conflict != "newest" for node in nodes) and tag not in doubly:
                yield self._carried(tag)
        if not doubly and not any(node.choices for node in nodes):
            yield from create(held, "customer INTEGER PRIMARY KEY, " + ", ".join(columns))
            yield self._plain(held, nodes)
            return
        wants = f"run_wants_{self.stratum}"
        touched = sorted(words.masks(tag for node in nodes for tag in node.tags))
        kinds = [f"{kind}{w}" for w in touched for kind in ("w", "v")]
        yield from create(wants, ", ".join(["customer INTEGER PRIMARY KEY", *kinds]))
        yield self._wants(wants, nodes, touched)
        for tag in doubly:
            if any(tag in node.tags and node.on_conflict != "newest" for node in nodes):
                yield self._carried(tag, wants)
        settling = Settling(words, self.plan, wants, self.stratum, nodes)
        yield from settling.before()
        yield from create(held, "customer INTEGER PRIMARY KEY, " + ", ".join(columns))
        before = [(f"r{w}", self._before_r(w)) for w in range(words.stored)]
        before += [(f"e{w}", self._before_e(w)) for w in range(words.all)]
        yield settling.held(held, before, self._from_wants(wants))

    def _plain(self, held: str, nodes: tuple[Node, ...]) -> Step:
        """Tags without exclusion: what is wanted or implied is held."""
        words = self.words
        columns = [Sql("c.tagctl_id")]
        for w in range(words.stored):
            now = self._given_bits(nodes, w)
            before = self._before_r(w)
            if now:
                free = fill("~coalesce(x.b{w}, 0)", w=str(w))
                columns.append(fill("({before} | (({now}) & {free}))", before=before, now=now, free=free))
            else:
                columns.append(before)
        columns += [self._before_e(w) for w in range(words.all)]
        return self._insert(held, columns, "tags")

    def _wants(self, wants: str, nodes: tuple[Node, ...], touched: list[int]) -> Step:
        columns = [Sql("c.tagctl_id")]
        for w in touched:
            free = fill("~coalesce(x.b{w}, 0)", w=str(w))
            for bits in (self._rule_bits(nodes, w), self._implied_bits(nodes, w)):
                columns.append(fill("({bits}) & {free}", bits=bits, free=free) if bits else Sql("0"))
        return self._insert(wants, columns, "wants")

    def _insert(self, table: str, columns: list[Sql], label: str) -> Step:
        found = join(", ", columns)
        return Step(
            label,
            fill(
                "INSERT INTO temp.{table} SELECT {found} FROM main.customers AS c{joins} WHERE {limits}",
                table=name(table),
                found=found,
                joins=self._joins("c.tagctl_id") + self.tables.joins(),
                limits=join(" AND ", [PRESENT, *self.tables.only("c.tagctl_id")]),
            ),
        )

    def _joins(self, customer: str) -> str:
        tables = [("temp.run_external", "x"), ("main.rule_state", "r"), ("temp.run_prior", "y")]
        if self.stratum > 1:
            tables.append((f"temp.{self._held(self.stratum - 1)}", "h"))
        return "".join(f" LEFT JOIN {table} AS {a} ON {a}.customer = {customer}" for table, a in tables)

    def _from_wants(self, wants: str) -> str:
        return f"temp.{name(wants)} AS w" + self._joins("w.customer")

    def _held(self, stratum: int) -> str:
        return "run_desired" if stratum == len(self.strata) else f"run_held_{stratum}"

    # ── bits ─────────────────────────────────────────────────────────────────────────────────────

    def _given_bits(self, nodes: tuple[Node, ...], word: int) -> Sql | None:
        bits = [b for b in (self._rule_bits(nodes, word), self._implied_bits(nodes, word)) if b]
        return join(" | ", bits) if bits else None

    def _rule_bits(self, nodes: tuple[Node, ...], word: int) -> Sql | None:
        """What rules want, as the bits of a word. Waiting and late rules want what they hold."""
        found = []
        whole: dict[Sql, int] = {}  # a word that holds the bits of tags where they belong → these bits
        for tag in self.words.of(nodes, word):
            wish = self.plan.wishes.get(tag)
            if wish is None or wish.rule is None:
                continue
            leaf = _only_leaf(wish)
            if wish.when is None:
                bits: Sql | None = fill("coalesce(r.w{w}, 0)", w=str(word))
            else:
                bits = self.tables.at_home(leaf, *self._home(tag)) if leaf is not None else None
            if bits is None:
                found.append(self._shifted(self._wanted(wish), tag))
            else:
                whole[bits] = whole.get(bits, 0) | self.words.mask(tag)
        found += [fill("({bits} & {m})", bits=bits, m=str(mask)) for bits, mask in whole.items()]
        return join(" | ", found) if found else None

    def _home(self, tag: str) -> tuple[int, int]:
        """Word and bit of a tag."""
        return self.words.place(tag).word, self.words.mask(tag).bit_length() - 1

    def _wanted(self, wish: Wish | Draft) -> Sql:
        assert wish.when is not None
        scope = self.tables.scope()
        wanted = condition(wish.when, scope)
        place = self.words.place(wish.tag)
        if wish.leave is not None and place.word < self.words.stored:
            before = Sql(f"coalesce(y.w{place.word}, 0) & {place.mask}")
            stays = negation(condition(wish.leave, scope))
            wanted = any_of([wanted, fill("({before}) <> 0 AND {stays}", before=before, stays=stays)])
        return wanted if wish.pilot is None else all_of([wanted, condition(wish.pilot, scope)])

    def _implied_bits(self, nodes: tuple[Node, ...], word: int) -> Sql | None:
        found = [
            self._shifted(self._holds(self.plan.wishes[tag].implied_by), tag)
            for tag in self.words.of(nodes, word)
            if self._wish(tag, "implied")
        ]
        return join(" | ", found) if found else None

    def _shifted(self, bit: Sql, tag: str) -> Sql:
        shift = self.words.mask(tag).bit_length() - 1
        return shifted(bit, shift)

    def _wish(self, tag: str, kind: str) -> bool:
        wish = self.plan.wishes.get(tag)
        return wish is not None and (bool(wish.implied_by) if kind == "implied" else wish.rule is not None)

    def _holds(self, tags: tuple[str, ...]) -> Sql:
        """Whether a customer finally holds one of these tags, all of earlier strata."""
        found = []
        for word, mask in self.words.masks(tags).items():
            bits = self._before_e(word)
            if self.stratum > 1 and word < self.words.stored:
                bits = fill("({e} | h.r{w})", e=bits, w=str(word))
            found.append(fill("({bits} & {mask}) <> 0", bits=bits, mask=str(mask)))
        return any_of(found)

    def _before_r(self, word: int) -> Sql:
        """Rule tags settled so far; at first those that take no part in the run."""
        if self.stratum > 1:
            return Sql(f"h.r{word}")
        kept = self.words.kept[word]
        return Sql(f"(coalesce(r.w{word}, 0) & {kept})") if kept else Sql("0")

    def _before_e(self, word: int) -> Sql:
        """Imported and manual tags that stay, as far as settled; at first all that no rule takes over."""
        if self.stratum > 1:
            return Sql(f"h.e{word}")
        return Sql(f"((coalesce(x.i{word}, 0) & ~{self.words.taken(word)}) | coalesce(x.m{word}, 0))")

    # ── pilots and drafts ────────────────────────────────────────────────────────────────────────

    def _inside(self, wish: Wish) -> Iterator[Step]:
        """Which imported assignments of a piloted tag are of customers within the pilot; where the rule takes
        them over, they are imported no more."""
        assert wish.pilot is not None
        place = self.words.place(wish.tag)
        asked = condition(wish.pilot, self.tables.scope())
        yield Step(
            "pilot",
            fill(
                "INSERT INTO temp.run_inside SELECT {tag}, c.tagctl_id FROM main.customers AS c{joins} "
                "WHERE {present} AND x.i{w} & {mask} <> 0 AND ({asked})",
                tag=value(place.id),
                joins=self._joins("c.tagctl_id") + self.tables.joins(),
                present=PRESENT,
                w=str(place.word),
                mask=str(place.mask),
                asked=asked,
            ),
        )
        if not wish.takeover:
            return
        places: dict[str, Sql | str] = {"w": str(place.word), "mask": str(place.mask), "tag": value(place.id)}
        inside = "customer IN (SELECT p.customer FROM temp.run_inside AS p WHERE p.tag = {tag})"
        if self.stratum > 1:
            manual = "SELECT x.customer FROM temp.run_external AS x WHERE x.m{w} & {mask} <> 0"
            clear = "UPDATE temp.{held} SET e{w} = e{w} & ~{mask} WHERE " + inside
            held = name(self._held(self.stratum - 1))
            yield Step("pilot", fill(f"{clear} AND customer NOT IN ({manual})", held=held, **places))
        clear = "UPDATE temp.run_external SET i{w} = i{w} & ~{mask} WHERE " + inside
        yield Step("pilot", fill(clear, **places))

    def _draft(self, draft: Draft) -> Step:
        """How many customers the rule of a draft would give its tag, and take it from."""
        place = self.words.place(draft.tag)
        wanted = self._wanted(draft)
        return Step(
            "draft",
            fill(
                "INSERT INTO temp.run_drafts SELECT {tag}, "
                "coalesce(sum(CASE WHEN d.wanted AND NOT d.held THEN 1 END), 0), "
                "coalesce(sum(CASE WHEN d.held AND NOT d.wanted THEN 1 END), 0) "
                "FROM (SELECT {wanted} AS wanted, "
                "coalesce(r.w{w}, 0) & {mask} <> 0 AS held FROM main.customers AS c{joins} "
                "WHERE {present}) AS d",
                tag=value(place.id),
                wanted=fill("({wanted})", wanted=wanted),
                w=str(place.word),
                mask=str(place.mask),
                joins=self._joins("c.tagctl_id") + self.tables.joins(),
                present=PRESENT,
            ),
        )

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────

    def _carried(self, tag: str, wants: str | None = None) -> Step:
        """The since of imported assignments that the rule takes over. An implication takes over nothing,
        so a tag that is implied too must be wanted by its rule."""
        place = self.words.place(tag)
        asked = Sql("")
        if wants is not None:
            asked = Sql(
                f" AND a.customer IN (SELECT w.customer FROM temp.{name(wants)} AS w "
                f"WHERE w.w{place.word} & {place.mask} <> 0)"
            )
        if tag not in self.words.takeover:
            asked += Sql(" AND (a.tag, a.customer) IN (SELECT p.tag, p.customer FROM temp.run_inside AS p)")
        return Step(
            "taken over",
            fill(
                # +: by the index of what rules did not give, not by all rows of the tag
                "INSERT INTO temp.run_standing SELECT a.tag, a.customer, a.since FROM main.assignments AS a "
                "WHERE +a.tag = {tag} AND a.source = 'import' AND a.source <> 'rule' "
                "AND a.lost_op IS NULL AND a.customer NOT IN (SELECT c.tagctl_id FROM main.customers AS c "
                "WHERE c.tagctl_gone IS NOT NULL){asked}",
                tag=value(place.id),
                asked=asked,
            ),
        )

    def _closing(self, nodes: list[Node]) -> Step:
        masks = self.words.masks(tag for node in nodes for tag in node.tags)
        lost = " ".join(
            f"WHEN {w} THEN ((x.i{w} & ~{self.words.taken(w)}) | x.m{w}) & ~d.e{w} & {mask}"
            for w, mask in masks.items()
        )
        return Step(
            "closing",
            Sql(
                "INSERT INTO temp.run_closing SELECT x.customer, p.tag FROM temp.run_external AS x "
                "JOIN temp.run_desired AS d ON d.customer = x.customer CROSS JOIN temp.run_places AS p "
                f"WHERE (CASE p.word {lost} ELSE 0 END) & p.mask <> 0"
            ),
        )
