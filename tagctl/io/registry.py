"""The one way to open a user's table: the reader is chosen by content as well as by suffix."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io import sources, table
from tagctl.io.table import HeaderRow, Raw, TableFile
from tagctl.messages import _

SHEETS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
JSON_LINES = frozenset({".jsonl", ".ndjson"})
_DELIMITERS = {".tsv": "\t", ".tab": "\t", ".psv": "|"}
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second: with nothing in it
_MARKUP = tuple(b"<" + word for word in b"html !doctype !-- ?xml head meta style body div table".split())
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PARQUET = b"PAR1"
_NO_TABLES = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"BZh91AY": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstd",
    b"SQLite format 3": "SQLite",
    sources.GZIP: "gzip",  # within what was unpacked already
}
_OBJECT = re.compile(rb'\{\s*"')


def open_table(
    path: Path | str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_row: HeaderRow = None,
    no_header: bool = False,
) -> TableFile:
    """Open csv, tsv, txt, xlsx, xlsm, xls, ods, jsonl or parquet, also packed with gzip; - is standard input.
    The file is read through once to check it.

    Raises UsageProblem where the file or an option's value is not there, DataError where the file cannot
    be read without guessing.
    """
    path = Path(path)
    data = sources.local(path)
    raw = _read(data, encoding, delimiter, sheet)
    if data != path:
        raw = replace(raw, path=sources.shown(path), data=data)
    return table.build(raw, header_row=header_row, no_header=no_header)


def _read(path: Path, encoding: str | None, delimiter: str | None, sheet: str | None) -> Raw:
    start = sources.start(path)
    if start.startswith((*_ZIP, _OLE)):
        from tagctl.io import excel

        return excel.read(path, sheet)
    if sheet is not None:
        raise UsageProblem(
            Problem("no-sheets", _("{file} has no sheets.").format(file=path.name), _("Leave out --sheet."))
        )
    for sign, kind in _NO_TABLES.items():
        if start.startswith(sign):
            raise DataError(
                Problem(
                    "not-a-table",
                    _("{file} is a {kind} file, not a table.").format(file=path.name, kind=kind),
                    _("Export the data as .xlsx or CSV; unpack an archive first."),
                    Location(file=path.name),
                )
            )
    if start.startswith(_PARQUET):
        from tagctl.io import parquet

        return parquet.read(path)
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    return _text(path, start, suffix, encoding, delimiter)


def _text(path: Path, start: bytes, suffix: str, encoding: str | None, delimiter: str | None) -> Raw:
    head = start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()  # also of UTF-16
    if head.startswith(_MARKUP):
        raise DataError(
            Problem(
                "not-a-table",
                _("{file} is a web page or XML named as a table.").format(file=path.name),
                _("Open it in Excel or WPS and save it as .xlsx or as CSV."),
                Location(file=path.name),
            )
        )
    if suffix == ".json" and head.startswith(b"["):
        from tagctl.io import jsonlines

        return jsonlines.read_array(path, encoding)
    if suffix in JSON_LINES or (suffix not in (".csv", ".tsv") and _OBJECT.match(head)):
        from tagctl.io import jsonlines

        return jsonlines.read(path, encoding)
    from tagctl.io import delimited

    raw = delimited.read(path, encoding, delimiter, _DELIMITERS.get(suffix))
    if suffix in SHEETS:
        note = _("The file is named {suffix} and is really text; it is read as CSV.").format(suffix=suffix)
        return replace(raw, notes=(note, *raw.notes))
    return raw
