"""Lowered conditions as SQLite expressions: always 1 or 0, never NULL.

A leaf whose value is missing is false, so that NOT is safe.
"""

from __future__ import annotations

from tagctl.model import (
    All,
    AnyOf,
    Compare,
    Condition,
    FieldValue,
    HasTag,
    Not,
    Operand,
    Share,
)
from tagctl.rules.emit.scope import Scope
from tagctl.rules.emit.values import counted, edge, expression, may_miss
from tagctl.sql import Sql, all_of, any_of, fill, negation, value, values

COMPARISONS = {"is": "=", "at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}


def condition(asked: Condition, scope: Scope) -> Sql:
    """1 or 0."""
    if isinstance(asked, All):
        return all_of(condition(item, scope) for item in asked.items)
    if isinstance(asked, AnyOf):
        return any_of(condition(item, scope) for item in asked.items)
    if isinstance(asked, Not):
        return negation(condition(asked.item, scope))
    if isinstance(asked, HasTag):
        return scope.holds(asked.tags)
    known = scope.test(asked)
    return known if known is not None else leaf(asked, scope)


def leaf(asked: Compare, scope: Scope) -> Sql:
    """One comparison, 1 or 0."""
    if isinstance(asked.value, FieldValue) and not asked.value.supplied and asked.operator != "exists":
        return Sql("0")
    subject = expression(asked.value, scope)
    if asked.operator == "exists":
        return Sql(f"({subject.text}) IS NOT NULL", subject.params)
    if isinstance(asked.operand, Share):
        return _ranked(asked, subject, scope)
    compared = _comparison(asked, subject, scope)
    if may_miss(asked.value) or isinstance(asked.operand, FieldValue):
        return Sql(f"coalesce(({compared.text}), 0)", compared.params)
    return compared


def _comparison(asked: Compare, subject: Sql, scope: Scope) -> Sql:
    kind = asked.value.type
    if kind == "list":
        return _elements(asked.operator, subject, asked.operand)
    if kind == "text":
        return _text(asked, subject, scope)
    if asked.operator == "month_day" and isinstance(asked.operand, tuple):
        return fill("substr({s}, 6, 5) IN {days}", s=subject, days=values(_scalars(asked.operand)))
    if asked.operator == "in" and isinstance(asked.operand, tuple):
        return fill("{s} IN {items}", s=subject, items=values(_scalars(asked.operand)))
    other = (
        expression(asked.operand, scope)
        if isinstance(asked.operand, FieldValue)
        else value(_scalar(asked.operand))
    )
    return fill("{s} {sign} {o}", s=subject, sign=COMPARISONS[asked.operator], o=other)


def _text(asked: Compare, subject: Sql, scope: Scope) -> Sql:
    folded = fill("tagctl_fold({s})", s=subject)
    if isinstance(asked.operand, FieldValue):
        other = fill("tagctl_fold({o})", o=expression(asked.operand, scope))
        return text_test(asked, subject, folded, other)
    return text_test(asked, subject, folded)


def text_test(asked: Compare, raw: Sql, folded: Sql, other: Sql | None = None) -> Sql:
    """A test of a text, given raw and folded; a literal operand is folded already, `other` is one that
    is not a literal. NULL where the text is."""
    operand = asked.operand
    if asked.value.type == "list":
        return _elements(asked.operator, raw, operand)
    if asked.operator == "matches":
        return fill("tagctl_matches({pattern}, {s})", pattern=value(_scalar(operand)), s=raw)
    if asked.operator == "in" and isinstance(operand, tuple):
        return fill("{s} IN {items}", s=folded, items=values(_scalars(operand)))
    if other is not None:
        length = fill("length({o})", o=other)
    else:
        other = value(_scalar(operand))
        length = value(len(str(operand)))
    template = {
        "is": "{s} = {o}",
        "contains": "instr({s}, {o}) > 0",
        "starts_with": "substr({s}, 1, {n}) = {o}",
        # substr from −0 would be the whole text
        "ends_with": "CASE {n} WHEN 0 THEN {s} IS NOT NULL ELSE substr({s}, -{n}) = {o} END",
    }[asked.operator]
    return fill(template, s=folded, o=other, n=length)


def _elements(operator: str, subject: Sql, operand: Operand) -> Sql:
    """Tests on the elements of a list, stored as a JSON array."""
    assert isinstance(operand, tuple)  # no list is compared with a field
    return fill(
        "(SELECT count(DISTINCT tagctl_fold(j.value)) FROM json_each({s}) AS j "
        "WHERE tagctl_fold(j.value) IN {wanted}) >= {count}",
        s=subject,
        wanted=values(_scalars(operand)),
        count=value(len(operand) if operator == "all_of" else 1),
    )


def _ranked(asked: Compare, subject: Sql, scope: Scope) -> Sql:
    """top and bottom: whether a ranked customer's value reaches the edge."""
    return fill(
        "coalesce(({counted}) AND {s} {sign} {edge}, 0)",
        counted=counted(asked.value, scope),
        s=subject,
        sign=">=" if asked.operator == "top" else "<=",
        edge=edge(asked, scope),
    )


def _scalar(operand: Operand) -> str | int | float:
    if isinstance(operand, str | int | float):
        return operand
    raise TypeError(operand)


def _scalars(operand: tuple[object, ...]) -> tuple[str | int | float, ...]:
    return tuple(item for item in operand if isinstance(item, str | int | float))
