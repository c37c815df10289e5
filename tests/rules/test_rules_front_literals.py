"""Scalars to values: durations, numbers, money, shares, dates and instants."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tagctl.model import Duration, Share
from tagctl.rules import literals
from tagctl.rules.nodes import Node, Source
from tagctl.rules.problems import Problems

SOURCE = Source("f")


def read(reader, text: str, *, plain: bool = True):
    """(value, codes of problems, what to do)."""
    problems = Problems()
    node = Node("scalar", SOURCE, text=text, plain=plain)
    found = reader(node, problems)
    return found, [p.code for p in problems.errors], [p.next for p in problems.errors]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30d", Duration(30, "d")),
        ("30 d", Duration(30, "d")),
        ("48h", Duration(48, "h")),
        ("2w", Duration(2, "w")),
        ("3mo", Duration(3, "mo")),
        ("1y", Duration(1, "y")),
        ("30天", Duration(30, "d")),
        ("12小时", Duration(12, "h")),
        ("2 周", Duration(2, "w")),
        ("3个月", Duration(3, "mo")),
        ("1年", Duration(1, "y")),
    ],
)
def test_durations(text, expected):
    assert read(literals.duration, text) == (expected, [], [])


@pytest.mark.parametrize(
    ("text", "code", "advice"),
    [
        ("3m", "bare-m", "Write 3mo for months; the shortest unit is h, hours."),
        ("3M", "bare-m", "Write 3mo for months; the shortest unit is h, hours."),
        ("30D", "bad-duration", "Write 30d."),
        ("30", "bad-duration", "Write 30d."),
        ("30 days", "bad-duration", "Write 30d."),
        ("３０天", "bad-duration", "Write 30d."),
        ("3月", "bad-duration", "Write 3mo."),
        ("7日", "bad-duration", "Write 7d."),
        ("2星期", "bad-duration", "Write 2w."),
        ("1.5d", "bad-duration", "Write for example 30d."),
        ("-3d", "bad-duration", "Write for example 30d."),
        ("0d", "bad-duration", "Write for example 30d."),
        ("999999999999999999999y", "bad-duration", "Write for example 30d."),
    ],
)
def test_wrong_durations(text, code, advice):
    assert read(literals.duration, text) == (None, [code], [advice])


@pytest.mark.parametrize(("text", "expected"), [("0", 0.0), ("-3", -3.0), ("+0.25", 0.25), ("100000", 1e5)])
def test_numbers(text, expected):
    assert read(literals.number, text) == (expected, [], [])


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("1,280.50", "Write 1280.50."),
        ("￥300", "Write 300."),
        ("20%", "Write 0.2."),
        ("1.5万", "Write 15000."),
        ("2万", "Write 20000."),
        (".5", "Write 0.5."),
        ("１２", "Write 12."),
        ("三", "Write digits only, such as 500 or 0.5."),
        ("1e5", "Write digits only, such as 500 or 0.5."),
        ("nan", "Write digits only, such as 500 or 0.5."),
        ("9" * 400, "Write digits only, such as 500 or 0.5."),
    ],
)
def test_wrong_numbers(text, advice):
    assert read(literals.number, text) == (None, ["bad-number"], [advice])


@pytest.mark.parametrize(
    ("text", "expected"), [("500", 5_000_000), ("0.0001", 1), ("-19.9", -199_000), ("1280.5000", 12_805_000)]
)
def test_money(text, expected):
    assert read(literals.money, text) == (expected, [], [])


@pytest.mark.parametrize("text", ["0.00001", "99999999999999999999", "500元"])
def test_wrong_money(text):
    assert read(literals.money, text)[:2] == (None, ["bad-money"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20%", Share(share=0.2)),
        ("0.5%", Share(share=0.005)),
        ("100%", Share(share=1.0)),
        ("100", Share(count=100)),
    ],
)
def test_shares(text, expected):
    assert read(literals.share, text) == (expected, [], [])


@pytest.mark.parametrize("text", ["0%", "101%", "0", "-3", "1.5", "全部"])
def test_wrong_shares(text):
    assert read(literals.share, text)[:2] == (None, ["bad-share"])


@pytest.mark.parametrize(
    ("text", "plain", "code"),
    [
        ("上海", True, None),
        ("no", False, None),
        ("007", False, None),
        ("1001", True, None),
        ("12:30", True, None),
        ("no", True, "yaml-word"),
        ("Yes", True, "yaml-word"),
        ("true", True, "yaml-word"),
        ("007", True, "leading-zero"),
        ("", True, "missing-value"),
        ("~", True, "missing-value"),
        ("  ", False, "missing-value"),
    ],
)
def test_texts(text, plain, code):
    found, codes, _advice = read(literals.text, text, plain=plain)
    assert codes == ([code] if code else [])
    assert found == (None if code else text)


def span(text: str, zone: str):
    return read(lambda node, problems: literals.moment(node, ZoneInfo(zone), problems), text)[0]


@pytest.mark.parametrize(
    ("text", "zone", "first", "last"),
    [
        ("2026-01-01", "UTC", "2026-01-01T00:00:00+00:00", "2026-01-01T23:59:59+00:00"),
        ("2026-01-01", "Asia/Shanghai", "2025-12-31T16:00:00+00:00", "2026-01-01T15:59:59+00:00"),
        # the day on which New York's clocks spring forward has 23 hours, the autumn one 25
        ("2026-03-08", "America/New_York", "2026-03-08T05:00:00+00:00", "2026-03-09T03:59:59+00:00"),
        ("2026-11-01", "America/New_York", "2026-11-01T04:00:00+00:00", "2026-11-02T04:59:59+00:00"),
        # a time that does not exist is read with the offset from before; one that is twice, the first time
        ("2026-03-08 02:30", "America/New_York", "2026-03-08T07:30:00+00:00", "2026-03-08T07:30:00+00:00"),
        ("2026-11-01 01:30", "America/New_York", "2026-11-01T05:30:00+00:00", "2026-11-01T05:30:00+00:00"),
        ("2026-01-01T08:00:05Z", "Asia/Shanghai", "2026-01-01T08:00:05+00:00", "2026-01-01T08:00:05+00:00"),
        ("2026-01-01 08:00+08:00", "UTC", "2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"),
    ],
)
def test_moments(text, zone, first, last):
    expected = tuple(int(datetime.fromisoformat(end).timestamp()) for end in (first, last))
    assert span(text, zone) == expected


@pytest.mark.parametrize(
    "text", ["2026-1-1", "2026/01/01", "20260101", "2026-01-01 8:00", "2026-13-01", "昨天"]
)
def test_wrong_moments(text):
    assert span(text, "UTC") is None
