"""The encoding of a text file: BOM, strict UTF-8, then others by evidence over the whole file."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tagctl.errors import DataError, Location, Problem, UsageProblem
from tagctl.messages import _

_CHUNK = 1 << 20
_EVIDENCE = 200_000  # bytes of lines with non-ASCII characters that are weighed
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LATIN_SIGNS = re.compile(rb"(?<![\x80-\xff])[\x80-\xbf](?![\x80-\xff])")
_LATIN_LETTERS = re.compile(rb"(?<![\x80-\xff])[\xc0-\xff](?![\x80-\xff])")


@dataclass(frozen=True, slots=True)
class Encoding:
    """What open() wants, and a note where it was guessed from the letters."""

    name: str
    note: str | None = None


def detect(path: Path, wanted: str | None = None) -> Encoding:
    """The file's encoding: all of it decodes, and it holds no NUL. Raises DataError, UsageProblem."""
    if wanted is not None:
        found = Encoding(_known(wanted, path))
    else:
        found = _guess(path)
    _decode_all(path, found.name)
    return found


def _known(wanted: str, path: Path) -> str:
    try:
        name = codecs.lookup(wanted).name
    except LookupError:
        raise UsageProblem(
            Problem(
                "unknown-encoding",
                _("There is no encoding {name}.").format(name=wanted),
                _("Common ones: utf-8, gb18030, big5, utf-16, shift_jis, cp1252."),
            )
        ) from None
    with path.open("rb") as file:
        start = file.read(4)
    if name == "utf-8" and start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "gb18030" if name in ("gbk", "gb2312") else name


def _guess(path: Path) -> Encoding:
    with path.open("rb") as file:
        start = file.read(4096)
    for bom, name in _BOMS:
        if start.startswith(bom):
            return Encoding(name)
    if b"\0" in start:
        wide = _wide(start)
        if wide:
            return Encoding(wide, _("Read as {encoding}, judging by its bytes.").format(encoding=wide))
    if _decodes(path, "utf-8"):
        return Encoding("utf-8")
    return _weigh(path)


def _wide(start: bytes) -> str | None:
    """UTF-16 without a BOM: every second byte of ASCII text is NUL."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) / 2
    if odd > half * 0.3 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.3 and odd < half * 0.05:
        return "utf-16-be"
    return None


def _weigh(path: Path) -> Encoding:
    """Not UTF-8: GB18030, Big5, Shift JIS or Western, whichever makes common characters of the bytes."""
    evidence = _evidence(path)
    damaged = _damaged_utf8(evidence)
    if damaged:
        _decode_all(path, "utf-8")  # raises, with the place
    scores = sorted(
        ((score(evidence) * weight, name) for name, weight, score in _CANDIDATES if _decodes(path, name)),
        reverse=True,
    )
    if not scores or scores[0][0] < 0.25:
        raise DataError(
            Problem(
                "unclear-encoding",
                _("The encoding of the file is unclear: it is not UTF-8, and its letters fit no other well."),
                _("Name it with --encoding: gb18030, big5, shift_jis, cp1252 …"),
                Location(file=path.name),
            )
        )
    name = scores[0][1]
    return Encoding(name, _("Read as {encoding}, judging by its letters.").format(encoding=name))


def _evidence(path: Path) -> bytes:
    """Lines with non-ASCII bytes, ASCII runs shortened away where there are many."""
    found: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                found.append(line)
                size += len(line)
                if size > _EVIDENCE:
                    break
    return b"".join(found)


def _damaged_utf8(evidence: bytes) -> bool:
    """Mostly valid UTF-8 sequences and a few bad bytes: a damaged file, not another encoding."""
    text = evidence.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f") - bad
    # Three bytes that fit together, as Han letters have, hardly ever occur in another encoding.
    threes = sum(1 for c in text if c > "\u07ff") - bad
    return good > 10 * bad or threes > bad


def _gb18030(evidence: bytes) -> float:
    """The share of non-ASCII characters that are among the 3755 commonest Chinese ones, or punctuation."""
    return _share(evidence, "gb18030", "gb2312", lambda b: 0xB0 <= b[0] <= 0xD7 or b[0] in (0xA1, 0xA3))


def _big5(evidence: bytes) -> float:
    return _share(evidence, "big5", "big5", lambda b: 0xA4 <= b[0] <= 0xC6 or b[0] in (0xA1, 0xA2))


def _shift_jis(evidence: bytes) -> float:
    return _share(evidence, "shift_jis", "shift_jis", lambda b: len(b) == 2 and 0x81 <= b[0] <= 0x97)


def _western(evidence: bytes) -> float:
    """The share of non-ASCII bytes that stand alone and are accented letters (signs such as © count half)."""
    high = sum(1 for b in evidence if b > 0x7F)
    good = len(_LATIN_LETTERS.findall(evidence)) + len(_LATIN_SIGNS.findall(evidence)) / 2
    return good / high if high else 0.0


def _share(evidence: bytes, codec: str, table: str, common: Callable[[bytes], bool]) -> float:
    text = evidence.decode(codec, "replace")
    wide = [c for c in text if c > "\x7f"]
    good = 0
    for character in wide:
        try:
            good += common(character.encode(table))
        except UnicodeEncodeError:
            continue
    return good / len(wide) if wide else 0.0


# Chinese first: much of what is frequent as Big5 is so as GB18030 too, and short files are mostly the latter.
_CANDIDATES: tuple[tuple[str, float, Callable[[bytes], float]], ...] = (
    ("gb18030", 1.15, _gb18030),
    ("big5", 1.0, _big5),
    ("shift_jis", 1.0, _shift_jis),
    ("cp1252", 1.0, _western),
    ("latin-1", 0.9, _western),
)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _decodes(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _decode_all(path: Path, name: str) -> None:
    """Decode the whole file; DataError with the line of the first byte that does not fit, or of a NUL."""
    decoder = codecs.getincrementaldecoder(name)()
    line = 1
    for chunk in chain(_chunks(path), (b"",)):
        try:
            text = decoder.decode(chunk, not chunk)
        except UnicodeDecodeError as error:
            raise DataError(_undecodable(path, name, line, error)) from None
        if "\0" in text:
            line += _lines(text[: text.index("\0")])
            raise DataError(
                Problem(
                    "nul-byte",
                    _("The file holds a NUL byte: it is damaged, or not a text file."),
                    _("Export it again, or remove the byte."),
                    Location(file=path.name, line=line),
                )
            )
        line += _lines(text)


def _undecodable(path: Path, name: str, line: int, error: UnicodeDecodeError) -> Problem:
    before = bytes(error.object[: error.start])
    line += before.count(b"\n")
    return Problem(
        "bad-bytes",
        _("Byte 0x{byte:02X} is not {encoding} text.").format(byte=error.object[error.start], encoding=name),
        _("Name the file's encoding with --encoding, or export it again as UTF-8."),
        Location(file=path.name, line=line),
    )


def _lines(text: str) -> int:
    return text.count("\n") or text.count("\r")
