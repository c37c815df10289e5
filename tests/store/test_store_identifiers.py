"""What makes two texts the same phone, e-mail address or account name, and what identifies nobody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tagctl.sql import Sql
from tagctl.store.connection import open_private
from tagctl.store.identifiers import _perhaps, define, nobody, normal
from tagctl.store.phones import e164, region_of

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "identifiers.yaml").read_text("utf-8"))


@pytest.mark.parametrize(("form", "region", "text", "expected"), CASES)
def test_the_normal_form(form, region, text, expected):
    assert normal(form, text, region) == expected


@given(st.integers(13_000_000_000, 19_999_999_999), st.lists(st.sampled_from("- ."), max_size=4), st.data())
def test_punctuation_and_the_calling_code_make_no_difference(number, marks, data):
    plain = str(number)
    text = plain
    for mark in marks:
        place = data.draw(st.integers(1, len(text) - 1))
        text = text[:place] + mark + text[place:]
    assert e164(text, "CN") == e164(f"+86 {text}", "CN") == e164(plain, "CN") == f"+86{plain}"


@given(st.sampled_from(["CN", "US", "GB", "IT", "HK", "XX"]), st.text(max_size=30))
def test_any_text_is_a_number_or_none_and_a_number_stays_itself(region, text):
    found = e164(text, region)
    assert found is None or e164(found, region) == found


@pytest.mark.parametrize(
    ("zone", "region"),
    [("Asia/Shanghai", "CN"), ("Europe/Rome", "IT"), ("America/Denver", "US"), ("UTC", "CN")],
)
def test_the_region_is_that_of_the_zone(zone, region):
    assert region_of(zone) == region


@pytest.mark.parametrize(
    ("key", "as_contact", "as_number"),
    [
        ("138****8000", 1, 1), ("t**1", 1, 1), ("张＊＊", 1, 1), ("无", 1, 1), ("None", 1, 1),
        ("TEST@TEST.COM", 1, 0), ("00000000000", 1, 0), ("1111111", 1, 0), ("13800138000", 1, 0),
        ("C001", 0, 0), ("13812345678", 0, 0), ("0", 0, 0), ("111", 0, 0), ("aaaaaaaa", 0, 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("contact", [True, False])
def test_what_is_nobodys_key(key, as_contact, as_number, contact):
    from tagctl.store.connection import open_private

    with open_private() as store:
        store.execute("CREATE TEMP TABLE t (k)")
        store.execute("INSERT INTO temp.t VALUES (?)", (key,))
        condition = nobody("t.k", contact=contact)
        found = store.value(f"SELECT {condition.text} FROM temp.t", condition.params)
    assert found == (as_contact if contact else as_number)


# Texts of a few numbers and names in every spelling, and anything.
_SPELT = st.one_of(
    st.sampled_from([text for _form, _region, text, _expected in CASES]),
    st.text("0123456789+-() ./*aA@.x　（０１２３ＡéßK\u200b王伟İ\t", max_size=16),
    st.text(max_size=8),
)


@pytest.fixture(scope="module")
def store():
    with open_private() as made:
        yield made


@settings(phases=(Phase.explicit, Phase.generate), max_examples=200, deadline=None)
@given(st.sampled_from(["CN", "US", "GB", "IT", "HK"]), st.lists(_SPELT, min_size=2, max_size=12))
def test_no_value_that_is_sought_is_passed_over_unasked(store, region, texts):
    store.identifying = replace(store.identifying, region=region)
    define(store)
    store.execute("DROP TABLE IF EXISTS temp.spelt")
    store.execute("CREATE TEMP TABLE spelt (text TEXT)")
    store.executemany("INSERT INTO spelt VALUES (?)", ((text.replace("\x00", ""),) for text in texts))
    for form, asked in (("phone", "phone"), ("phone", "id"), ("email", "email"), ("text", "text")):
        sought = Sql(f"SELECT tagctl_identifier('{form}', text) AS value FROM spelt")
        passed = Sql(f"SELECT text FROM spelt s WHERE tagctl_identifier('{asked}', text) IN (") + sought
        passed += Sql(") AND (") + _perhaps(form, "s.text", sought) + Sql(") IS NOT 1")
        assert store.rows(passed) == []


@pytest.mark.parametrize("text", ["13900001111", "+86 139 0000 1111", "C0001", "138****5678", "a@x.cn"])
def test_others_are_told_without_working_out_what_they_are(store, text):
    sought = Sql("SELECT '+8613812345678' AS value")
    assert store.value(Sql("SELECT ") + _perhaps("phone", f"'{text}'", sought)) == 0
