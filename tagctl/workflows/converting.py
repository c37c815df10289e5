"""Fields whose type rules.yaml declares otherwise than an import inferred it: the column is converted.

Every cell converts, or nothing is changed and the cells that do not are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tagctl.errors import ConfigError, Location, Problem
from tagctl.messages import _, ngettext
from tagctl.model import CUSTOMER, MONEY_SCALE, Field, Type
from tagctl.normalise import identity
from tagctl.sql import Scalar
from tagctl.store import catalog as stored
from tagctl.store.operations import Operation

_SHOWN = 10  # cells that are named in an error


def convert_declared(
    op: Operation,
    declared: Mapping[str, Type],
    file: str,
    *,
    timezone: ZoneInfo,
    currency: str | None = None,
    rates: Mapping[str, float] | None = None,
) -> tuple[str, ...]:
    """Convert the customers' fields that hold another type than `declared` (by field name or role) says.

    Returns the names of the fields converted; says `op.keep` where it wrote. Raises ConfigError, `file`
    being the file that declares them.
    """
    fields = stored.read_fields(op.store).get(CUSTOMER, ())
    named = ((_named(fields, word), wanted) for word, wanted in declared.items())
    other = [(f, wanted) for f, wanted in named if f and f.type != wanted and f.role != "key"]
    converted = []
    problems: list[Problem] = []
    for field, wanted in other:
        from tagctl.io.cells import converter  # every run asks, and hardly one converts

        new = converter(
            wanted, timezone, role=field.role, guarded=False, currency=currency, rates=rates or {}
        )
        bad = stored.retype(op, CUSTOMER, field.name, wanted, _conversion(field.type, wanted, new, timezone))
        if bad:
            problems += _problems(field, wanted, bad, file)
        else:
            converted.append(field.name)
    if problems:
        raise ConfigError(problems)
    if converted:
        op.keep(fields_converted=len(converted))
    return tuple(converted)


def _named(fields: tuple[Field, ...], word: str) -> Field | None:
    by_name = (field for field in fields if identity(field.name) == identity(word))
    by_role = (field for field in fields if field.role == word)
    return next(by_name, None) or next(by_role, None)


def _conversion(
    old: Type, wanted: Type, new: Callable[[str], Scalar], timezone: ZoneInfo
) -> Callable[[Scalar], Scalar]:
    def convert(value: Scalar) -> Scalar:
        text = _as_text(value, old, timezone)
        if old == "datetime" and wanted == "date":
            text = text[:10]
        return new(text)

    return convert


def _as_text(value: Scalar, kind: Type, timezone: ZoneInfo) -> str:
    """A stored value as it would stand in a file."""
    from tagctl.io.cells import shown

    if kind == "money" and isinstance(value, int):
        return f"{Decimal(value) / MONEY_SCALE:f}"
    if kind == "datetime" and isinstance(value, int):
        return datetime.fromtimestamp(value, timezone).strftime("%Y-%m-%d %H:%M:%S")
    return shown(value)


def _problems(field: Field, wanted: Type, bad: tuple[tuple[str, Scalar], ...], file: str) -> list[Problem]:
    where = Location(file=file)
    cells = [
        Problem(
            "not-convertible",
            _("{field} of customer {key} is “{value}”, which is no {type}.").format(
                field=field.name, key=key, value=value, type=wanted
            ),
            location=where,
        )
        for key, value in bad[:_SHOWN]
    ]
    what = ngettext(
        "{field} cannot become {type}: {count} cell does not convert.",
        "{field} cannot become {type}: {count} cells do not convert.",
        len(bad),
    ).format(field=field.name, type=wanted, count=len(bad))
    advice = _(
        "Correct these cells in the file and import it again, or leave {field} a {type} under fields:."
    ).format(field=field.name, type=field.type)
    return [*cells, Problem("field-type", what, advice, where)]
