"""Cells become values: each type's accepted spellings, and what it refuses."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tagctl.io.cells import CellError, CellFormat, converter
from tagctl.io.guard import guard, unguard
from tagctl.io.writing import local, money, number

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


def at(*parts, zone=SHANGHAI, fold=0):
    return int(datetime(*parts, tzinfo=zone, fold=fold).timestamp())


GOOD = [
    ("text", " 张三 ", " 张三 "),
    ("text", "00123", "00123"),
    ("text", "null", "null"),
    ("text", "'810000000000000000", "810000000000000000"),
    ("text", "'abc", "'abc"),
    ("text", "''x", "'x"),
    ("text", "'=1+1", "=1+1"),
    ("text", "'＝1", "＝1"),
    ("text", "202401050001\t", "202401050001"),
    ("text", "　", None),
    ("text", "", None),
    ("number", "5", 5.0),
    ("number", "-1,280.50", -1280.5),
    ("number", "１２", 12.0),
    ("number", "(300)", -300.0),
    ("number", "1.5万", 15000.0),
    ("number", "N/A", None),
    ("number", "-", None),
    ("number", "NULL", None),
    ("money", "29.33", 293300),
    ("money", "300", 3000000),
    ("money", "1,280.50", 12805000),
    ("money", "￥300", 3000000),
    ("money", "¥1.2", 12000),
    ("money", "300元", 3000000),
    ("money", "1.5万", 150000000),
    ("money", "1.5万元", 150000000),
    ("money", "１２．５", 125000),
    ("money", "-¥5", -50000),
    ("money", "(¥5.00)", -50000),
    ("money", "CNY 12", 120000),
    ("money", "0.00005", 1),
    ("date", "2024-01-05", "2024-01-05"),
    ("date", "2024/1/5", "2024-01-05"),
    ("date", "2024.1.5", "2024-01-05"),
    ("date", "2024年1月5日", "2024-01-05"),
    ("date", "20240105", "2024-01-05"),
    ("date", "13/01/2024", "2024-01-13"),
    ("date", "01/13/2024", "2024-01-13"),
    ("date", "5-Jan-2024", "2024-01-05"),
    ("date", "Jan 5, 2024", "2024-01-05"),
    ("date", "2024-01-05 00:00:00", "2024-01-05"),
    ("date", "２０２４－０１－０５", "2024-01-05"),
    ("datetime", "2024-01-05 10:00:30", at(2024, 1, 5, 10, 0, 30)),
    ("datetime", "2024/1/5 9:05", at(2024, 1, 5, 9, 5)),
    ("datetime", "2024-01-05", at(2024, 1, 5)),
    ("datetime", "19970101", at(1997, 1, 1)),
    ("datetime", "2024年1月5日 下午3点20分", at(2024, 1, 5, 15, 20)),
    ("datetime", "2024-01-05T10:00:00Z", at(2024, 1, 5, 18)),
    ("datetime", "2024-01-05T10:00:00.123+02:00", at(2024, 1, 5, 16)),
    ("datetime", "2026-05-01 10:00:00 +0200", at(2026, 5, 1, 16)),
    ("datetime", "12/17/2017 2:35 PM", at(2017, 12, 17, 14, 35)),
    ("datetime", "1704420030", 1704420030),
    ("datetime", "1704420030123", 1704420030),
    ("datetime", "20240105100030", at(2024, 1, 5, 10, 0, 30)),
    ("bool", "是", 1),
    ("bool", "No", 0),
    ("bool", "TRUE", 1),
    ("list", '["a", "b"]', '["a", "b"]'),
    ("list", "[Horror;Action]", '["Horror", "Action"]'),
    ("list", "a、b、a", '["a", "b"]'),
    ("list", "[]", None),
]


@pytest.mark.parametrize(("kind", "text", "value"), GOOD)
def test_accepted(kind, text, value):
    found = converter(kind, SHANGHAI)(text)
    assert found == value
    assert type(found) is type(value)


BAD = [
    ("number", "twelve", "not-a-number"),
    ("number", "1,28", "not-a-number"),
    ("number", "20%", "not-a-number"),
    ("number", "1e999", "not-a-number"),
    ("number", "nan(1)", "not-a-number"),
    ("number", "1_000", "not-a-number"),
    ("money", "1e300", "not-a-number"),
    ("money", "￥", "not-a-number"),
    ("date", "2024-02-30", "not-a-date"),
    ("date", "03/04/2024", "ambiguous-date"),
    ("date", "2024-01-05 25:00", "not-a-date"),
    ("date", "20240230100000", "not-a-date"),
    ("date", "05-12", "not-a-date"),
    ("datetime", "2024-01-05 25:00:00", "not-a-date"),
    ("datetime", "yesterday", "not-a-date"),
    ("bool", "maybe", "not-a-bool"),
]


@pytest.mark.parametrize(("kind", "text", "code"), BAD)
def test_refused(kind, text, code):
    with pytest.raises(CellError) as caught:
        converter(kind, SHANGHAI)(text)
    assert caught.value.code == code
    assert caught.value.reason


TIMED = [
    ("2025-01-09 10:00:00", None, SHANGHAI, "2025-01-09", 1),
    ("2025/1/9 9:05", None, SHANGHAI, "2025-01-09", 1),
    ("2025年1月9日 下午3点20分", None, SHANGHAI, "2025-01-09", 1),
    ("20250109100000", None, SHANGHAI, "2025-01-09", 1),
    ("2025-01-09 00:00:00", None, SHANGHAI, "2025-01-09", 0),
    ("2025-01-09T23:30:00Z", None, SHANGHAI, "2025-01-10", 1),
    ("2025-01-09T16:00:00Z", None, SHANGHAI, "2025-01-10", 0),  # midnight here
    ("2025-01-09T00:00:00Z", None, NEW_YORK, "2025-01-09", 0),  # a date, as programs write it
    ("2025-01-09T02:00:00+00:00", None, NEW_YORK, "2025-01-08", 1),
    ("2025-01-09 10:00:00", datetime(2025, 1, 9, 10), SHANGHAI, "2025-01-09", 1),
    ("2025-01-09 00:00:00", datetime(2025, 1, 9), SHANGHAI, "2025-01-09", 0),
    ("2025-01-09", datetime(2025, 1, 8, 23, 59, 59, 999999), SHANGHAI, "2025-01-09", 0),
]


@pytest.mark.parametrize(("text", "value", "zone", "day", "timed"), TIMED)
def test_a_time_of_day_is_dropped_from_a_date_and_counted(text, value, zone, day, timed):
    convert = converter("date", zone)
    assert [convert(text, value), convert(text, value)] == [day, day]
    assert convert.timed == 2 * timed
    if value is None:
        assert convert.column([text, "", text]) == [day, None, day]
        assert convert.timed == 4 * timed
        with pytest.raises(CellError):
            convert.column([text, "no date"])
        assert convert.timed == 4 * timed


def test_identifiers_are_trimmed_and_never_half_a_number():
    key = converter("text", SHANGHAI, role="key")
    assert key(" 00123 ") == "00123"
    assert key("+8613800138000") == "+8613800138000"
    with pytest.raises(CellError) as caught:
        key("3.10101E+17")
    assert caught.value.code == "digits-lost"


def test_formats_of_a_column():
    assert converter("date", SHANGHAI, format=CellFormat(day_first=True))("03/04/2024") == "2024-04-03"
    assert converter("date", SHANGHAI, format=CellFormat(day_first=False))("03/04/2024") == "2024-03-04"
    assert converter("number", SHANGHAI, format=CellFormat(percent=True))("20%") == 0.2
    comma = CellFormat(decimal_comma=True)
    assert converter("money", SHANGHAI, format=comma)("1.280,50") == 12805000
    assert converter("number", SHANGHAI, format=comma)("25,5") == 25.5


def test_currencies():
    yuan = converter("money", SHANGHAI, currency="CNY", rates={"USD": 7.0})
    assert yuan("￥5") == 50000
    assert yuan("$5") == 350000
    with pytest.raises(CellError) as caught:
        yuan("€5")
    assert caught.value.code == "no-rate"
    assert converter("money", SHANGHAI, currency="USD")("$5") == 50000


def test_times_that_occur_twice_or_never():
    clock = converter("datetime", NEW_YORK)
    assert clock("2024-11-03 01:30:00") == at(2024, 11, 3, 1, 30, zone=NEW_YORK)  # the earlier
    assert clock("2024-11-03 01:30:00-05:00") == at(2024, 11, 3, 1, 30, zone=NEW_YORK, fold=1)
    assert clock("2024-03-10 02:30:00") == at(2024, 3, 10, 3, 30, zone=NEW_YORK)  # after the gap
    assert clock("2024-03-10 12:00:00") == at(2024, 3, 10, 12, zone=NEW_YORK)


def test_counts_of_what_is_taken_away():
    key = converter("text", SHANGHAI, role="phone")
    assert [key("'13800138000"), key("'13800138000"), key("13900139000")] == [
        "13800138000",
        "13800138000",
        "13900139000",
    ]
    assert key.unguarded == 2
    amounts = converter("money", SHANGHAI)
    assert [amounts("null"), amounts("5"), amounts("-")] == [None, 50000, None]
    assert amounts.nulls == 2


def test_an_id_written_as_a_formula_of_its_text_is_that_text():
    order = converter("text", SHANGHAI, role="id")
    assert [order('="0012"'), order('="3300000000000000108" ')] == ["0012", "3300000000000000108"]
    assert order.unguarded == 2
    assert converter("text", SHANGHAI)('="a"&"b"') == '="a"&"b"'
    assert converter("money", SHANGHAI)('="12.50"') == 125000


def test_unguarded_files_keep_their_apostrophes():
    assert converter("text", SHANGHAI, guarded=False)("'5") == "'5"


# ── the formula guard ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "＝1",
        "＋1a",
        "'x",
        "\u202e=1",
        " =1",
        "\ufeff=1",
    ],
)
def test_guarded(text):
    assert guard(text) == "'" + text


@pytest.mark.parametrize(
    "text", ["", "-5", "+8613800138000", "+1 (555) 010-0000", "-0.5", "a=b", "老客户", "1-2"]
)
def test_not_guarded(text):
    assert guard(text) == text


nasty = st.text(alphabet=st.sampled_from('="+-@\'\t\r\n ＝＋－＠０５a5老,"\u200b'), max_size=6) | st.text(
    max_size=8
)


@given(nasty)
def test_unguard_restores_what_guard_did(text):
    assert unguard(guard(text)) == text


@given(nasty)
def test_what_is_written_never_starts_a_formula(text):
    written = guard(text)
    assert written[:1] not in set("=@\t\r＝＋－＠")


# ── what we write reads back ─────────────────────────────────────────────────────────────────────


@given(st.integers(-(2**62), 2**62))
def test_money_reads_back(stored):
    assert converter("money", SHANGHAI)(money(stored)) == stored


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e29, max_value=1e29))
def test_numbers_read_back(stored):
    assert converter("number", SHANGHAI)(number(stored)) == stored


@pytest.mark.parametrize("zone", [SHANGHAI, NEW_YORK, ZoneInfo("Australia/Lord_Howe")])
@given(stored=st.integers(-2_000_000_000, 4_000_000_000) | st.integers(1730600000, 1730620000))
def test_instants_read_back(zone, stored):
    assert converter("datetime", zone)(local(stored, zone)) == stored


CELLS = st.sampled_from(
    [
        *(
            "",
            " ",
            "a",
            " a",
            "a ",
            "a\t",
            "'=1",
            "'1",
            "=1",
            '="001"',
            "＝1",
            "\u3000x",
            "1",
            "12.50",
            "0.07",
        ),
        *("1.00\n2.00", "12.5", "1e3", "1.234E+12", "+86 138", "null", "NULL", "¥3.00", "９.00", "a@b.c"),
        *("123456789012345.00", "-1.00"),
    ]
)


@settings(phases=[Phase.explicit, Phase.generate])
@given(st.sampled_from(["text", "money", "number", "date"]), st.sampled_from([None, "key"]), st.lists(CELLS))
def test_cells_together_are_what_each_is(kind, role, texts):
    alone, together = (converter(kind, SHANGHAI, role=role, currency="CNY") for _ in range(2))
    try:
        expected = [alone(text) for text in texts]
    except CellError as error:
        with pytest.raises(CellError, match=re.escape(str(error))):
            together.column(texts)
    else:
        assert together.column(texts) == expected
        assert (together.unguarded, together.nulls) == (alone.unguarded, alone.nulls)
