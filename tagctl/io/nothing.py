"""Words that are written where there is nothing to say."""

from __future__ import annotations

from typing import Final

# By databases and programs; missing in every type but text.
NULLS: Final = frozenset({"null", "n/a", "na", "nan", "none", "nil", "\\n", "-", "--", "—", "(null)"})
# By people and programs (folded), for a customer who has no tag.
NO_TAGS: Final = NULLS | {
    "0", "/", "——", "[]", "{}", "空", "(空)", "无", "無", "没有", "沒有", "暂无", "暫無",
    "无标签", "暂无标签", "没有标签", "未打标", "未打标签", "未贴标签", "未标记", "未设置", "未填", "未填写",
    "no tag", "no tags", "untagged",
}  # fmt: skip
