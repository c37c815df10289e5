"""The encoding of a text file: BOM, strict UTF-8, then others by evidence over the whole file."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.io import letters
from tagctl.messages import _

_CHUNK = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PARTING = (b",", b";", b"|", b"\t", b"\n", b"\r")
_FITS = 0.25  # the share of common letters that makes an encoding the likely one
_NEARLY = 0.8  # the share where a few bytes do not fit


@dataclass(frozen=True, slots=True)
class Encoding:
    """What open() wants, and a note where it was guessed."""

    name: str
    note: str | None = None


def detect(path: Path, wanted: str | None = None) -> Encoding:
    """The file's encoding: all of it decodes, and it holds no NUL. Raises DataError, UsageProblem."""
    with path.open("rb") as file:
        start = file.read(4096)
    name, note = (_known(wanted, start), None) if wanted is not None else _told(start)
    flaw = _flaw(path, name)
    if flaw is not None and flaw.code == "bad-bytes" and wanted is None and name == "utf-8":
        name = _by_letters(path, flaw)
        note = _("Read as {encoding}, judging by its letters.").format(encoding=name)
        flaw = None  # all of it was decoded
    if flaw is not None:
        raise DataError(flaw)
    return Encoding(name, note)


def _known(wanted: str, start: bytes) -> str:
    try:
        name = codecs.lookup(wanted).name
        "".encode(name)  # base64 and the like are no encodings of text
    except LookupError:
        raise UsageProblem(
            Problem(
                "unknown-encoding",
                _("There is no encoding {name}.").format(name=wanted),
                _("Common ones: utf-8, gb18030, big5, utf-16, shift_jis, cp1252."),
            )
        ) from None
    if name == "utf-8" and start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "gb18030" if name in ("gbk", "gb2312") else name


def _told(start: bytes) -> tuple[str, str | None]:
    """What the first bytes say: a BOM, or NULs in every second place; else UTF-8 until it fails."""
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name, None
    wide = _wide(start) if b"\0" in start else None
    if wide:
        return wide, _("Read as {encoding}, judging by its bytes.").format(encoding=wide)
    return "utf-8", None


def _wide(start: bytes) -> str | None:
    """UTF-16 without a BOM: what parts cells and lines takes two bytes, one of them NUL, always the same."""
    units = Counter(start[i : i + 2] for i in range(0, len(start), 2))
    single = sum(start.count(sign) for sign in _PARTING)
    for name in ("utf-16-le", "utf-16-be"):
        wide = sum(units[sign.decode().encode(name)] for sign in _PARTING)
        if wide > 1 and wide * 2 > single:  # such bytes occur in Chinese letters too
            return name
    return None


def _by_letters(path: Path, flaw: Problem) -> str:
    """Not UTF-8, as the flaw tells: whichever other encoding makes common characters of the bytes."""
    evidence = letters.evidence(path)
    if letters.damaged_utf8(evidence):
        raise DataError(flaw)
    ranked = [(share, name) for share, name in letters.ranked(evidence) if share >= _FITS]
    flaws: list[tuple[float, Problem]] = []
    for share, name in ranked:
        found = _flaw(path, name)
        if found is None:
            return name
        flaws.append((share, found))
    if flaws and flaws[0][0] >= _NEARLY:
        raise DataError(flaws[0][1])
    raise DataError(
        Problem(
            "unclear-encoding",
            _("The encoding of the file is unclear: it is not UTF-8, and its letters fit no other well."),
            _("Name it with --encoding: gb18030, big5, shift_jis, cp1252 …"),
            flaw.location,
        )
    )


def _flaw(path: Path, name: str) -> Problem | None:
    """The first byte of the whole file that does not fit the encoding, or the first NUL."""
    decoder = codecs.getincrementaldecoder(name)()
    place = _Place()
    offset = 0
    for chunk in chain(_chunks(path), (b"",)):
        state = decoder.getstate()
        try:
            text = decoder.decode(chunk, not chunk)
        except UnicodeDecodeError as error:
            # error.object ends where this chunk does, and may begin with bytes of the one before.
            fits = len(chunk) - len(error.object) + error.start
            decoder.setstate(state)
            place.pass_over(decoder.decode(chunk[: max(fits, 0)]))
            return _undecodable(path, name, place, offset + fits, error.object[error.start])
        if "\0" in text:
            before = text[: text.index("\0")]
            start = offset - len(state[0])
            bom = len("".encode(name)) if offset else 0  # encode() writes one each time
            place.pass_over(before)
            return _nul(path, place, start + len(before.encode(name)) - bom)
        place.pass_over(text)
        offset += len(chunk)
    return None


class _Place:
    """A line and column in a text, counted from 1."""

    def __init__(self) -> None:
        self.line = self.column = 1

    def pass_over(self, text: str) -> None:
        lines = _lines(text)
        if lines:
            self.line += lines
            self.column = len(text) - max(text.rfind("\n"), text.rfind("\r"))
        else:
            self.column += len(text)


def _lines(text: str) -> int:
    return text.count("\n") or text.count("\r")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _undecodable(path: Path, name: str, place: _Place, offset: int, byte: int) -> Problem:
    return Problem(
        "bad-bytes",
        _("Byte 0x{byte:02X}, number {number} of the file, is not {encoding} text.").format(
            byte=byte, number=offset + 1, encoding=name
        ),
        _("Name the file's encoding with --encoding, or export it again as UTF-8."),
        Location(file=path.name, line=place.line, column=place.column),
    )


def _nul(path: Path, place: _Place, offset: int) -> Problem:
    return Problem(
        "nul-byte",
        _("Byte number {number} of the file is NUL: it is damaged, or not a text file.").format(
            number=offset + 1
        ),
        _("Export it again, or remove the byte."),
        Location(file=path.name, line=place.line, column=place.column),
    )
