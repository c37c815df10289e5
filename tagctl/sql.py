"""SQL as text and parameters that cannot be told apart wrongly: values bound, identifiers quoted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tagctl.record import record

Scalar = str | bytes | int | float | None


@record
class Sql:
    """A fragment or statement with its positional parameters, in the order of its question marks."""

    text: str
    params: tuple[Scalar, ...] = ()

    def __add__(self, other: Sql) -> Sql:
        return Sql(self.text + other.text, self.params + other.params)


def name(*parts: str) -> str:
    """Quote an identifier, or a qualified one: name("c", "买家") → "c"."买家". Raises ValueError on NUL."""
    if any("\x00" in part for part in parts):
        raise ValueError("an identifier cannot hold NUL")
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def value(item: Scalar) -> Sql:
    """A bound value."""
    return Sql("?", (item,))


def values(items: Iterable[Scalar]) -> Sql:
    """A parenthesised list of bound values; the empty list is one that contains nothing."""
    bound = tuple(items)
    if not bound:
        return Sql("(SELECT NULL WHERE 0)")
    return Sql("(" + ", ".join("?" * len(bound)) + ")", bound)


def fill(template: str, **parts: Sql | str) -> Sql:
    """Put fragments into {named} places of a template, parameters following in the order of the places.

    A str part is spliced as text and must come from `name` or be a literal of ours.
    Each place may stand once or several times; literal braces are not supported.
    """
    text: list[str] = []
    params: list[Any] = []
    rest = template
    while "{" in rest:
        before, _, tail = rest.partition("{")
        key, _, rest = tail.partition("}")
        part = parts[key]
        text.append(before)
        text.append(part if isinstance(part, str) else part.text)
        if isinstance(part, Sql):
            params.extend(part.params)
    text.append(rest)
    return Sql("".join(text), tuple(params))


def join(separator: str, items: Iterable[Sql]) -> Sql:
    """Fragments with a separator of ours between them."""
    found = list(items)
    return Sql(separator.join(i.text for i in found), tuple(p for i in found for p in i.params))


def all_of(items: Iterable[Sql]) -> Sql:
    """AND of all, each parenthesised; true when empty."""
    found = [Sql(f"({i.text})", i.params) for i in items]
    return join(" AND ", found) if found else Sql("1")


def any_of(items: Iterable[Sql]) -> Sql:
    """OR of all, each parenthesised; false when empty."""
    found = [Sql(f"({i.text})", i.params) for i in items]
    return join(" OR ", found) if found else Sql("0")


def negation(item: Sql) -> Sql:
    """NOT, parenthesised on both sides."""
    return Sql(f"(NOT ({item.text}))", item.params)
