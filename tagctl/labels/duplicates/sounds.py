"""How Chinese labels sound, without tones."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1 << 16)
def syllable(character: str) -> str:
    """The first reading of a character, without its tone; of anything else the character itself."""
    from pypinyin import lazy_pinyin  # 300 ms: loaded for Han text only

    return str(lazy_pinyin(character, v_to_u=False)[0])


def pinyin(text: str) -> str:
    """The text with every Chinese character replaced by its reading: 会员 is `huiyuan`."""
    return "".join(syllable(c) if c > "\u2e7f" else c for c in text)
