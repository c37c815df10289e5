"""Words that other languages have for those of a condition: SQL, programming, Chinese."""

from __future__ import annotations

from tagctl.messages import _
from tagctl.normalise import identity

_OURS = {
    "all": ("and", "&&", "且", "并且", "全部", "所有"),
    "any": ("or", "||", "或", "或者", "任一"),
    "not": ("!", "非", "不是"),
    "is": ("=", "==", "===", "eq", "equal", "equals", "等于", "是"),
    "is_not": ("!=", "<>", "ne", "neq", "not_equal", "不等于"),
    "at_least": (">=", "gte", "ge", "大于等于", "不小于", "不少于", "至少", "from"),
    "at_most": ("<=", "lte", "le", "小于等于", "不大于", "不超过", "至多", "最多", "to"),
    "above": (">", "gt", "more_than", "greater_than", "大于", "超过", "高于", "多于"),
    "below": ("<", "lt", "less_than", "under", "小于", "低于", "少于", "不足"),
    "not_in": ("nin", "不在"),
    "contains": ("like", "includes", "包含"),
    "not_contains": ("不包含",),
    "matches": ("regex", "regexp", "=~"),
    "within": ("last_days", "past", "最近"),
    "field": ("column", "property", "attribute", "字段"),
    "metric": ("指标",),
    "count": ("次数", "数量"),
    "sum": ("total", "合计", "总和"),
    "avg": ("average", "mean", "平均"),
    "distinct": ("unique", "去重"),
    "tag": ("label", "标签"),
}
_OTHER = {other: ours for ours, others in _OURS.items() for other in others}


def advice(word: str) -> str:
    """What to write in place of another language's word; empty where it is none."""
    ours = _OTHER.get(identity(word))
    return _("Write `{word}`.").format(word=ours) if ours else ""
