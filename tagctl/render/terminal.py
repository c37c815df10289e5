"""Lines and tables for people. On a terminal rich draws them with colour and fits them to its width;
in a pipe or file they are plain, aligned and never cut, and rich is not loaded.

Everything passes through `safe`; nothing is ever read as markup.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

from tagctl.record import record
from tagctl.render.safe import safe
from tagctl.render.width import pad, width

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {
    "": "",
    "good": "green",
    "bad": "bold red",
    "warn": "yellow",
    "dim": "dim",
    "strong": "bold",
    "name": "cyan",
}


@record
class Styled:
    """A piece of text with one of the styles good, bad, warn, dim, strong, name."""

    text: str
    style: str


@record
class Figure:
    """A number with its sign or unit, such as +45 or 12%: right-aligned in tables, as integers are."""

    text: str


Piece = str | Styled
Cell = Piece | Figure | int | None


@dataclass(slots=True)
class _Output:
    quiet: bool = False


_output = _Output()
_WIDEST = 40  # columns that names take before their values


def be_quiet(quiet: bool) -> None:
    """With quiet, `say`, `table` and `note` print nothing; `payload`, errors and questions still do."""
    _output.quiet = quiet


def is_quiet() -> bool:
    """Whether reports and notes are switched off."""
    return _output.quiet


def say(*pieces: Piece, error: bool = False) -> None:
    """One line of a report (several where a text holds line breaks), to stdout or stderr."""
    if not _output.quiet:
        _line(sys.stderr if error else sys.stdout, pieces)


def note(*pieces: Piece) -> None:
    """A remark beside the payload: to stderr, not with --quiet."""
    if not _output.quiet:
        _line(sys.stderr, pieces)


def complain(*pieces: Piece) -> None:
    """A line of an error: to stderr, always."""
    _line(sys.stderr, pieces)


def payload(text: str) -> None:
    """Machine-readable text to stdout, exactly as it is."""
    sys.stdout.write(text)


def heading(text: str) -> None:
    """A title with an empty line before it."""
    say()
    say(Styled(text, "strong"))


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A table; columns of integers and figures are right-aligned (digits alone may be a customer's key)."""
    if _output.quiet:
        return
    given = [list(row) for row in rows]
    right = [
        any(row[index] is not None for row in given)
        and all(isinstance(row[index], int | Figure | None) for row in given)
        for index in range(len(columns))
    ]
    found = [[_piece(cell) for cell in row] for row in given]
    if _is_terminal(sys.stdout):
        _draw(columns, found, right)
        return
    widths = [
        max([width(safe(title)), *(width(row[index].text) for row in found)])
        for index, title in enumerate(columns)
    ]
    for texts in ([safe(title) for title in columns], *([cell.text for cell in row] for row in found)):
        cells = [
            pad(text, columns_, right=to_right)
            for text, columns_, to_right in zip(texts, widths, right, strict=True)
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def pairs(rows: Iterable[tuple[str, Cell]], *, indent: int = 2) -> None:
    """Names and values, aligned on the values; one very long name does not move the others' values away."""
    found = [(safe(name), _piece(value)) for name, value in rows]
    columns = min(_WIDEST, max((width(name) for name, _value in found), default=0))
    for name, value in found:
        say(" " * indent, Styled(pad(name, columns), "dim"), "  ", value)


def mark(holds: bool) -> Styled:
    """✓ or ✗, or what a terminal in a Chinese code page has in their place."""
    text, plainer = ("✓", "√") if holds else ("✗", "×")
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        text = plainer
    return Styled(text, "good" if holds else "bad")


def bar(count: int, most: int, width: int) -> str:
    """A bar for a number, `width` columns for the greatest; something for whatever is not nothing."""
    sign = "█"
    try:
        sign.encode(sys.stdout.encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        sign = "#"
    return sign * (max(1, round(width * count / most)) if count else 0)


def is_terminal() -> bool:
    """Whether stdout is a terminal."""
    return _is_terminal(sys.stdout)


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()


def _line(stream: TextIO, pieces: Sequence[Piece]) -> None:
    for line in _lines(pieces):
        if _is_terminal(stream):
            from rich.text import Text

            text = Text.assemble(*((piece.text, _STYLES[piece.style]) for piece in line))
            _console(stream).print(text, soft_wrap=True, highlight=False)
        else:
            stream.write("".join(piece.text for piece in line) + "\n")


def _lines(pieces: Sequence[Piece]) -> Iterable[list[Styled]]:
    """The pieces made safe and broken where our own texts break the line."""
    lines: list[list[Styled]] = [[]]
    for piece in pieces:
        styled = piece if isinstance(piece, Styled) else Styled(piece, "")
        for index, part in enumerate(styled.text.split("\n")):
            if index:
                lines.append([])
            lines[-1].append(Styled(safe(part), styled.style))
    return lines


def _piece(cell: Cell) -> Styled:
    if cell is None:
        return Styled("", "")
    if isinstance(cell, int):
        return Styled(f"{cell:,}", "")
    if isinstance(cell, Styled):
        return Styled(safe(cell.text), cell.style)
    return Styled(safe(cell.text if isinstance(cell, Figure) else cell), "")


def _draw(columns: Sequence[str], rows: list[list[Styled]], right: list[bool]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for title, to_right in zip(columns, right, strict=True):
        drawn.add_column(Text(safe(title)), justify="right" if to_right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(cell.text, _STYLES[cell.style]) for cell in row))
    _console(sys.stdout).print(drawn, highlight=False)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    system: Literal["auto"] | None = "auto" if colour else None
    return Console(file=stream, color_system=system, markup=False, emoji=False, highlight=False)
