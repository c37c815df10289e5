"""Spreadsheets: xlsx, xlsm, xls, ods, through python-calamine, after a look at the zip (workbook.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io import workbook
from tagctl.io.cells import shown
from tagctl.io.table import ErrorCell, Raw, Row
from tagctl.messages import _, ngettext

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook


def read(path: Path, wanted: str | None = None) -> Raw:
    """The records of one sheet: the wanted one, else the first visible one that holds anything."""
    scan = workbook.scan(path)
    book = _open(path)
    sheet, notes = _choose(book, path, wanted)
    found = scan.sheets.get(sheet.name, workbook.SheetScan())
    if found.hidden_rows:
        notes.append(
            ngettext(
                "{count} hidden row is read too.", "{count} hidden rows are read too.", found.hidden_rows
            ).format(count=found.hidden_rows)
        )
    if found.errors:
        where = ", ".join(_name(row, column) for row, column in list(found.errors)[:5])
        notes.append(
            ngettext(
                "{count} cell holds an error instead of a value: {where}",
                "{count} cells hold an error instead of a value: {where}",
                len(found.errors),
            ).format(count=len(found.errors), where=where)
        )
    return Raw(
        path=path,
        format=scan.format,
        records=lambda: _records(sheet, found.errors),
        sheet=sheet.name,
        notes=tuple(notes),
    )


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


def _choose(book: CalamineWorkbook, path: Path, wanted: str | None) -> tuple[CalamineSheet, list[str]]:
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


def _records(sheet: CalamineSheet, errors: dict[tuple[int, int], str]) -> Iterator[Row]:
    with_errors = {row for row, _column in errors}
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if number in with_errors:
            marked: list[Any] = [
                ErrorCell(errors[number, column]) if (number, column) in errors else cell
                for column, cell in enumerate(cells, 1)
            ]
            yield _row(number, marked)
        else:
            yield _row(number, cells)


def _row(number: int, cells: Sequence[Any]) -> Row:
    texts: list[str] = []
    values: list[object] = []
    for cell in cells:
        if type(cell) is str:
            texts.append(cell)
            values.append(None)
        else:
            texts.append(cell.text if type(cell) is ErrorCell else shown(cell))
            values.append(cell)
    return Row(number, texts, values)


def _name(row: int, column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"
