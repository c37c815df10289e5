"""One JSON object per line, or an array of objects: the keys are the headers, in the order of their first
appearance."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tagctl.errors import DataError, Location, Problem
from tagctl.io import encoding
from tagctl.io.table import Raw, Row
from tagctl.messages import _


def read(path: Path, wanted_encoding: str | None = None) -> Raw:
    """The records of a jsonl file. The first one is made of the keys, as row 0: row n is line n."""
    found = encoding.detect(path, wanted_encoding)
    headers = _headers(path, found.name)
    if not headers:
        raise DataError(_no_objects(path))
    return Raw(
        path=path,
        format="jsonl",
        records=lambda: _records(path, found.name, headers),
        encoding=found.name,
        notes=(found.note,) if found.note else (),
        guarded=False,
        named=True,
    )


def read_array(path: Path, wanted_encoding: str | None = None) -> Raw:
    """The records of a json file that is one array of objects, as `tagctl export --format json` writes it;
    row n is the nth of them. All of it is held in memory: for large data there is jsonl."""
    found = encoding.detect(path, wanted_encoding)
    try:
        items = json.loads(path.read_text(found.name), object_pairs_hook=_or_none, parse_float=_Digits)
    except (ValueError, RecursionError):
        items = []
    headers = list(dict.fromkeys(key for item in items if isinstance(item, dict) for key in item))
    if not headers:
        raise DataError(_no_objects(path))
    return Raw(
        path=path,
        format="json",
        records=lambda: _elements(items, headers),
        encoding=found.name,
        notes=(found.note,) if found.note else (),
        guarded=False,
        named=True,
    )


def _no_objects(path: Path) -> Problem:
    return Problem(
        "not-a-table",
        _("{file} holds no JSON objects.").format(file=path.name),
        _("A jsonl file has one object per line: {example}").format(example='{"id": "1", "name": "Ana"}'),
        Location(file=path.name),
    )


def _headers(path: Path, name: str) -> list[str]:
    keys: dict[str, None] = {}
    with path.open(encoding=name) as file:
        for line in file:
            found = _object(line)
            if found is not None:
                keys.update(dict.fromkeys(found))
    return list(keys)


def _records(path: Path, name: str, headers: list[str]) -> Iterator[Row]:
    yield Row(0, headers)
    with path.open(encoding=name) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                yield Row(number, ("",) * len(headers))
                continue
            found = _object(line)
            if found is None:
                yield Row(number, (line.rstrip("\r\n"),), None, "bad-json")
                continue
            yield _row(number, found, headers)


def _elements(items: list[Any], headers: list[str]) -> Iterator[Row]:
    yield Row(0, headers)
    for number, item in enumerate(items, 1):
        if isinstance(item, dict):
            yield _row(number, item, headers)
        else:
            yield Row(number, (json.dumps(item, ensure_ascii=False),), None, "bad-json")


def _row(number: int, found: dict[str, Any], headers: list[str]) -> Row:
    values = [found.get(key) for key in headers]
    return Row(number, [_shown(value) for value in values], [_typed(value) for value in values])


class _Digits(float):
    """A number that keeps how it was written: 1.10, or more digits than a float holds."""

    def __new__(cls, text: str) -> _Digits:
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str


class _Repeated(ValueError):
    """A key stands twice in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Repeated
    return found


def _or_none(pairs: list[tuple[str, Any]]) -> dict[str, Any] | None:
    found = dict(pairs)
    return found if len(found) == len(pairs) else None


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line, object_pairs_hook=_once, parse_float=_Digits)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, _Digits):
        return value.text
    return json.dumps(value, ensure_ascii=False)


def _typed(value: object) -> object:
    return value if isinstance(value, bool | list) else None
