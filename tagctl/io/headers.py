"""What the columns of a file are: role, type and format, from their headers and their cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tagctl.io import doubts, moments, totals, vocabulary
from tagctl.io.cells import PLAIN, CellFormat
from tagctl.io.profile import Profile, profile, type_of
from tagctl.io.table import Row
from tagctl.model import CUSTOMER, CUSTOMER_ROLES, EVENT_ROLES, TAG_ROLES, Type

TAGS: Final = "tags"  # cells hold labels
TAG: Final = "tag"  # the header is a label, cells say yes or no
DIMENSION: Final = "dimension"  # the header is a dimension, cells hold its tags
IGNORED: Final = "ignored"
NO_FIELD: Final = (*TAG_ROLES, IGNORED)
REJECT_HEADERS: Final = ("tagctl_row", "tagctl_column", "tagctl_code", "tagctl_reason", "tagctl_text")

_ROLE_TYPES: Final[dict[str, Type]] = {
    "amount": "money",
    "at": "datetime",
    "birthday": "date",
    "consent": "bool",
}
_GENERIC_KEYS = ("id", "key", "编号")
# Columns so named may hold people's names, and a name is never a key: their cells must look like ids.
_VAGUE_KEYS = frozenset({"customer", "客户", "会员", "用户", "user", "member"})
_ID_LIKE = re.compile(r".*[\d@_].*|[A-Za-z][A-Za-z.-]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """One column: what it is taken for, and the counts (over the sample) that say so; `times` of its cells
    are dates or times.

    `role` is one of model.CUSTOMER_ROLES or EVENT_ROLES, "tags" for a column of labels, "ignored" for a
    column of our own rejects file, or None. A key column of phones or e-mail addresses has `identifier`
    "phone" or "email". `named`: a preset says that this is the key, so that it need not be unique.
    `notes` are sentences: what is doubtful about the column; `as_text` and `as_number`: what is while it is
    kept as text, or read as numbers with a decimal point.
    """

    header: str
    role: str | None
    type: Type
    format: CellFormat = PLAIN
    rows: int = 0
    filled: int = 0
    distinct: int = 0
    times: int = 0
    unique: bool = False
    identifier: str | None = None
    named: bool = False
    examples: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    as_text: tuple[str, ...] = ()
    as_number: tuple[str, ...] = ()


def recognise(
    headers: Sequence[str], rows: Iterable[Row], subject: str, *, pattern: str | None = None
) -> tuple[ColumnGuess, ...]:
    """A guess per header. `rows` is TableFile.sample; `subject` is model.CUSTOMER or an event type;
    `pattern` (as of strptime) is how the file writes dates, where somebody said so.

    A customer key is guessed only where it is filled and unique; an event's key is the column that names
    the customer. Names are never keys; rows of totals do not count. A role is given at most once,
    "tags" to any number of columns.
    """
    aligned = ((row.texts, row.values) for row in rows if row.error is None and not totals.aside(row.texts))
    preset = preset_of(headers, subject)
    forms = [vocabulary.form(header) for header in headers]
    profiles = profile(aligned, len(headers), pattern)
    for form, column in zip(forms, profiles, strict=True):
        if preset and column.ambiguous:
            column.told = moments.day_first(preset.dates.get(form, ""))
    kind = CUSTOMER if subject == CUSTOMER else "event"
    given = _roles(headers, profiles, kind, preset)
    types = [
        _type(header, column, given.get(index), preset)
        for index, (header, column) in enumerate(zip(headers, profiles, strict=True))
    ]
    return tuple(
        ColumnGuess(
            header=header,
            role=given.get(index),
            type=type_,
            format=_format(column, pattern, preset.tags.get(forms[index]) if preset else None),
            rows=column.rows,
            filled=column.filled,
            distinct=column.distinct,
            times=round(column.timely * (column.filled - column.nulls)),
            unique=column.unique,
            identifier=_identifier(column) if given.get(index) == "key" else None,
            named=given.get(index) == "key" and preset is not None and forms[index] in preset.key,
            examples=column.examples,
            notes=tuple(doubts.always(header, column)),
            as_text=tuple(doubts.as_text(header, column)) if type_ == "text" else (),
            as_number=tuple(doubts.as_number(header, column)),
        )
        for index, (header, column, type_) in enumerate(zip(headers, profiles, types, strict=True))
    )


def preset_of(headers: Sequence[str], subject: str) -> vocabulary.Preset | None:
    """The export of another product that a file with these headers is."""
    return vocabulary.preset(headers, CUSTOMER if subject == CUSTOMER else "event")


def role_type(role: str | None) -> Type | None:
    """The type that a role asks for; None for tags, ignored and no role."""
    if role is None or role in NO_FIELD:
        return None
    return _ROLE_TYPES.get(role, "text")


def _roles(
    headers: Sequence[str], profiles: Sequence[Profile], kind: str, preset: vocabulary.Preset | None
) -> dict[int, str]:
    """Column index → role."""
    forms = [vocabulary.form(header) for header in headers]
    given: dict[int, str] = {}
    for index, header in enumerate(headers):
        if header in REJECT_HEADERS:
            given[index] = IGNORED
        elif (preset and forms[index] in preset.tags) or vocabulary.is_tags(header):
            given[index] = TAGS
    key = _preset_key(forms, profiles, kind, preset)
    if key is not None:
        given[key] = "key"
    for role in CUSTOMER_ROLES if kind == CUSTOMER else EVENT_ROLES:
        if role in given.values():
            continue
        ranks = _ranks(role, kind, preset)
        candidates = [(ranks[f], index) for index, f in enumerate(forms) if index not in given and f in ranks]
        for _rank, index in sorted(candidates):
            if _fits(role, forms[index], profiles[index], kind):
                given[index] = role
                break
    _last_resort(given, forms, profiles, kind)
    return given


def _ranks(role: str, kind: str, preset: vocabulary.Preset | None) -> dict[str, int]:
    """Form → how well it names the role (the least is best): the preset's own come first."""
    own = [form for form, named in preset.roles.items() if named == role] if preset else []
    known = vocabulary.roles(kind).get(role, {})
    # What a preset gives another role to, is not up for this one.
    free = [form for form in known if not (preset and preset.roles.get(form, role) != role)]
    return {form: rank for rank, form in enumerate(dict.fromkeys([*own, *free]))}


