"""The words of customer tags: what a label or a header is about."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tagctl import labels
from tagctl.labels import lexicon
from tagctl.model import KINDS

DATA = json.loads((Path(labels.__file__).parent / "data" / "lexicon.json").read_text("utf-8"))


@pytest.mark.parametrize(
    ("label", "dimension"),
    [
        ("VIP", "价值"),
        ("ｖｉｐ客户", "价值"),
        ("沉睡用户", "生命周期"),
        ("潛在客戶", "生命周期"),
        ("News-letter", "行为"),
        ("Repeat buyers", "价值"),
        ("近30天未登录", "行为"),
        ("健身控", "兴趣"),
        ("wine lover", "兴趣"),
        ("90后", "年龄段"),
        ("TikTok", "来源"),
        ("要发票", None),
        ("近", None),
        ("", None),
    ],
)
def test_what_a_label_is_about(label, dimension):
    found = lexicon.of_label(label)
    assert (found and found.names["zh"]) == dimension


@pytest.mark.parametrize(
    ("header", "about"),
    [
        ("标签", None),
        ("客户标签", None),
        ("Customer tags", None),
        ("兴趣标签", "兴趣"),
        ("Contact_Labels", None),
        ("门店标签", "门店"),
    ],
)
def test_what_a_column_of_labels_is_about(header, about):
    assert lexicon.named_by(header) == about


@pytest.mark.parametrize(
    ("name", "type_"),
    [("登录记录", "login"), ("page views 2026", "view"), ("订单", "order"), ("reviews", "order")],
)
def test_what_events_are_called(name, type_):
    assert lexicon.event_type(name) == type_


def test_every_word_belongs_to_one_dimension():
    words = Counter(word for kind in lexicon.kinds() for word in kind.words)
    assert [word for word, count in words.items() if count > 1] == []
    assert {kind.kind for kind in lexicon.kinds()} == set(KINDS)
    assert all(entry["zh"] and entry["en"] and entry["words"] for entry in DATA["dimensions"])
