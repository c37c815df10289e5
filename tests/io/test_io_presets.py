"""Exports of other products: recognised by their headers, only where all that is needed is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagctl.io import packed, vocabulary
from tagctl.io.headers import recognise
from tagctl.io.moments import day_first
from tagctl.io.table import Row
from tagctl.model import CUSTOMER_ROLES, EVENT_ROLES, TYPES

PRESETS = vocabulary.presets()
CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "presets.yaml").read_text("utf-8"))


def needed(preset: vocabulary.Preset) -> list[str]:
    """One set of headers by which it is recognised."""
    return [sorted(alternatives)[0] for alternatives in preset.headers]


def read(headers, *rows, subject="customer", **options):
    found = recognise(headers, [Row(i, row) for i, row in enumerate(rows, 2)], subject, **options)
    return {guess.header: guess for guess in found}


def key_of(found):
    return next((header for header, guess in found.items() if guess.role == "key"), None)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_says_only_what_there_is(preset):
    roles = CUSTOMER_ROLES if preset.subject == "customer" else EVENT_ROLES
    assert preset.subject in ("customer", "event")
    assert preset.key and not set(preset.key) & set(preset.tags)
    assert set(preset.roles.values()) <= set(roles) - {"key"}
    assert set(preset.types.values()) <= set(TYPES)
    assert set(preset.tags.values()) <= {None, *packed.SEPARATORS}
    assert all(day_first(pattern) is not None for pattern in preset.dates.values())
    assert not preset.paid or (preset.subject == "event" and "status" in preset.roles.values())
    if preset.subject == "event":
        assert {"id", "at"} <= set(preset.roles.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["preset"])
def test_an_export_is_taken_as_its_product_means_it(case):
    subject = case.get("subject", "customer")
    assert vocabulary.preset(case["headers"], subject).name == case["preset"]
    found = read(case["headers"], *case["rows"], subject=subject)
    assert {header: guess.role for header, guess in found.items() if guess.role} == case["roles"]
    types = case.get("types", {})
    assert {header: found[header].type for header in types} == types


def test_names_are_unique_and_none_hides_another():
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    for preset in PRESETS:
        assert vocabulary.preset(needed(preset), preset.subject) == preset


@given(st.sampled_from(PRESETS), st.data())
def test_without_one_of_the_needed_headers_it_is_not_recognised(preset, data):
    headers = needed(preset)
    gone = data.draw(st.sampled_from(range(len(headers))))
    left = [h for i, h in enumerate(headers) if i != gone and h not in preset.headers[gone]]
    assert vocabulary.preset(left, preset.subject) != preset


@given(st.sampled_from(PRESETS), st.data())
def test_case_width_order_and_further_columns_do_not_matter(preset, data):
    spell = st.sampled_from([str.upper, str.title, lambda h: h.replace("e", "ｅ"), lambda h: f" {h} "])
    headers = [data.draw(spell)(header) for header in data.draw(st.permutations(needed(preset)))]
    assert vocabulary.preset([*headers, "Something else"], preset.subject) == preset


def test_the_key_falls_back_to_what_every_row_has():
    headers = ["ID", "Email", "Name", "Organization", "Owner", "Label"]
    ana, ben = ["1", "a@x.org", "Ana", "", "", ""], ["2", "b@x.org", "Ben", "", "", ""]
    assert key_of(read(headers, ana, ben)) == "ID"
    assert key_of(read(headers, ana, ["", *ben[1:]])) == "Email"
    assert key_of(read(headers, ["", *ana[1:]], ["2", "", *ben[2:]])) is None


def test_a_key_that_a_preset_names_may_repeat():
    headers = ["Email Address", "MEMBER_RATING", "LEID", "EUID"]
    found = read(headers, ["a@x.org", "5", "1", "x"], ["a@x.org", "4", "2", "y"])
    assert (key_of(found), found["Email Address"].named) == ("Email Address", True)


def test_a_preset_tells_dates_that_cells_do_not():
    headers = ["EMAIL", "EMAIL_BLACKLISTED", "SMS_BLACKLISTED", "ADDED_TIME", "OTHER_TIME"]
    row = ["a@x.org", "No", "No", "03-04-2022 09:30", "03-04-2022 09:30"]
    found = read(headers, row)
    assert (found["ADDED_TIME"].type, found["ADDED_TIME"].format.day_first) == ("datetime", True)
    assert found["OTHER_TIME"].type == "text"


def test_a_date_format_given_reads_what_is_ambiguous_or_unusual():
    headers = ["id", "注册日期", "登记时间"]
    row = ["1", "03/04/2022", "04.03.22"]
    assert read(headers, row)["注册日期"].type == "text"
    for pattern, first in (("%d/%m/%Y", True), ("%m/%d/%Y", False)):
        guess = read(headers, row, pattern=pattern)["注册日期"]
        assert (guess.type, guess.format.day_first) == ("date", first)
    assert read(headers, row, pattern="%d.%m.%y")["登记时间"].type == "date"


PRODUCTS = """Shopify Mailchimp HubSpot Zoho Salesforce ActiveCampaign Brevo Klaviyo Ghost Chatwoot Mautic
Pipedrive Taobao Youzan WeCom Weixin Kit"""


def test_documented_products_are_there():
    words = re.findall(r"\w+", " ".join(preset.name for preset in PRESETS))
    assert set(PRODUCTS.split()) <= set(words)
