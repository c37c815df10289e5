"""Spreadsheets: xlsx, xlsm, xls, ods, through python-calamine, after a look at the zip (workbook.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io import workbook
from tagctl.io.cells import shown
from tagctl.io.oddities import NEVER_CALCULATED, Oddities, xlsx
from tagctl.io.table import ErrorCell, Merge, Raw, Row
from tagctl.messages import _, ngettext

_NAMED = 5  # cells named in a note

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook


def read(path: Path, wanted: str | None = None) -> Raw:
    """The records of one sheet: the wanted one, else the first visible one that holds anything."""
    scan = workbook.scan(path)
    book = _open(path)
    sheet, notes = _choose(book, path, scan, wanted)
    odd, doubt = _oddities(path, scan, sheet.name)
    area = _area(sheet, odd)
    notes += doubt + _told(odd, area)
    return Raw(
        path=path,
        format=scan.format,
        records=lambda: _records(sheet, odd, area),
        sheet=sheet.name,
        notes=tuple(notes),
        merged=tuple(_merged(sheet, odd, area)),
    )


def _oddities(path: Path, scan: workbook.Scan, name: str) -> tuple[Oddities, list[str]]:
    """What the sheet holds besides plain cells, and a note where that cannot be told."""
    seen = scan.sheets.get(name, workbook.SheetScan(odd=scan.odd))
    if not seen.odd:
        return Oddities(), []
    try:
        if scan.format == "xls":
            from tagctl.io.oddities import xls

            return xls.read(path, name), []
        if scan.format == "ods":
            from tagctl.io.oddities import ods

            return ods.read(path, name), []
        return xlsx.read(path, seen.part, scan.formats), []
    except workbook.DAMAGE as error:
        if scan.format == "xls":
            return Oddities(), [_("Errors in cells cannot be told in this file: such cells look empty.")]
        what = _("The workbook is damaged: {why}").format(why=error)
        next_ = _("Open it in Excel or WPS and save it again as .xlsx.")
        place = Location(file=path.name, sheet=name)
        raise DataError(Problem("damaged-workbook", what, next_, place)) from None


class _Area(NamedTuple):
    """The columns that are read, `left` before the first. calamine drops blank ones at both ends of a sheet,
    and takes a formula that was never calculated for blank: `pad` is how many of these stand on the left."""

    left: int
    width: int
    pad: int


def _area(sheet: CalamineSheet, odd: Oddities) -> _Area:
    first = sheet.start[1] if sheet.start else 0
    odd_columns = {column for cells in odd.errors.values() for column in cells}
    left = min([first, *(column - 1 for column in odd_columns)])
    return _Area(left, max([first + sheet.width, *odd_columns]) - left, first - left)


def _told(odd: Oddities, area: _Area) -> list[str]:
    """Sentences about what is hidden, and about cells without a value."""
    notes = []
    if odd.hidden_rows:
        note = ngettext(
            "{count} hidden row is read too.", "{count} hidden rows are read too.", odd.hidden_rows
        )
        notes.append(note.format(count=odd.hidden_rows))
    last = area.left + area.width
    hidden = [
        column
        for first, end in odd.hidden_columns
        for column in range(max(first, area.left + 1), min(end, last) + 1)
    ]
    if hidden:
        notes.append(_("Hidden columns are read too: {names}").format(names=", ".join(map(_letters, hidden))))
    errors: list[str] = []
    formulas: list[str] = []
    for row, cells in sorted(odd.errors.items()):
        for column, cell in cells.items():
            (formulas if cell.code == NEVER_CALCULATED else errors).append(f"{_letters(column)}{row}")
    if errors:
        note = ngettext(
            "{count} cell holds an error instead of a value: {where}",
            "{count} cells hold an error instead of a value: {where}",
            len(errors),
        )
        notes.append(note.format(count=len(errors), where=", ".join(errors[:_NAMED])))
    if formulas:
        note = ngettext(
            "{count} formula was never calculated: {where} (open the file in Excel or WPS and save it)",
            "{count} formulas were never calculated: {where} (open the file in Excel or WPS and save it)",
            len(formulas),
        )
        notes.append(note.format(count=len(formulas), where=", ".join(formulas[:_NAMED])))
    return notes


def _merged(sheet: CalamineSheet, odd: Oddities, area: _Area) -> Iterator[Merge]:
    """Merged cells, columns counted from the first that is read."""
    told = [(t + 1, c + 1, b + 1, r + 1) for (t, c), (b, r) in sheet.merged_cell_ranges or ()]
    for top, first, bottom, right in told or odd.merged:
        if right > area.left:
            yield top, max(first - area.left, 1), bottom, right - area.left


_Found = TypeVar("_Found")


def _open(path: Path) -> CalamineWorkbook:
    import python_calamine

    return _calamine(path, None, lambda: python_calamine.CalamineWorkbook.from_path(path))


def _calamine(path: Path, sheet: str | None, call: Callable[[], _Found]) -> _Found:
    """What the reader gives; everything that it may end in becomes a DataError."""
    import python_calamine

    place = Location(file=path.name, sheet=sheet)
    try:
        return call()
    except python_calamine.PasswordError:
        what = _("{file} is protected by a password.").format(file=path.name)
        next_ = _("Open it in Excel or WPS, remove the password, and save it.")
        raise DataError(Problem("password-protected", what, next_, place)) from None
    except (python_calamine.CalamineError, OSError) as error:
        why = str(error)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the reader's own crash, which is no Exception
            raise
        why = _("its parts do not fit together")
    what = _("{file} cannot be read as a spreadsheet: {why}").format(file=path.name, why=why)
    next_ = _("Open it in Excel or WPS and save it again as .xlsx.")
    raise DataError(Problem("damaged-workbook", what, next_, place))


def _choose(
    book: CalamineWorkbook, path: Path, scan: workbook.Scan, wanted: str | None
) -> tuple[CalamineSheet, list[str]]:
    import python_calamine

    tables = [m for m in book.sheets_metadata if m.typ == python_calamine.SheetTypeEnum.WorkSheet]
    if wanted is not None:
        if wanted not in [m.name for m in tables]:
            raise UsageProblem(
                Problem(
                    "unknown-sheet",
                    _("{file} has no sheet {sheet}.").format(file=path.name, sheet=wanted),
                    _("Its sheets: {names}").format(names=", ".join(m.name for m in tables)),
                )
            )
        return _sheet(book, path, wanted), []
    visible = [m.name for m in tables if m.visible == python_calamine.SheetVisibleEnum.Visible]
    hidden = [m.name for m in tables if m.visible != python_calamine.SheetVisibleEnum.Visible]
    chosen: CalamineSheet | None = None
    others: list[str] = []
    for name in visible or hidden:
        if chosen is not None:
            if scan.sheets.get(name, workbook.SheetScan(filled=True)).filled:
                others.append(name)
            continue
        sheet = _sheet(book, path, name)
        if sheet.start is not None:
            chosen = sheet
    if chosen is None:
        raise DataError(
            Problem(
                "empty-file",
                _("The workbook holds no rows."),
                _("Export it again."),
                Location(file=path.name),
            )
        )
    notes = []
    if others:
        notes.append(
            _("Sheet {sheet} is read; not read: {names} (choose with --sheet).").format(
                sheet=chosen.name, names=", ".join(others)
            )
        )
    if visible and hidden:
        notes.append(_("Hidden sheets are not read: {names}").format(names=", ".join(hidden)))
    return chosen, notes


def _sheet(book: CalamineWorkbook, path: Path, name: str) -> CalamineSheet:
    return _calamine(path, name, lambda: book.get_sheet_by_name(name))


def _records(sheet: CalamineSheet, odd: Oddities, area: _Area) -> Iterator[Row]:
    if not (odd.errors or odd.texts or odd.formats):
        for number, cells in enumerate(sheet.iter_rows(), 1):
            yield Row(number, *_split(cells))
        return
    formatting = odd.formatting()
    for number, cells in enumerate(_mended(sheet, odd, area), 1):
        texts, values = _split(cells)
        for column, format in formatting(number):
            index = column - 1 - area.left
            value = values[index]
            if type(value) is float or type(value) is int:
                texts[index] = format.show(value) or texts[index]
        yield Row(number, texts, values)


def _mended(sheet: CalamineSheet, odd: Oddities, area: _Area) -> Iterator[list[Any]]:
    """The rows of the sheet with what is odd in its place, also where calamine ends before it."""
    last = max(odd.errors, default=0)
    padding = [""] * (area.width - area.pad - sheet.width)
    number = 0
    for number, cells in enumerate(sheet.iter_rows(), 1):
        row = [*[""] * area.pad, *cells, *padding] if area.pad or padding else cells
        yield _put(odd.cells(number), row, area)
    for below in range(number + 1, last + 1):
        yield _put(odd.cells(below), [""] * area.width, area)


def _put(found: dict[int, ErrorCell | str], cells: list[Any], area: _Area) -> list[Any]:
    for column, cell in found.items():
        cells[column - 1 - area.left] = cell
    return cells


def _split(cells: Sequence[Any]) -> tuple[list[str], list[object]]:
    """Texts and typed values of a row."""
    texts: list[str] = []
    values: list[object] = []
    for cell in cells:
        if type(cell) is str:
            texts.append(cell)
            values.append(None)
        else:
            texts.append(cell.text if type(cell) is ErrorCell else shown(cell))
            values.append(cell)
    return texts, values


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
