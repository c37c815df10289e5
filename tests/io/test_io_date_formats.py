"""Dates written in a format that the user states: read as they were written, with or without a time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagctl.io.cells import CellError, CellFormat, converter
from tagctl.io.moments import by_pattern, day_first

ZONE = ZoneInfo("Asia/Shanghai")
DATES = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%Y%m%d", "%d%m%Y", "%y-%m-%d", "%d. %B %Y", "%Y年%m月%d日")
MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(2068, 12, 31)).map(lambda at: at.replace(microsecond=0))


def reader(kind, pattern):
    return converter(kind, ZONE, format=CellFormat(day_first=day_first(pattern), pattern=pattern))


@given(MOMENTS, st.sampled_from(DATES))
def test_a_date_is_read_as_it_was_written(moment, pattern):
    assert reader("date", pattern)(moment.strftime(pattern)) == moment.date().isoformat()


@given(MOMENTS, st.sampled_from(DATES), st.sampled_from((" %H:%M:%S", " %I.%M.%S %p")))
def test_a_time_beside_it_too(moment, pattern, clock):
    text = moment.strftime(pattern + clock)
    assert reader("datetime", pattern + clock)(text) == int(moment.replace(tzinfo=ZONE).timestamp())


@given(MOMENTS, st.sampled_from(("%d/%m/%Y", "%m/%d/%Y")))
def test_a_time_that_the_format_does_not_tell_is_read_all_the_same(moment, pattern):
    text = moment.strftime(f"{pattern} %H:%M:%S")
    assert reader("datetime", pattern)(text) == int(moment.replace(tzinfo=ZONE).timestamp())


@pytest.mark.parametrize("text", ["2026-04-03", "2026/4/3", "2026年4月3日", "3 Apr 2026"])
def test_what_is_clear_needs_no_format(text):
    assert reader("date", "%m/%d/%Y")(text) == "2026-04-03"


@pytest.mark.parametrize(
    ("text", "pattern"), [("201111", "%Y%m%d"), ("13812345678", "%Y%m%d"), ("", "%d/%m/%Y")]
)
def test_digits_that_are_no_date_stay_digits(text, pattern):
    assert by_pattern(text, pattern) is None


def test_a_date_against_the_format_is_an_error():
    with pytest.raises(CellError):
        reader("date", "%d/%m/%Y")("12/31/2026")
