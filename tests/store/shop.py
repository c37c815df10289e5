"""A small shop that grows by operations made of the store's own functions, for tests of undo."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tagctl.model import CUSTOMER, Dimension, Found, Tag, Taxonomy, Type
from tagctl.normalise import identity
from tagctl.sql import Scalar, Sql, name
from tagctl.store import catalog, findings, journal, labels, merging, rule_words, tags, undo
from tagctl.store.connection import Store, open_store
from tagctl.store.operations import Operation, operate

TYPES: Mapping[str, Type] = {"city": "text", "score": "number", "spent": "money"}


def taxonomy(*declared: str, **aliases: Sequence[str]) -> Taxonomy:
    """A taxonomy of `dimension/tag` or `dimension/tag/child`, with aliases by tag."""
    dimensions: dict[str, list[str]] = {}
    found: dict[str, Tag] = {}
    for place, path in enumerate(declared):
        dimension, tag, *child = path.split("/")
        label, parent = (child[0], tag) if child else (tag, None)
        dimensions.setdefault(dimension, []).append(label)
        found[label] = Tag(
            label, dimension, parent, choice=tag, position=place, aliases=tuple(aliases.get(label, ()))
        )
    names = {identity(spelling): t.name for t in found.values() for spelling in (t.name, *t.aliases)}
    return Taxonomy({d: Dimension(d, tags=tuple(ts)) for d, ts in dimensions.items()}, found, names)


class Shop:
    """A database in a folder; every method is one operation and returns its number."""

    def __init__(self, folder: Path) -> None:
        self.store: Store = open_store(folder / "tagctl.db", create=True)
        self.store.execute("PRAGMA synchronous = OFF")  # tests of undo need not survive a power cut
        self.clock = 1_000
        with self.operation("init") as op:
            op.keep()

    @contextmanager
    def operation(self, kind: str, what: str = "") -> Iterator[Operation]:
        self.clock += 100
        with operate(self.store, kind, now=self.clock, by="test", what=what) as op:
            yield op

    def undo(self, number: int, *, cascade: bool = False) -> int:
        with self.operation("undo") as op:
            undo.undo(op, number, cascade=cascade)
        assert op.result is not None
        return op.result

    def apply(self, wanted: Taxonomy) -> int | None:
        with self.operation("taxonomy") as op:
            tags.sync(op, wanted)
            labels.settle(op)
        return op.result

    def import_customers(
        self, feed: str, rows: Mapping[str, Mapping[str, Scalar]], **cells: Sequence[str]
    ) -> int:
        """Customers with fields; `cells` are the labels that the feed reads for each key (sync)."""
        with self.operation("import", f"{feed}.csv") as op:
            self._fields(op, CUSTOMER, {"key": "text"}, {"key": "key"})
            self._fields(op, CUSTOMER, {f: TYPES[f] for row in rows.values() for f in row}, {})
            for key, row in rows.items():
                self._upsert(op, key, row)
            self._read(op, feed, cells)
            op.keep()
        assert op.result is not None
        return op.result

    def import_events(self, event_type: str, rows: Sequence[tuple[str, str, int, Scalar]]) -> int:
        """Events (identity, customer key, at, spent); a known identity is a correction."""
        with self.operation("import", f"{event_type}.csv") as op:
            event_type = catalog.ensure_event_type(op, event_type)
            self._fields(
                op,
                event_type,
                {"who": "text", "when": "datetime", "spent": "money"},
                {"who": "key", "when": "at", "spent": "amount"},
            )
            table = catalog.table_of(event_type)
            for mark, key, at, spent in rows:
                customer = self._upsert(op, key, {})
                where = Sql("tagctl_identity = ?", (mark,))
                known = self.store.one(Sql(f"SELECT tagctl_at, spent FROM {name(table)} WHERE ") + where)
                if known is None:
                    self.store.execute(
                        f"INSERT INTO {name(table)} (tagctl_customer, tagctl_at, tagctl_identity, "
                        "tagctl_op, spent) VALUES (?, ?, ?, ?, ?)",
                        (customer, at, mark, op.number, spent),
                    )
                elif known != (at, spent):
                    journal.updating(op, table, where, ["tagctl_at", "spent"])
                    self.store.execute(
                        Sql(f"UPDATE {name(table)} SET tagctl_at = ?, spent = ? WHERE ", (at, spent)) + where
                    )
            op.keep()
        assert op.result is not None
        return op.result

    def run(self, wanted: Mapping[str, Sequence[str]], found: Sequence[Found] = ()) -> int | None:
        """Like a run: rule assignments become exactly `wanted` (tag → keys), findings exactly `found`."""
        with self.operation("run") as op:
            known = tags.ids(self.store)
            ids = dict(self.store.rows("SELECT tagctl_key, tagctl_id FROM customers"))
            pairs = {(known[t], ids[k]) for t, keys in wanted.items() if t in known for k in keys if k in ids}
            held = set(
                self.store.rows(
                    "SELECT tag, customer FROM assignments WHERE source = 'rule' AND lost_op IS NULL"
                )
            )
            for tag, customer in held - pairs:
                self.store.execute(
                    "UPDATE assignments SET lost_op = ? WHERE tag = ? AND customer = ? AND source = 'rule' "
                    "AND lost_op IS NULL",
                    (op.number, tag, customer),
                )
            rule_words.ensure_bits(op, {tag for tag, _ in pairs})
            for tag, customer in sorted(pairs - held):
                self.store.execute(
                    "INSERT INTO assignments (tag, customer, source, gained_op, since) "
                    "VALUES (?, ?, 'rule', ?, ?)",
                    (tag, customer, op.number, op.as_of),
                )
            if pairs != held:
                rule_words.rebuild(self.store, Sql("SELECT tagctl_id FROM customers"))
                op.keep()
            findings.reconcile(op, found, ["tag-conflict"])
        return op.result

    def assign(self, key: str, tag: str, *, pin: bool = False) -> int:
        with self.operation("assign", f"{key} {tag}") as op:
            customer = self.store.value("SELECT tagctl_id FROM customers WHERE tagctl_key = ?", (key,))
            number = tags.ids(self.store)[tag]
            self.store.execute(
                "INSERT INTO assignments (tag, customer, source, gained_op, since) "
                "VALUES (?, ?, 'manual', ?, ?)",
                (number, customer, op.number, op.as_of),
            )
            if pin:
                self.store.execute(
                    "INSERT INTO overrides (kind, customer, tag, reason, op) "
                    "VALUES ('pin', ?, ?, 'asked', ?)",
                    (customer, number, op.number),
                )
            op.keep()
        assert op.result is not None
        return op.result

    def merge(self, into: str, others: Sequence[str], keep: merging.Keep = "newest") -> int:
        with self.operation("merge", into) as op:
            ids = dict(self.store.rows("SELECT tagctl_key, tagctl_id FROM customers"))
            merging.merge(op, ids[into], [ids[key] for key in others], keep)
        assert op.result is not None
        return op.result

    def holders(self, tag: str, source: str | None = None) -> set[str]:
        return {
            key
            for key, found in self.store.rows(
                "SELECT c.tagctl_key, a.source FROM assignments a JOIN tags t ON t.id = a.tag "
                "JOIN customers c ON c.tagctl_id = a.customer WHERE t.name = ? AND a.lost_op IS NULL",
                (tag,),
            )
            if source in (None, found)
        }

    # ── parts of imports ─────────────────────────────────────────────────────────────────────────

    def _fields(
        self, op: Operation, subject: str, types: Mapping[str, Type], roles: Mapping[str, str]
    ) -> None:
        known = {f.name for f in catalog.read_fields(self.store).get(subject, ())}
        for field, kind in types.items():
            if field not in known:
                catalog.add_field(op, subject, field, kind, roles.get(field))

    def _upsert(self, op: Operation, key: str, row: Mapping[str, Scalar]) -> int:
        where = Sql("tagctl_key = ?", (key,))
        known = self.store.value(Sql("SELECT tagctl_id FROM customers WHERE ") + where)
        earlier = "SELECT customer FROM known_as WHERE kind = 'key' AND text = ?"
        if known is None and (known := self.store.value(earlier, (key,))) is not None:
            where = Sql("tagctl_id = ?", (known,))
        if known is None:
            known = self.store.execute(
                "INSERT INTO customers (tagctl_key, tagctl_op) VALUES (?, ?)", (key, op.number)
            ).lastrowid
            for field, value in row.items():
                self.store.execute(
                    f"UPDATE customers SET {name(field)} = ? WHERE tagctl_id = ?", (value, known)
                )
            return int(known or 0)
        for field, value in row.items():
            differing = where + Sql(f" AND {name(field)} IS NOT ?", (value,))
            if journal.updating(op, "customers", differing, [field]):
                self.store.execute(Sql(f"UPDATE customers SET {name(field)} = ? WHERE ", (value,)) + where)
        return int(known)

    def _read(self, op: Operation, feed: str, cells: Mapping[str, Sequence[str]]) -> None:
        """Tag cells, with the meaning that store/labels.py gives them (sync)."""
        run, value = self.store.execute, self.store.value
        run(
            "INSERT OR IGNORE INTO feeds (subject, headers, op) VALUES ('customer', ?, ?)",
            (json.dumps([feed]), op.number),
        )
        number = value("SELECT id FROM feeds WHERE headers = ?", (json.dumps([feed]),))
        import_ = run(
            "INSERT INTO imports (feed, file, sha256, options, op) VALUES (?, ?, ?, '{}', ?)",
            (number, f"{feed}.csv", str(op.number), op.number),
        ).lastrowid
        resolve = labels.resolver(self.store)
        united: dict[int, list[str]] = {}  # two keys may be one customer by now
        for key, texts in cells.items():
            united.setdefault(self._upsert(op, key, {}), []).extend(texts)
        for customer, texts in united.items():
            found = labels.ensure(op, texts, resolve)
            was = {
                label
                for (label,) in self.store.rows(
                    "SELECT label FROM readings WHERE customer = ? AND feed = ? AND gone_op IS NULL",
                    (customer, number),
                )
            }
            for label in was - set(found.values()):
                run(
                    "UPDATE readings SET gone_op = ? WHERE customer = ? AND feed = ? AND label = ? "
                    "AND gone_op IS NULL",
                    (op.number, customer, number, label),
                )
                tag = value("SELECT tag FROM labels WHERE id = ?", (label,))
                if not self._still_read(customer, tag):
                    run(
                        "UPDATE assignments SET lost_op = ? WHERE tag = ? AND customer = ? "
                        "AND source = 'import' AND lost_op IS NULL",
                        (op.number, tag, customer),
                    )
            for text, label in found.items():
                if label in was:
                    continue
                run(
                    "INSERT INTO readings (customer, feed, label, op, import, row, cell) "
                    "VALUES (?, ?, ?, ?, ?, 2, ?)",
                    (customer, number, label, op.number, import_, text),
                )
                tag = value("SELECT tag FROM labels WHERE id = ?", (label,))
                free = tag is not None and not value(
                    "SELECT EXISTS (SELECT 1 FROM assignments WHERE tag = ? AND customer = ? "
                    "AND lost_op IS NULL)",
                    (tag, customer),
                )
                if free:
                    run(
                        "INSERT INTO assignments (tag, customer, source, gained_op, since) "
                        "VALUES (?, ?, 'import', ?, ?)",
                        (tag, customer, op.number, op.as_of),
                    )

    def _still_read(self, customer: int, tag: int | None) -> bool:
        return bool(
            self.store.value(
                "SELECT EXISTS (SELECT 1 FROM readings r JOIN labels l ON l.id = r.label "
                "WHERE r.customer = ? AND l.tag = ? AND r.gone_op IS NULL)",
                (customer, tag),
            )
        )
