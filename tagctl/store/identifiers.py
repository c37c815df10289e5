"""Identifiers: phone, e-mail, 旺旺 … by which a customer may be found besides the key, in a declared order.

An identifier is compared in its normal form: phones as E.164, e-mail addresses and other texts folded. The
form is worked out when it is asked for and never stored, so no undo, import or change of a setting can leave
a wrong one behind; cells keep their text. Masked values, numbers with an extension (which belong to a
platform) and what is written where nobody is named have no normal form: they identify nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from tagctl.model import CUSTOMER
from tagctl.normalise import fold, identity
from tagctl.record import record
from tagctl.sql import Sql, join, name
from tagctl.store.connection import Store
from tagctl.store.phones import e164, region_of

KEY = "key"
CONTACTS = ("phone", "email")
Form = Literal["phone", "email", "text", "id"]

_MARKS = "*＊•●"
_MASK = re.compile(r"[*＊•●]{2,}|(?<=\d)[xX]{3,}(?=\d)")
_EMAIL = re.compile(r"[^@\s,;*]+@[^@\s,;*]+\.[^@\s,;*]+")
_HAN = "\u4e00-\u9fff"  # as it is in every normal form
_BARE = re.compile(r"\d+", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)


@record
class Identifier:
    """One way to find a customer: its name in the settings, the column of customers (None where no file
    brought one; a key may be a phone or an e-mail address all the same), the form of its values."""

    name: str
    column: str | None
    form: Form


def identifiers(store: Store) -> tuple[Identifier, ...]:
    """Those in which the customers of this project can be looked up, in the order of the settings."""
    fields = store.rows('SELECT folded, "column", role FROM fields WHERE subject = ?', (CUSTOMER,))
    by_role = {role: str(column) for _folded, column, role in fields if role}
    by_name = {str(folded): str(column) for folded, column, role in fields if role != KEY}
    found = []
    for called in store.identifying.order:
        if called in CONTACTS:
            form: Form = "phone" if called == "phone" else "email"
            found.append(Identifier(called, by_role.get(called), form))
            continue
        column = next((by_name[n] for n in _names(called) if n in by_name), None)
        if column is not None:
            found.append(Identifier(called, column, "text"))
    return tuple(found)


@lru_cache(maxsize=65536)
def normal(form: str, text: str | None, region: str) -> str | None:
    """The normal form of an identifier's value; None where it identifies nobody.

    Form `id` is a key that may be a phone: digits alone are one only where they are a mobile number of China.
    """
    if not text or _MASK.search(text):
        return None
    if form == "email":
        folded = fold(text)
        return folded if _EMAIL.fullmatch(folded) and folded not in _data()["emails"] else None
    if form == "text":
        folded = fold(text)
        return folded if folded and folded not in _data()["words"] else None
    plain = text.strip()
    if form == "id" and _BARE.fullmatch(plain) and not (region == "CN" and _MOBILE.fullmatch(plain)):
        return None
    number = e164(plain, region)
    return None if number is None or _made_up(number) else number


def _made_up(number: str) -> bool:
    return len(set(number[-9:])) == 1 or not _data()["phones"].isdisjoint((number[-11:], number[-10:]))


def nobody(text: str, *, contact: bool) -> Sql:
    """A condition: this expression of ours holds a text that identifies nobody. `contact`: it is a phone or
    e-mail address, of which some are made up; as a shop's own number, 00000000 is as good as another. Written
    in SQLite's cheapest functions, for it is asked of every row of a file."""
    masks = " OR ".join(f"instr({text}, '{mark * 2}')" for mark in _MARKS)
    written = _written(contact)
    condition = f"{masks} OR {text} IN ({', '.join('?' * len(written))})"
    if contact:
        condition += (
            f" OR (length({text}) > 6 AND ltrim({text}, substr({text}, 1, 1)) = '' "
            f"AND {text} NOT GLOB '*[^0-9]*')"
        )
    return Sql(f"({condition})", written)


def may_be_nobody(texts: Sequence[str | None]) -> bool:
    """Whether `nobody` can hold for one of these phones or e-mail addresses; asked of a batch at once, it
    spares most files the question in SQL."""
    if not _looks_made_up().isdisjoint(texts):
        return True
    together = "\n".join(filter(None, texts))
    return any(mark * 2 in together for mark in _MARKS)


def define(store: Store) -> None:
    """Register tagctl_identifier(form, text) for this connection."""
    region = _region(store)

    def identifier(form: str, text: str | None) -> str | None:
        return normal(form, text, region)

    store.connection.create_function("tagctl_identifier", 2, identifier, deterministic=True)


def probable(store: Store, form: str, text: str) -> str:
    """An expression: tagctl_identifier of an expression of ours, but what is made up or no address may stand
    as it is. Most phones and e-mail addresses are told without a step of Python."""
    define(store)
    exact = f"tagctl_identifier('{form}', {text})"
    if form == "email":
        return f"iif({text} NOT GLOB '*[^a-z0-9@._-]*' AND {text} <> '', {text}, {exact})"
    if form == "phone" and _region(store) == "CN":
        return f"iif({text} GLOB '1[3-9]{'[0-9]' * 9}', '+86' || {text}, {exact})"
    return exact


