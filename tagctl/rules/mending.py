"""Mending what `nearmiss` and `source` tell by name: punctuation, tabs, missing spaces, the encoding.

Only what was told is touched, so a file that is right stays as it is, byte for byte.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from tagctl.errors import Problem
from tagctl.rules import Mended, nearmiss, quoting
from tagctl.rules.source import LINE_ENDS

Check = Callable[[bytes], Sequence[Problem]]
Edit = tuple[int, int, str]  # of one line: from, to, what stands there then

_TABS = (2, 4, 8)  # columns to a tab: that is not in the file, so what fits best is taken
_ROUNDS = 60  # what is mended may show more; each round mends all that is told


def mend(data: bytes, file: str, check: Check) -> Mended:
    """See tagctl.rules.mend."""
    first = _told(check(data), file)
    if not first:
        return Mended(data)
    best: Mended | None = None
    fewest = 0
    for tab in _TABS:
        mended = _mend(data, file, check, tab)
        wrong = len(check(mended.data))
        if best is None or wrong < fewest:
            best, fewest = mended, wrong
        if not any(problem.code == "tab" for problem in mended.mended):
            break
    assert best is not None
    return best


def _mend(data: bytes, file: str, check: Check, tab: int) -> Mended:
    mended: dict[tuple[str, int], Problem] = {}
    before: list[str] | None = None
    for _round in range(_ROUNDS):
        told = _told(check(data), file)
        encoding = next((problem for problem in told if problem.code in ("gbk", "not-utf8")), None)
        if encoding is not None:
            changed, done = _as_utf8(data), [encoding]
        else:
            mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
            parts = _parts(data[len(mark) :])
            before = before or parts[::2]
            done = _edit(parts, told, tab)
            changed = mark + "".join(parts).encode()
        if changed is None or changed == data:
            break
        data = changed
        mended |= {(p.code, p.location.line or 0): p for p in done if p.location}
    lines = zip(before or (), _parts(data.removeprefix(codecs.BOM_UTF8))[::2], strict=True) if before else ()
    changes = tuple((number, old, new) for number, (old, new) in enumerate(lines, 1) if old != new)
    return Mended(data, tuple(mended[key] for key in sorted(mended, key=lambda key: key[1])), changes)


def _told(problems: Iterable[Problem], file: str) -> list[Problem]:
    """What can be mended, in this file."""
    codes = {*_EDITS, "tab", "gbk", "not-utf8"}
    return [p for p in problems if p.code in codes and p.location is not None and p.location.file == file]


def _as_utf8(data: bytes) -> bytes | None:
    """The bytes of GB18030 or marked UTF-16 as UTF-8; None where they are neither."""
    marked = data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    try:
        return data.decode("utf-16" if marked else "gb18030").encode()
    except UnicodeError:
        return None


def _parts(data: bytes) -> list[str]:
    """Lines and the line ends between them, in turns."""
    return re.split(f"({LINE_ENDS.pattern})", data.decode())


def _edit(parts: list[str], told: Sequence[Problem], tab: int) -> list[Problem]:
    """Edit the lines where something was told; what was, is returned. Edits that overlap wait for the next
    round, as places are those of the text that was checked."""
    done: dict[int, Problem] = {}
    edits: dict[int, list[tuple[Edit, int]]] = {}
    for number, problem in enumerate(told):
        place = problem.location
        if place is None or not place.line or not place.column:
            continue
        line, start = parts[2 * place.line - 2], place.column - 1
        end = start + problem.width
        if problem.code == "tab":
            found: Iterable[Edit] = [(0, end, line[:end].expandtabs(tab))]
        else:
            found = _EDITS[problem.code](line, start, end)
        edits.setdefault(2 * place.line - 2, []).extend((edit, number) for edit in found)
    for index, of_line in edits.items():
        line, free = parts[index], len(parts[index])
        for (start, end, text), number in sorted(set(of_line), reverse=True):
            if end <= free and line[start:end] != text:
                line, free = line[:start] + text + line[end:], start
                done[number] = told[number]
        parts[index] = line
    return list(done.values())


# ── one kind each: the line, and the span that was told ──────────────────────────────────────────


def _colon(line: str, start: int, end: int) -> Iterator[Edit]:
    text = _masked(line[start:end])
    for at in [len(text) - 1] if text.endswith("：") else nearmiss.colons(text):
        yield _spaced(line, start + at, ":")


def _space(line: str, start: int, end: int) -> Iterator[Edit]:
    found = re.search("[:：]", _masked(line[start:end]))
    if found:
        yield _spaced(line, start + found.start(), ":")


def _comma(line: str, start: int, end: int) -> Iterator[Edit]:
    for found in re.finditer("[，、]", _masked(line[start:end])):
        yield _spaced(line, start + found.start(), ",")


def _masked(text: str) -> str:
    return next(quoting.masked([text]))[0]


def _spaced(line: str, at: int, mark: str) -> Edit:
    """The character there as this mark, with the space that must follow it before other text."""
    follows = line[at + 1 : at + 2]
    return at, at + 1, mark if not follows or follows.isspace() else f"{mark} "


def _bracket(line: str, start: int, _end: int) -> Iterator[Edit]:
    """The bracket, and the one that closes it in this line."""
    if line[start] not in nearmiss.FULL_WIDTH:  # an anchor stands before it
        return
    yield start, start + 1, nearmiss.FULL_WIDTH[line[start]]
    depth = 0
    for at in range(start, len(line) if line[start] in nearmiss.OPENING else start):
        if line[at] in nearmiss.FULL_WIDTH:
            depth += 1 if line[at] in nearmiss.OPENING else -1
            if depth == 0:
                yield at, at + 1, nearmiss.FULL_WIDTH[line[at]]
                return


def _quotes(line: str, start: int, end: int) -> Iterator[Edit]:
    if not nearmiss.in_quotes(line[start:end]):  # they are closed in another line
        return
    text = line[start + 1 : end - 1]
    quote = "'" if "\\" in text else '"'
    yield start, end, quote + (text.replace("'", "''") if quote == "'" else text) + quote


_EDITS: dict[str, Callable[[str, int, int], Iterator[Edit]]] = {
    "full-width-colon": _colon,
    "missing-space": _space,
    "full-width-comma": _comma,
    "full-width-bracket": _bracket,
    "full-width-quote": _quotes,
}
