"""Tables made by hypothesis and written in every format; what import must have stored of them."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from hypothesis import strategies as st
from importing_project import ZONE, Project, adds_up

from tagctl.io.guard import unguard
from tagctl.reports.importing import ImportReport
from tagctl.workflows.importing import ImportOptions, import_customers, import_events

KEY, TAGS, TIME = "客户编号", "标签", "时间"
TYPES = {"备注": "text", "地址": "text", "积分": "number", "消费": "money", "生日": "date", "同意": "bool"}
LABELS = ("VIP", "老客户", "新客户", "lead")
TAXONOMY = (
    "dimensions:\n  - {name: 价值, kind: value, tags: [VIP, 老客户, 新客户, lead, wholesale, 大客户]}\n"
)
NASTY = (
    "007", "110101199003078888", "+8613800138000", "🙂👨‍👩‍👧", "一\n二", "=1+1", "'=1+1", "''", "'7",
    "@SUM(A1)", "-1", "－１", " 前后 ", "a,b;c|d、e", "a\tb", '他说"好"', '"', "\\", '\\"', "null", "-",
    "1e5", "1.50", "_x000D_", "\u202eabc", "é", "e\u0301", "#N/A", "合计", "[1]", '{"a": 1}', "&amp;",
    "<b>", "'",
)  # fmt: skip
SINGLE_QUOTES = "Cells stand in single quotes, which are left out."
TEXT = st.one_of(
    st.none(),
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp")), max_size=12),
)
VALUES = {
    "text": TEXT,
    "number": st.sampled_from((None, 0.0, 1.0, 12.5, -3.25, 123456789012345.0)),
    "money": st.sampled_from((None, "0", "12.3456", "1280.5", "-1", "9999999.99")),
    "date": st.dates(date(1900, 3, 1), date(2099, 12, 31)).map(str) | st.none(),
    "bool": st.sampled_from((None, True, False)),
}
FORMATS = ("csv", "tsv", "semicolon.csv", "gb18030.csv", "utf-16.csv", "xlsx", "ods", "jsonl", "parquet")


class Made(NamedTuple):
    """A table of customers, or of one event of each: a row is a key, the values of TYPES and labels.
    `separator` stands between labels."""

    format: str
    separator: str
    events: bool
    rows: list[tuple[Any, ...]]


@st.composite
def tables(draw: st.DrawFn) -> Made:
    """A table with keys that differ (None: the row has none, and must be rejected)."""
    format_ = draw(st.sampled_from(FORMATS))
    values = st.tuples(*(VALUES[kind] for kind in TYPES.values()))
    labels = st.lists(st.sampled_from(LABELS), unique=True, max_size=3)
    found = draw(st.lists(st.tuples(st.sampled_from(NASTY), values, labels), min_size=1, max_size=20))
    gap = draw(st.integers(1, 30))
    rows = [
        (None, "x", *row[1:], labels) if number == gap else (f"{piece}_{number}", *row, labels)
        for number, (piece, row, labels) in enumerate(found)
    ]
    return Made(format_, draw(st.sampled_from(("|", "、", ";", ","))), draw(st.booleans()), rows)


def file_of(made: Made) -> tuple[str, bytes]:
    """The table as a file: its name and bytes."""
    suffix = made.format.rpartition(".")[2]
    names = (KEY, *TYPES, TAGS)
    rows = [(*row[:-1], made.separator.join(row[-1]) or None) for row in made.rows]
    if made.events:
        names = (*names, TIME)
        rows = [(*row, "2026-01-05 10:00") for row in rows]
    if suffix == "jsonl":
        lines = (json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows)
        return "made.jsonl", "".join(f"{line}\n" for line in lines).encode()
    if suffix in ("xlsx", "parquet"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"made.{suffix}"
            (_write_xlsx if suffix == "xlsx" else _write_parquet)(path, names, rows)
            return path.name, path.read_bytes()
    if suffix == "ods":
        return "made.ods", _ods([names, *rows])
    text = io.StringIO()
    delimiter = {"tsv": "\t", "semicolon.csv": ";"}.get(made.format, ",")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([names, *([_plain(cell) for cell in row] for row in rows)])
    return f"made.{suffix}", text.getvalue().encode(encoding_of(made) or "utf-8")


def encoding_of(made: Made) -> str | None:
    """The encoding, where it has a name of its own."""
    return {"gb18030.csv": "gb18030", "utf-16.csv": "utf-16"}.get(made.format)


def wrong(project: Project, made: Made, file: Path) -> list[str]:
    """What an import of the file stores otherwise than it was written, and does not report."""
    flags: dict[str, Any] = {"key": KEY, "tags": (TAGS,), "map": {n: (None, t) for n, t in TYPES.items()}}
    if made.format == "gb18030.csv":  # a few random letters are no evidence
        flags["encoding"] = "gb18030"
    columns = ", ".join(f'"{name}"' for name in TYPES)
    source = "customers"
    with project.operate("import", dry_run=True) as op:
        if made.events:
            flags["map"][TIME] = ("at", None)
            report = import_events(op, "order", [file], ImportOptions(**flags), timezone=ZONE, currency="CNY")
            source = "event_order JOIN customers ON customers.tagctl_id = tagctl_customer"
        else:
            report = import_customers(op, [file], ImportOptions(**flags), timezone=ZONE, currency="CNY")
        there = {row[0]: row[1:] for row in project.rows(f"SELECT tagctl_key, {columns} FROM {source}")}
        held = {(customer, tag) for customer, tag, _source in project.held()}
    return list(_differences(made, report, there, held))


def _differences(
    made: Made, report: ImportReport, there: dict[str, tuple[Any, ...]], held: set[tuple[str, str]]
) -> Iterator[str]:
    (reading,) = report.files
    if not adds_up(report) or reading.rows != len(made.rows):
        yield f"{len(made.rows)} rows written, counted {reading}"
    if SINGLE_QUOTES in reading.notes:
        return  # most lines had a cell in them: what they mean cannot be known, and it is told
    first = 1 if made.format in ("jsonl", "parquet") else 2
    rows = {reject.location.row for reject in report.rejects if reject.whole_row}
    cells = {(reject.location.row, reject.location.header) for reject in report.rejects}
    taken = 0
    for number, (key, *values, labels) in enumerate(made.rows, first):
        if number in rows:
            continue
        taken += 1
        keys = [text.strip() for text in (_texts(made, key) if key else ())]
        found = next((there[text] for text in keys if text in there), None)
        if found is None:
            yield f"row {number}, key {key!r}: neither stored nor rejected"
            continue
        for (name, kind), written, stored in zip(TYPES.items(), values, found, strict=True):
            if (number, name) not in cells and stored not in _stored(made, kind, written):
                yield f"row {number}, {name}: wrote {written!r}, stored {stored!r}"
        if (number, TAGS) not in cells and not any({(k, tag) for tag in labels} <= held for k in keys):
            yield f"row {number}: wrote {labels}, held {sorted(held)}"
    if reading.imported != taken:
        yield f"{taken} rows not rejected, counted as imported {reading.imported}"


def _stored(made: Made, kind: str, written: Any) -> list[Any]:
    """What may be stored for a value."""
    if written is None:
        return [None]
    if kind == "text":
        return [None if not text or text.isspace() else text for text in _texts(made, written)]
    if kind == "money":
        return [round(float(written) * 10_000)]
    return [written]


def _texts(made: Made, written: str) -> list[str]:
    """A text with and, but in JSON, without its guard; some shops append a tab to be dropped."""
    texts = [written] if made.format == "jsonl" else [written, unguard(written)]
    return [text.rstrip("\t") for text in texts]


def _plain(cell: Any) -> str:
    return "" if cell is None else str(cell)


def _write_xlsx(path: Path, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for y, row in enumerate([names, *rows]):
        for x, cell in enumerate(row):
            if isinstance(cell, bool):
                sheet.write_boolean(y, x, cell)
            elif isinstance(cell, float):
                sheet.write_number(y, x, cell)
            elif cell is not None and y and names[x] == "生日":
                sheet.write_datetime(y, x, date.fromisoformat(cell), day)
            elif cell is not None:
                sheet.write_string(y, x, cell)
    book.close()


def _write_parquet(path: Path, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"积分": pa.float64(), "同意": pa.bool_()}
    columns = zip(*rows, strict=True)
    arrays = [
        pa.array(list(cells), kinds.get(name, pa.string()))
        for name, cells in zip(names, columns, strict=True)
    ]
    pq.write_table(pa.table(arrays, names), path)


_ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
    '<office:body><office:spreadsheet><table:table table:name="A">{rows}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)


def _ods(rows: list[tuple[Any, ...]]) -> bytes:
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("META-INF/manifest.xml", _MANIFEST)
        book.writestr("content.xml", _ODS.format(rows=lines))
    return made.getvalue()


def _ods_cell(cell: Any) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, bool):
        word = str(cell).lower()
        kind = f'office:value-type="boolean" office:boolean-value="{word}"'
        return f"<table:table-cell {kind}><text:p>{word.upper()}</text:p></table:table-cell>"
    if isinstance(cell, float):
        kind = f'office:value-type="float" office:value="{cell!r}"'
        return f"<table:table-cell {kind}><text:p>{cell:.15g}</text:p></table:table-cell>"
    text = escape(cell).replace(" ", "<text:s/>").replace("\t", "<text:tab/>")
    lines = "".join(f"<text:p>{line}</text:p>" for line in text.split("\n"))
    return f'<table:table-cell office:value-type="string">{lines}</table:table-cell>'
