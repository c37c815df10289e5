"""Rows that are no data: totals under (and between) the rows, and remarks below the table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_WORDS: Final = frozenset(
    {
        "合计",
        "合計",
        "总合计",
        "总计",
        "總計",
        "小计",
        "小計",
        "本页合计",
        "本页小计",
        "共计",
        "共計",
        "汇总",
        "累计",
    }
    | {"total", "totals", "grandtotal", "subtotal", "sub-total"}
)
_LAST: Final = frozenset(word[-1] for word in _WORDS) | {"L", "S", ":", "：", " "}
_LONGEST: Final = 20
_FIRST: Final = frozenset("备備说說附注註制製审審填统統数數导導打以NnRrSs ")
_REMARK: Final = re.compile(
    r"\s*(?:(?:备注|備註|说明|說明|附注|附註|注|註|[制製]表[人日]?期?|审核人?|審核人?|填表[人日]?期?|[统統][计計](?:时间|日期|人)|"
    r"[数數][据據](?:来源|來源|截[至止])|[导導]出(?:时间|日期|人)|打印(?:时间|日期|人)|notes?|remarks?|source)\s*[:：]"
    r"|以上(?:数据|數據|内容|內容|信息|资料|資料))",
    re.IGNORECASE,
)


def is_total(text: str) -> bool:
    """Whether a cell says that its row is a total: 合 计, 总计：, Grand Total."""
    if text[-1:] not in _LAST or len(text) > _LONGEST:
        return False
    return "".join(text.split()).rstrip(":：").lower() in _WORDS


def is_remark(text: str) -> bool:
    """Whether a cell begins as remarks below a table do: 备注：…, 制表人：…, Note: …"""
    return text[:1] in _FIRST and _REMARK.match(text) is not None


def no_aside(keys: Sequence[str]) -> bool:
    """Whether first and last characters tell that these keys are all of rows of data, as they mostly are."""
    ends = {key[-1:] for key in keys}
    return "" not in ends and ends.isdisjoint(_LAST) and _FIRST.isdisjoint({key[0] for key in keys})


def aside(texts: Sequence[str], key: str | None = None) -> str | None:
    """What a row is that is no data, as the code of its reject; None for a row of data.

    Its `key` says so, or its first filled cell where it has no key and is not full as a row of data would be.
    """
    if key and key[-1] not in _LAST and key[0] not in _FIRST:
        return None
    if key and is_total(key):
        return "total-row"
    first = key or next((text for text in texts if text), "")
    if "" not in texts:
        return None
    if is_remark(first):
        return "remark"
    return "total-row" if is_total(first) else None
