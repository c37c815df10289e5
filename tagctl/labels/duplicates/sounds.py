"""How Chinese labels sound, without tones."""

from __future__ import annotations

_FIRST = 0x2E80  # Chinese characters have no lower code


class _Readings(dict[int, str]):
    """By code, the first reading of a character; anything but Chinese stays as it is."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code >= _FIRST:
            from pypinyin import lazy_pinyin  # 300 ms: loaded for Han text only

            character = str(lazy_pinyin(character)[0])
        self[code] = character
        return character


_readings = _Readings()


def pinyin(text: str) -> str:
    """The text with every Chinese character replaced by its reading: 会员 is `huiyuan`."""
    return text.translate(_readings)
