"""Rows and cells that were not taken, in a file beside their source: 客户.rejects.csv.

One line per row: the cells as they came, then where and why. Ready to be mended and imported again: the
columns that begin with `tagctl_` are ours and are not read back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from tagctl.io.guard import guard
from tagctl.io.headers import REJECT_HEADERS
from tagctl.io.table import Row, TableFile
from tagctl.io.writing import atomic
from tagctl.reports.importing import Reject


def rejects_path(source: Path) -> Path:
    """Where the rejects of a source go."""
    return source.with_name(f"{source.stem}.rejects.csv")


def write_rejects(table: TableFile, rejects: Iterable[Reject]) -> Path | None:
    """Write the rejected rows of a file, with all that is wrong with each; None where there are none.

    The file is read once more for their cells. Columns: the file's own, then row, column, code, reason and,
    for rows whose cells do not fit the headers, their text.
    """
    reasons: dict[int, list[Reject]] = {}
    for reject in rejects:
        reasons.setdefault(reject.location.row or 0, []).append(reject)
    if not reasons:
        return None
    path = rejects_path(table.path)
    with atomic(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        writer = csv.writer(text)
        own = {name for name in REJECT_HEADERS if name in table.headers}
        keep = [i for i, header in enumerate(table.headers) if header not in own]
        writer.writerow([guard(cell) for cell in (*(table.headers[i] for i in keep), *REJECT_HEADERS)])
        for row in table.rows():
            found = reasons.get(row.number)
            if found:
                writer.writerow([guard(cell) for cell in _line(table, row, keep, found)])
        text.flush()
        text.detach()
    return path


def _line(table: TableFile, row: Row, keep: Sequence[int], found: Sequence[Reject]) -> list[str]:
    aligned = row.error is None
    cells = [row.texts[i] for i in keep] if aligned else [""] * len(keep)
    return [
        *cells,
        str(row.number),
        _joined(r.location.header or "" for r in found),
        _joined(r.code for r in found),
        _joined(r.reason for r in found),
        "" if aligned else (table.delimiter or ",").join(row.texts),
    ]


def _joined(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(word for word in words if word))
