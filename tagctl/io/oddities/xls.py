"""The oddities of a sheet of an .xls, by xlrd: calamine gives its errors as blanks, and no formats."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from tagctl.io.oddities import Oddities
from tagctl.io.oddities.numberformats import special
from tagctl.io.table import ErrorCell

if TYPE_CHECKING:
    import xlrd


def read(path: Path, name: str) -> Oddities:
    """Of the sheet of this name. Raises ValueError where xlrd cannot read what calamine can."""
    import xlrd

    try:
        book = xlrd.open_workbook(
            str(path), logfile=io.StringIO(), formatting_info=True, on_demand=True, ragged_rows=True
        )
        return _sheet(book, book.sheet_by_name(name))
    except Exception as error:  # on damaged files it ends in whatever the bytes led it to
        raise ValueError(str(error) or type(error).__name__) from None


def _sheet(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> Oddities:
    import xlrd

    found = Oddities()
    formats = {}
    for number, style in enumerate(book.xf_list):
        format = special(book.format_map[style.format_key].format_str)
        if format:
            formats[number] = format
    for row in range(sheet.nrows):
        types = sheet.row_types(row)
        if xlrd.XL_CELL_ERROR in types:
            for column, kind in enumerate(types):
                if kind == xlrd.XL_CELL_ERROR:
                    text = xlrd.error_text_from_code.get(sheet.cell_value(row, column), "#")
                    found.add_error(row + 1, column + 1, ErrorCell(text))
        if formats and xlrd.XL_CELL_NUMBER in types:
            for column, kind in enumerate(types):
                format = formats.get(sheet.cell_xf_index(row, column))
                if format and kind == xlrd.XL_CELL_NUMBER:
                    found.add_format(row + 1, column + 1, format)
        shown = sheet.rowinfo_map.get(row)
        if shown is not None and shown.hidden and len(types):
            found.hidden_rows += 1
    found.hidden_columns += [(c + 1, c + 1) for c, info in sorted(sheet.colinfo_map.items()) if info.hidden]
    return found