def _preset_key(
    forms: Sequence[str], profiles: Sequence[Profile], kind: str, preset: vocabulary.Preset | None
) -> int | None:
    """The column that a preset names as the key: the first that every row has (of events, most rows)."""
    for wanted in preset.key if preset else ():
        index = forms.index(wanted) if wanted in forms else None
        if index is None:
            continue
        real = profiles[index].filled - profiles[index].nulls
        if real and real >= profiles[index].rows * (1 if kind == CUSTOMER else 0.5):
            return index
    return None


def _fits(role: str, form: str, column: Profile, kind: str) -> bool:
    """Whether the cells bear the role that the header suggests."""
    real = column.filled - column.nulls
    if real <= 0:
        return False
    if role == "key":
        if kind == CUSTOMER:
            return column.unique
        return form not in _VAGUE_KEYS or all(_ID_LIKE.fullmatch(text) for text in column.examples)
    if role in ("at", "birthday"):
        return type_of(column, money=False, count=False, moment=True, text=False) in ("date", "datetime")
    if role == "amount":
        return column.share("plain", "grouped", "comma", "money") >= 0.8
    if role == "email":
        return column.emails / real >= 0.5
    if role == "phone":
        return column.phones / real >= 0.5
    if role == "consent":
        return column.share("bool") == 1
    return True


def _last_resort(given: dict[int, str], forms: Sequence[str], profiles: Sequence[Profile], kind: str) -> None:
    """A key where no header named one: an e-mail address or phone that is unique, a bare `id` for events."""
    taken = set(given.values())
    if kind == CUSTOMER:
        _by_content(given, profiles)
        if "key" not in taken:
            # A phone only where there are no e-mail addresses: an address that is not unique is a warning.
            for role in ("email", "phone"):
                index = next((i for i, has in given.items() if has == role), None)
                if index is not None:
                    if profiles[index].unique:
                        given[index] = "key"
                    return
        return
    if "at" not in taken:
        times = [i for i, column in enumerate(profiles) if i not in given and _only_times(column)]
        if len(times) == 1:
            given[times[0]] = "at"
    generic = next(
        (i for name in _GENERIC_KEYS for i, f in enumerate(forms) if f == name and i not in given), None
    )
    if generic is None or profiles[generic].filled < profiles[generic].rows:
        return
    if "key" not in taken:
        given[generic] = "key"
    elif "id" not in taken and profiles[generic].unique:
        given[generic] = "id"


def _by_content(given: dict[int, str], profiles: Sequence[Profile]) -> None:
    """E-mail addresses and phones under any header, where no two rows have the same."""
    for role in ("email", "phone"):
        found = (i for i, c in enumerate(profiles) if i not in given and c.unique and _identifier(c) == role)
        index = next(found, None)
        if (
            index is not None
            and role not in given.values()
            and not (role == "email" and _keyed(given, profiles))
        ):
            given[index] = role


def _keyed(given: dict[int, str], profiles: Sequence[Profile]) -> bool:
    """Whether the key is an e-mail address already."""
    return any(role == "key" and _identifier(profiles[i]) == "email" for i, role in given.items())


def _only_times(column: Profile) -> bool:
    real = column.filled - column.nulls
    return (
        real > 0
        and column.shapes.get("plain", 0) in (0, column.compact)
        and (column.share("date", "datetime") + column.compact / real == 1 and not column.ambiguous)
    )


def _type(header: str, column: Profile, role: str | None, preset: vocabulary.Preset | None) -> Type:
    asked = role_type(role)
    if asked is not None:
        return asked
    if role in (TAGS, IGNORED):
        return "text"
    wanted = preset.types.get(vocabulary.form(header)) if preset else None
    count = vocabulary.says(header, "count")
    money = vocabulary.says(header, "money") and not count
    if wanted == "text":
        return "text"
    if wanted in ("money", "number"):
        money, count = wanted == "money", wanted == "number"
    text = vocabulary.says(header, "text") and wanted is None
    if column.filled == column.nulls:
        return "money" if money and not text else "text"
    return type_of(column, money=money, count=count, moment=vocabulary.says(header, "date"), text=text)


def _format(column: Profile, pattern: str | None, separator: str | None) -> CellFormat:
    return CellFormat(
        day_first=column.order,
        percent=column.share("percent") == 1,
        decimal_comma=column.shapes.get("comma", 0) > 0,
        separator=separator,
        pattern=pattern,
    )


def _identifier(column: Profile) -> str | None:
    real = column.filled - column.nulls
    if real and column.emails / real >= 0.9:
        return "email"
    if real and column.mobiles / real >= 0.9:
        return "phone"
    return None
