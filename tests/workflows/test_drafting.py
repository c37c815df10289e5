"""Files to a drafted taxonomy (golden files), and back: drafted, then imported, no label is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from importing_project import ZONE, Project

from tagctl import messages, rules
from tagctl.reports.drafting import WaitingRules
from tagctl.workflows import drafting, initialising

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "cases" / "drafting"
FILES = {path.name: path for folder in ("data", "cases/drafting") for path in (TESTS / folder).rglob("*.*")}
DRAFTS = {
    "会员": ("zh", ["会员.csv"]),
    "shop": (
        "en",
        ["shopify_customers_real_columns_invented_rows.csv", "shopify_orders_real_columns_invented_rows.csv"],
    ),
    "crm": ("en", ["hubspot_contacts_real_columns_invented_rows.csv", "pipedrive_persons_label.csv"]),
    "mail": ("en", ["mailchimp_audience_real_columns_invented_rows.csv", "convertkit_curly_quote_tags.csv"]),
}


@pytest.fixture
def speaking():
    yield messages.use
    messages.use("en")


def drafted(names, data=None, language="en"):
    return drafting.draft([FILES[name] for name in names], data, "taxonomy.yaml", language)


@pytest.mark.parametrize("name", DRAFTS)
def test_the_draft_that_a_person_would_want_to_edit(speaking, name):
    language, files = DRAFTS[name]
    speaking(language)
    found = drafted(files, None, language)
    assert found.report.text == (GOLDEN / f"{name}.yaml").read_text("utf-8")
    _taxonomy, problems, warnings = rules.read_taxonomy(found.text, "taxonomy.yaml")
    assert (problems, warnings) == ((), ())


@pytest.mark.parametrize(
    ("file", "event_type", "key", "columns"),
    [
        ("会员.csv", None, "会员号", ("会员等级", "黑名单", "标签")),
        ("taobao_orders_real_columns_invented_rows_gbk.csv", "order", "买家会员名", ()),
        ("shopify_orders_real_columns_invented_rows.csv", "order", "Email", ("Tags",)),
        ("activecampaign_real_columns_invented_rows.csv", None, "Email", ("Tags",)),
        ("chinook_customer.csv", None, "CustomerId", ()),
        ("chinook_invoice.csv", "order", "CustomerId", ()),
        ("chatwoot_contacts.csv", None, "id", ()),
        ("laudspeaker_correctness_testing.csv", None, "user_id", ()),
        ("unomi_surfers_semicolon.csv", None, None, ()),
    ],
)
def test_what_a_file_holds(file, event_type, key, columns):
    (found,) = drafted([file]).report.files
    assert (found.event_type, found.key, found.columns) == (event_type, key, columns)
    assert file in found.command


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_new_project_checks_clean_and_says_which_rules_wait(speaking, language):
    speaking(language)
    template = {"zh": "retail", "en": "retail-en"}[language]
    files = initialising.template_files(template)
    found = drafted(
        ["会员.csv", "shopify_orders_real_columns_invented_rows.csv"], files["taxonomy.yaml"], language
    )
    found = drafting.starting(found, files["rules.yaml"], "taxonomy.yaml", "rules.yaml", ZONE)
    taxonomy, problems, warnings = rules.read_taxonomy(found.text, "taxonomy.yaml")
    assert (problems, warnings) == ((), ())
    compiled = rules.compile(files["rules.yaml"], "rules.yaml", taxonomy, found.catalog, ZONE)
    assert (compiled.problems, compiled.warnings) == ((), ())
    assert "VIP" in found.report.runs
    login = {"zh": "沉睡客户", "en": "Dormant"}[language]
    assert WaitingRules("login", "events", (login,)) in found.report.waiting
    # Tags from the files that a rule gives too: the rule only counts.
    assert "VIP" in found.report.counting
    assert {tag.name for tag in taxonomy.tags.values() if tag.status == "draft"} == set(found.report.counting)
    # Whatever else the template says is still there.
    assert set(files["taxonomy.yaml"].splitlines()) - set(found.text.splitlines()) <= {
        line
        for line in files["taxonomy.yaml"].splitlines()
        if b"- name:" in line or line.strip() in (b"dimensions: 5", b"tags: 50", b"tags: []")
    }


def test_what_cannot_be_a_tag_is_left_out_and_said(tmp_path):
    file = tmp_path / "客户.csv"
    file.write_text("客户编号,标签\n1,VIP、老客\n2,VIP、无\n3,-\n4,老客\x01户\n", "utf-8")
    found = drafting.draft([file], None, "taxonomy.yaml", "zh").report
    assert found.left_out == ("老客\x01户",)
    assert "name: 无" not in found.text  # a word for nothing says nothing


labels = st.sampled_from(
    ["VIP", "vip", "新客", "来源-抖音", "活动:双11", "活动:618", "要发票", "A/B", "90后", "张姐", "x y"]
)
cells = st.lists(labels, max_size=4).flatmap(
    lambda found: st.sampled_from(["、", ",", "，", ";", "；", "|", "\n", "/", ", "]).map(
        lambda s: s.join(found)
    )
)


@example([("VIP、VIP", ""), ("来源-抖音\n活动:双11", "")], False)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(cells, st.sampled_from(["金卡", "银卡", "VIP", ""])), min_size=1, max_size=8),
    st.booleans(),
)
def test_drafted_then_imported_no_label_is_unknown(tmp_path_factory, rows, from_example):
    project = Project(tmp_path_factory.mktemp("shop"))
    lines = (f'{number},"{cell}",{tier}' for number, (cell, tier) in enumerate(rows))
    file = project.file("a.csv", "会员号,标签,会员等级", *lines)
    data = initialising.template_files("retail")["taxonomy.yaml"] if from_example else None
    found = drafting.draft([file], data, "taxonomy.yaml", "zh")
    project.taxonomy(found.report.text)
    report = project.customers(file)
    project.store.close()
    assert report.unknown_labels == {}


def test_a_pattern_stands_for_the_files_it_matches(tmp_path):
    for name in ("10.csv", "2.csv"):
        (tmp_path / name).write_text("客户编号,标签\n1,VIP\n", "utf-8")
    found = drafting.draft([tmp_path / "*.csv"], None, "taxonomy.yaml", "zh")
    assert [Path(one.file).name for one in found.report.files] == ["2.csv", "10.csv"]
