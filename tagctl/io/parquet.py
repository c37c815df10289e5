"""Parquet: columns with names and types of their own. Needs the extra tagctl[parquet]."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io.cells import shown
from tagctl.io.table import Raw, Row
from tagctl.messages import _

_BATCH = 5_000


def read(path: Path) -> Raw:
    """The records of a parquet file; the first one is made of the column names, as row 0.

    Raises UsageProblem where pyarrow is not installed, DataError where the file is damaged.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise UsageProblem(
            Problem(
                "not-installed",
                _("{file} is a parquet file, and what reads them is not installed.").format(file=path.name),
                _("Install it: {command}").format(command="pip install 'tagctl[parquet]'"),
                Location(file=path.name),
            )
        ) from None
    try:
        with parquet.ParquetFile(path) as file:
            names = list(file.schema_arrow.names)
        for _row in _records(path, names):  # what is damaged is told before anything is read from it
            pass
    except (arrow.ArrowException, OSError) as error:
        raise DataError(
            Problem(
                "damaged-file",
                _("{file} cannot be read as parquet: {why}").format(
                    file=path.name, why=str(error).split("\n", 1)[0]
                ),
                _("Export it again."),
                Location(file=path.name),
            )
        ) from None
    return Raw(
        path=path,
        format="parquet",
        records=lambda: _records(path, names),
        guarded=False,
        named=True,
    )


def _records(path: Path, names: list[str]) -> Iterator[Row]:
    from pyarrow import parquet

    yield Row(0, names)
    number = 0
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH):
            for cells in zip(*(_values(column) for column in batch.columns), strict=True):
                number += 1
                yield Row(number, [_text(cell) for cell in cells], [_typed(cell) for cell in cells])


def _values(column: Any) -> list[object]:  # noqa: ANN401  pyarrow has no types
    import pyarrow as arrow

    kind = column.type
    if arrow.types.is_timestamp(kind) and kind.unit == "ns":  # Python's own times end at microseconds
        column = column.cast(arrow.timestamp("us", kind.tz), safe=False)
    values: list[object] = column.to_pylist()
    return values


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):  # pandas' word for nothing
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):  # how some programs write text
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat(" ")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_text)
    return shown(value)


def _typed(value: object) -> object:
    """The value where it tells more than its text; whole numbers are exact as text."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return None
    if type(value) is int or (isinstance(value, float) and math.isnan(value)):
        return None
    return None if isinstance(value, str | bytes | Decimal | dict) else value