def holders(store: Store, identifier: Identifier, sought: Sql | None = None) -> None:
    """Make temp.holders (value, customer, holders): every value of this identifier in its normal form, a
    customer who has it, and how many do. Keys of now and of before a merge count, where they are one. With
    `sought`, as of `values`, others may be left out."""
    define(store)
    store.execute("DROP TABLE IF EXISTS temp.holders")
    store.execute(
        "CREATE TEMP TABLE holders (value TEXT PRIMARY KEY, customer INTEGER, holders INTEGER) WITHOUT ROWID"
    )
    store.execute(
        Sql("INSERT INTO temp.holders SELECT value, min(customer), count(DISTINCT customer) FROM (")
        + values(identifier, sought)
        + Sql(") GROUP BY value HAVING value IS NOT NULL")  # WHERE would work every value out twice
    )


def values(identifier: Identifier, sought: Sql | None = None) -> Sql:
    """The query of (value, customer) for all values of an identifier; it needs `define`. With `sought`, a
    query of normal forms (column `value`), texts that cannot be one of these are not worked out."""
    form = identifier.form

    def among(text: str) -> Sql:
        return Sql(" AND ") + _perhaps(form, text, sought) if sought is not None else Sql("")

    earlier = Sql(
        f"SELECT tagctl_identifier('{form}', k.text) AS value, k.customer AS customer FROM known_as k "
        "WHERE k.kind = ?",
        (identifier.name,),
    )
    parts = [earlier + among("k.text")]
    if identifier.column is not None:
        column = name("c", identifier.column)
        own = f"SELECT tagctl_identifier('{form}', {column}), c.tagctl_id FROM customers c WHERE 1"
        parts.append(Sql(own) + among(column))
    if form != "text":  # keys may be phones or e-mail addresses themselves
        of_keys, looks = ("email", "instr({}, '@')") if form == "email" else ("id", "length({}) > 6")
        for text, customer, rows in (
            ("c.tagctl_key", "c.tagctl_id", "customers c WHERE"),
            ("k.text", "k.customer", "known_as k WHERE k.kind = 'key' AND"),
        ):
            value = f"tagctl_identifier('{of_keys}', {text})"
            found = Sql(f"SELECT {value}, {customer} FROM {rows} {looks.format(text)}")
            parts.append(found + among(text))
    return join(" UNION ALL ", parts)


def _perhaps(form: Form, text: str, sought: Sql) -> Sql:
    """A condition, much cheaper than tagctl_identifier: false only where the normal form of this expression
    is none of those sought. Two numbers are the same only where their last digits are; the calling code and
    what stands before a number at home touch none of seven; most numbers differ in the last four as they are
    written. Letters and masks make no number."""
    if form != "phone":
        plain = Sql(f"({text} GLOB '*[^ -~{_HAN}]*' OR lower(trim({text})) IN (") + sought
        return plain + Sql("))")
    digits = text
    for mark in " -().+/":
        digits = f"replace({digits}, '{mark}', '')"
    four = f"substr({text}, -4)"
    near = Sql(f"({text} NOT GLOB '*[A-Za-z*]*' AND ({four} NOT GLOB '{'[0-9]' * 4}' OR {four} IN ")
    near += Sql("(SELECT substr(w.value, -4) FROM (") + sought
    near += Sql(f") w)) AND (length({digits}) < 8 OR {digits} GLOB '*[^0-9]*' OR substr({digits}, -7) IN ")
    return near + Sql("(SELECT substr(w.value, -7) FROM (") + sought + Sql(") w)))")


def _region(store: Store) -> str:
    return store.identifying.region or region_of(store.identifying.timezone)


def _names(called: str) -> list[str]:
    """The identities of the field names under which an identifier may stand."""
    own = identity(called)
    for names in (_data()["fields"][known] for known in _data()["fields"]):
        if own in names:
            return list(names)
    return [own]


@cache
def _looks_made_up() -> frozenset[str]:
    """What is written where nobody is named, and one digit over and over, as long as a cell may hold it."""
    repeated = (digit * length for digit in "0123456789" for length in range(7, 41))
    return frozenset((*_written(contact=True), *repeated))


@cache
def _written(contact: bool) -> tuple[str, ...]:
    data = _data()
    made_up = {*data["words"], *(data["emails"] | data["phones"] if contact else ())}
    return tuple(sorted({form for text in made_up for form in (text, text.upper(), text.capitalize())}))


@cache
def _data() -> dict[str, Any]:
    data = json.loads((Path(__file__).parent / "data" / "identifiers.json").read_text("utf-8"))
    return {
        "fields": {known: [identity(n) for n in (known, *names)] for known, names in data["fields"].items()},
        **{kind: frozenset(data[kind]) for kind in ("words", "phones", "emails")},
    }
