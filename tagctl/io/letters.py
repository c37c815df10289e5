"""How much of a text would be common letters of a language, were it in this or that older encoding."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

_EVIDENCE = 200_000  # bytes of lines with non-ASCII characters that are weighed
_LINE = 1 << 16  # a line is looked at no longer than this
_ENOUGH = 16  # different characters, below which Korean is not told from Chinese

_LATIN_SIGNS = re.compile(rb"(?<![\x80-\xff])[\x80-\xbf](?![\x80-\xff])")
_LATIN_LETTERS = re.compile(rb"(?<![\x80-\xff])[\xc0-\xff](?![\x80-\xff])")


def evidence(path: Path) -> bytes:
    """Lines of a file that hold non-ASCII bytes, up to a limit."""
    found: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while line := file.readline(_LINE):
            if not line.isascii():
                found.append(line)
                size += len(line)
                if size > _EVIDENCE:
                    break
    return b"".join(found)


def damaged_utf8(found: bytes) -> bool:
    """Mostly valid UTF-8 sequences and a few bad bytes: a damaged file, not another encoding."""
    text = found.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f") - bad
    # Three bytes that fit together, as Han letters have, hardly ever occur in another encoding.
    threes = sum(1 for c in text if c > "\u07ff") - bad
    return good > 10 * bad or threes > bad


def ranked(found: bytes) -> list[tuple[float, str]]:
    """Encodings with the share of common letters, best first."""
    return sorted(((score(found) * weight, name) for name, weight, score in _CANDIDATES), reverse=True)


def _gb18030(found: bytes) -> float:
    """The share of non-ASCII characters that are among the 3755 commonest Chinese ones, or punctuation."""
    return _share(found, "gb18030", "gb2312", lambda b: 0xB0 <= b[0] <= 0xD7 or b[0] in (0xA1, 0xA3))


def _big5(found: bytes) -> float:
    return _share(found, "big5", "big5", lambda b: 0xA4 <= b[0] <= 0xC6 or b[0] in (0xA1, 0xA2))


def _shift_jis(found: bytes) -> float:
    return _share(found, "shift_jis", "shift_jis", lambda b: len(b) == 2 and 0x81 <= b[0] <= 0x97)


def _euc_jp(found: bytes) -> float:
    """Kana are where GB18030 has them too; Chinese uses none, so without them the text is not Japanese."""
    kana = _share(found, "euc_jp", "euc_jp", lambda b: b[0] in (0xA4, 0xA5))
    kanji = _share(found, "euc_jp", "euc_jp", lambda b: 0xB0 <= b[0] <= 0xCF or b[0] in (0xA1, 0xA3))
    return kana + kanji if kana > 0.05 else 0.0


def _korean(found: bytes) -> float:
    """Hangul lie where GB18030 has its letters from a to s: only a text that never leaves them is Korean."""
    wide = {c for c in found.decode("cp949", "replace") if c > "\x7f"}
    hangul = sum(1 for c in wide if "가" <= c <= "힣")
    return hangul / len(wide) if len(wide) >= _ENOUGH and hangul > 0.95 * len(wide) else 0.0


def _western(found: bytes) -> float:
    """The share of non-ASCII bytes that stand alone and are accented letters (signs such as © count half)."""
    high = sum(1 for b in found if b > 0x7F)
    good = len(_LATIN_LETTERS.findall(found)) + len(_LATIN_SIGNS.findall(found)) / 2
    return good / high if high else 0.0


def _share(found: bytes, codec: str, table: str, common: Callable[[bytes], bool]) -> float:
    text = found.decode(codec, "replace")
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
    ("euc_jp", 1.2, _euc_jp),
    ("cp949", 1.2, _korean),
    ("cp1252", 1.0, _western),
    ("latin-1", 0.9, _western),
)
