"""Rows and cells that were not taken, in a file beside their source: 客户.rejects.csv.

One line per row: the cells as they came, then where and why. Ready to be mended and imported again: the
columns that begin with `tagctl_` are ours and are not read back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from tagctl.io.guard import guard
from tagctl.io.headers import REJECT_HEADERS
from tagctl.io.table import Row, TableFile
from tagctl.io.writing import Draft, drafted

Rejected = tuple[int, str | None, str, str, bool]


def rejects_path(source: Path) -> Path:
    """Where the rejects of a source go."""
    return source.with_name(f"{source.stem}.rejects.csv")


def write_rejects(table: TableFile, rejects: Iterable[Rejected]) -> Draft:
    """Write the rejected rows of a file with all that is wrong with each, to be put beside it.

    `rejects` are (row, header, code, reason, whole row) in the order of the rows: the file is read once more
    for their cells, and neither is held in memory. Columns: the file's own, then row, column, code, reason
    and, for rows whose cells do not fit the headers, their text.
    """
    with drafted(rejects_path(table.path)) as (file, draft):
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        writer = csv.writer(text)
        own = {name for name in REJECT_HEADERS if name in table.headers}
        keep = [i for i, header in enumerate(table.headers) if header not in own]
        writer.writerow([guard(cell) for cell in (*(table.headers[i] for i in keep), *REJECT_HEADERS)])
        rows = table.rows()
        for number, found in groupby(rejects, itemgetter(0)):
            row = next(row for row in rows if row.number == number)
            writer.writerow([guard(cell) for cell in _line(table, row, keep, list(found))])
        text.flush()
        text.detach()
    return draft


def _line(table: TableFile, row: Row, keep: Sequence[int], found: Sequence[Rejected]) -> list[str]:
    aligned = row.error is None
    cells = [row.texts[i] for i in keep] if aligned else [""] * len(keep)
    return [
        *cells,
        str(row.number),
        _joined(header or "" for _row, header, *_rest in found),
        _joined(code for _row, _header, code, *_rest in found),
        _joined(reason for _row, _header, _code, reason, _whole in found),
        "" if aligned else (table.delimiter or ",").join(row.texts),
    ]


def _joined(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(word for word in words if word))
