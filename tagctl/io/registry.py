"""The one way to open a user's table: the reader is chosen by content as well as by suffix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io import table
from tagctl.io.table import HeaderRow, Raw, TableFile
from tagctl.messages import _

SHEETS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
JSON_LINES = frozenset({".jsonl", ".ndjson"})
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # the second: with nothing in it
_MARKUP = tuple(b"<" + word for word in b"html !doctype !-- ?xml head meta style body div table".split())
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_table(
    path: Path | str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header_row: HeaderRow = None,
    no_header: bool = False,
) -> TableFile:
    """Open csv, tsv, txt, xlsx, xlsm, xls, ods or jsonl. The file is read through once to check it.

    Raises UsageProblem where the file or an option's value is not there, DataError where the file cannot
    be read without guessing.
    """
    path = Path(path)
    start = _start(path)
    suffix = path.suffix.lower()
    if start.startswith((*_ZIP, _OLE)):
        from tagctl.io import excel

        raw = excel.read(path, sheet)
    else:
        if sheet is not None:
            raise UsageProblem(
                Problem(
                    "no-sheets", _("{file} has no sheets.").format(file=path.name), _("Leave out --sheet.")
                )
            )
        raw = _text(path, start, suffix, encoding, delimiter)
    return table.build(raw, header_row=header_row, no_header=no_header)


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
        raise DataError(
            Problem(
                "not-a-table",
                _("{file} is one JSON array, which is not read.").format(file=path.name),
                _("Write one object per line, as a .jsonl file; tagctl export does so."),
                Location(file=path.name),
            )
        )
    if suffix in JSON_LINES or (suffix not in (".csv", ".tsv") and head.startswith(b'{"')):
        from tagctl.io import jsonlines

        return jsonlines.read(path, encoding)
    from tagctl.io import delimited

    raw = delimited.read(path, encoding, delimiter)
    if suffix in SHEETS:
        note = _("The file is named {suffix} and is really text; it is read as CSV.").format(suffix=suffix)
        return replace(raw, notes=(note, *raw.notes))
    return raw


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(512)
    except FileNotFoundError:
        what, next_ = _("There is no file {file}."), _("Check the name and the folder.")
    except IsADirectoryError:
        what, next_ = _("{file} is a folder."), _("Name a file in it.")
    except OSError as error:
        what = _("{file} cannot be opened: {why}").replace("{why}", error.strerror or "")
        next_ = _("Close the program that holds it, or check your rights to it.")
    raise UsageProblem(Problem("no-file", what.format(file=path), next_, Location(file=str(path))))
