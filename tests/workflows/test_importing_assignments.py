"""`import assignments`: who has which tag, from our own exports and from lists of others."""

from __future__ import annotations

from datetime import datetime

import pytest
from importing_project import OP, ZONE, Project, adds_up
from running_project import NOW, at
from running_project import Project as Running

from tagctl import rules
from tagctl.errors import DataError, UsageProblem
from tagctl.io.target import Target
from tagctl.store import assignments, evidence, rule_words
from tagctl.store.operations import operate
from tagctl.store.undo import undo
from tagctl.workflows import exporting
from tagctl.workflows.importing import ImportOptions, import_assignments

OURS = "customer,tag,dimension,source,gained_at,operation"
RULED = frozenset({"新客户"})


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.taxonomy()
    return made


def since(project, tag, source):
    (at,) = project.rows(
        "SELECT since FROM assignments WHERE tag = ? AND source = ? AND lost_op IS NULL",
        project.tag(tag),
        source,
    )[0]
    return datetime.fromtimestamp(at, ZONE).isoformat(" ")


def changes(report):
    return report.tags_gained, report.tags_lost


def codes(report):
    return [(reject.code, reject.location.row) for reject in report.rejects]


def notes(report):
    return "\n".join(note for file in report.files for note in file.notes)


def state_is_true(project):
    """rule_state says what the rule assignments say."""
    kept = sorted(project.rows("SELECT * FROM rule_state"))
    with project.operate("run", dry_run=True) as op:
        assignments.refresh_state(op)
        fresh = sorted(project.rows("SELECT * FROM rule_state"))
    return [row for row in kept if any(row[1:])] == [row for row in fresh if any(row[1:])]


# ── our own export ───────────────────────────────────────────────────────────────────────────────

EXPORTED = (
    "007,VIP,价值,import,2025-03-07 10:00:00,4",
    "007,新客户,生命周期,rule,2025-12-01 00:00:00,9",
    "008,VIP,价值,manual,2025-05-05 05:05:05,6",
    "008,VIP,价值,import,2025-05-06 05:05:05,7",
    "008,黑卡/白卡,价值,rule,2025-06-01 00:00:00,9",
)


def test_source_and_time_are_kept_and_a_rule_without_a_rule_here_is_an_imported_tag(project):
    report = project.assignments(project.file("a.csv", OURS, *EXPORTED), ruled=RULED)
    assert adds_up(report)
    assert (report.customers_created, changes(report)) == (2, (5, 0))
    assert project.held() == {
        ("007", "VIP", "import"),
        ("007", "新客户", "rule"),
        ("008", "VIP", "manual"),
        ("008", "VIP", "import"),
        ("008", "黑卡/白卡", "import"),
    }
    assert since(project, "VIP", "manual") == "2025-05-05 05:05:05+08:00"
    assert since(project, "新客户", "rule") == "2025-12-01 00:00:00+08:00"
    assert "1 row has the source rule, but no rule here gives the tag" in notes(report)
    assert "黑卡/白卡 (1)" in notes(report)
    assert rule_words.words(project.store) == 1
    assert state_is_true(project)


def test_again_it_changes_nothing_and_undo_takes_all_of_it_back(project):
    project.assignments(project.file("a.csv", OURS, *EXPORTED), ruled=RULED)
    held, first = project.held(), project.operation
    assert project.assignments(project.file("b.csv", OURS, *EXPORTED), ruled=RULED).unchanged_file
    shuffled = project.file("c.csv", OURS, *reversed(EXPORTED))
    assert changes(project.assignments(shuffled, ruled=RULED)) == (0, 0)
    assert changes(project.assignments(shuffled, ruled=RULED, mode="add")) == (0, 0)
    assert project.held() == held
    with project.operate("undo") as op:
        undo(op, first)
    assert project.held() == set()
    assert project.rows("SELECT tagctl_key FROM customers") == []
    assert state_is_true(project)


def test_a_dry_run_tells_the_same_and_writes_nothing(project):
    file = project.file("a.csv", OURS, *EXPORTED)
    tried = project.assignments(file, ruled=RULED, dry_run=True)
    assert (changes(tried), tried.operation) == ((5, 0), None)
    assert project.held() == set()


def test_where_an_assignment_was_read_is_told_whatever_its_source(project):
    project.assignments(project.file("a.csv", OURS, *EXPORTED), ruled=RULED)
    found = evidence.current(project.store, [project.customer("007"), project.customer("008")])
    read = {(e.tag, e.source): (e.file, e.row, e.text) for held in found.values() for e in held}
    assert read["VIP", "manual"] == ("a.csv", 4, "VIP")
    assert read["新客户", "rule"] == ("a.csv", 3, "新客户")


def test_what_a_person_took_away_does_not_come_back_but_with_add(project):
    rows = EXPORTED[2:3]
    project.assignments(project.file("a.csv", OURS, *rows))
    project.change("UPDATE assignments SET lost_op = ? WHERE lost_op IS NULL", OP)
    again = project.file("b.csv", OURS, *rows, EXPORTED[0])
    assert changes(project.assignments(again)) == (1, 0)
    assert project.held() == {("007", "VIP", "import")}
    project.assignments(again, mode="add")
    assert ("008", "VIP", "manual") in project.held()


def test_into_a_project_whose_tag_cells_gave_them(project):
    """The list knows who gave them and when; what it calls imported stays so, from the earlier time on."""
    project.customers(project.file("c.csv", "客户编号,标签", '007,"VIP,老客户"', "008,黑卡/白卡", "009,VIP"))
    imported = project.operation
    rows = (
        "007,VIP,价值,import,2025-03-07 10:00:00,1",
        "007,VIP,价值,manual,2025-03-07 10:00:00,1",
        "007,老客户,生命周期,import,2099-03-07 10:00:00,1",
        "008,黑卡/白卡,价值,manual,2025-03-07 10:00:00,1",
    )
    report = project.assignments(project.file("a.csv", OURS, *rows))
    assert changes(report) == (2, 1)
    assert project.held() == {
        ("007", "VIP", "import"),
        ("007", "VIP", "manual"),
        ("007", "老客户", "import"),
        ("008", "黑卡/白卡", "manual"),
        ("009", "VIP", "import"),
    }
    dates = project.rows("SELECT since_utc FROM current_tags WHERE source = 'import' ORDER BY customer, tag")
    assert [date[:10] for (date,) in dates] == ["2025-03-07", "2026-01-03", "2026-01-03"]
    assert changes(project.assignments(project.file("b.csv", OURS, *reversed(rows)), mode="add")) == (0, 0)
    with project.operate("undo") as op:
        undo(op, imported + 1)
    assert {source for _customer, _tag, source in project.held()} == {"import"}
    assert ("008", "黑卡/白卡", "import") in project.held()


def test_a_ban_withholds_whatever_the_source(project):
    project.customers(project.file("c.csv", "客户编号", "008"))
    project.change(
        "INSERT INTO overrides (kind, customer, tag, op) VALUES ('ban', ?, ?, ?)",
        project.customer("008"),
        project.tag("VIP"),
        OP,
    )
    report = project.assignments(project.file("a.csv", OURS, *EXPORTED), ruled=RULED)
    assert report.tags_withheld == 1
    assert ("008", "VIP", "manual") not in project.held()


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl", "json"])
def test_an_export_comes_back_with_its_sources_and_times(project, tmp_path, suffix):
    project.assignments(project.file("a.csv", OURS, *EXPORTED), ruled=RULED)
    held = "SELECT customer, tag, source, since_utc FROM current_tags ORDER BY 1, 2, 3"
    file = tmp_path / f"tags.{suffix}"
    exporting.export(project.store, "assignments", Target(file), timezone=ZONE, now=1, by="ann")
    (tmp_path / "second").mkdir()
    second = Project(tmp_path / "second")
    second.taxonomy()
    assert second.assignments(file, ruled=RULED).rejects == ()
    assert second.rows(held) == project.rows(held)
    assert changes(project.assignments(file, ruled=RULED)) == (0, 0)


# ── other files ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("header", "row", "options"),
    [
        ("客户编号,标签", "007,高价值客户", {}),
        ("标签名称,会员编号,备注", "ＶＩＰ,007,老朋友", {}),
        ("customer_id,tag,tag group", "007,vip,价值", {}),
        ("客户编号,维度,标签,标签来源", "007,价值,VIP,导入", {}),
        ("who,what", "007,VIP", {"key": "who", "tags": ("what",)}),
        ("who,what", "007,VIP", {"map": {"who": ("key", None), "what": ("tags", None)}}),
    ],
)
def test_files_of_others_need_a_customer_and_a_tag(project, header, row, options):
    report = project.assignments(project.file("a.csv", header, row), **options)
    assert adds_up(report)
    assert project.held() == {("007", "VIP", "import")}


def test_customers_are_found_by_phone_as_those_of_events_are(project):
    project.customers(project.file("c.csv", "客户编号,手机号", "c1,13812345678"))
    file = project.file("a.csv", "手机号,标签", "138 1234 5678,VIP", "13900000001,VIP")
    report = project.assignments(file, unknown_customers="reject")
    assert codes(report) == [("unknown-customer", 3)]
    assert project.held() == {("c1", "VIP", "import")}


def test_what_cannot_be_taken_is_rejected_with_its_place_and_reason(project):
    file = project.file(
        "a.csv",
        "客户编号,标签,来源,获得时间",
        "1,VIP,系统,2025-01-01",
        "2,,规则,2025-01-01",
        ",VIP,,",
        "3,VIP,手动,2099-01-01",
        "4,没见过,,",
        "5,VIP,人工,就是昨天",
        "6,VIP,,2025-01-01",
    )
    report = project.assignments(file, unknown="reject")
    assert dict(codes(report)) == {
        "bad-source": 2,
        "missing-tag": 3,
        "missing-key": 4,
        "future-time": 5,
        "unknown-label": 6,
        "not-a-date": 7,
    }
    assert adds_up(report)
    assert project.held() == {("3", "VIP", "manual"), ("5", "VIP", "manual"), ("6", "VIP", "import")}
    assert report.rejects_file


def test_a_label_without_a_tag_waits_and_is_settled_later(project):
    file = project.file("a.csv", "客户编号,维度,标签", "1,价值,大客户", "2,,散客")
    report = project.assignments(file)
    assert report.unknown_labels == {"价值:大客户": 1, "散客": 1}
    assert project.held() == set()
    project.taxonomy(
        "dimensions:\n  - {name: 价值, kind: value, tags: [VIP, 大客户]}\n"
        "  - {name: 来路, kind: source, tags: [散客]}\n"
    )
    assert project.held() == {("1", "大客户", "import"), ("2", "散客", "import")}


def test_a_list_speaks_for_the_tags_it_names(project):
    """Two lists with the same headers, each of one tag, do not end each other's."""
    header = "客户编号,标签"
    project.assignments(project.file("vip.csv", header, "1,VIP", "2,VIP"))
    assert changes(project.assignments(project.file("old.csv", header, "1,老客户", "3,老客户"))) == (2, 0)
    report = project.assignments(project.file("both.csv", header, "1,老客户", "2,VIP"))
    assert changes(report) == (0, 1)
    assert project.held() == {("1", "老客户", "import"), ("2", "VIP", "import"), ("3", "老客户", "import")}


@pytest.mark.parametrize(
    ("mode", "held"),
    [
        ("add", {("1", "VIP"), ("1", "老客户"), ("2", "VIP")}),
        ("replace", {("1", "老客户"), ("2", "VIP")}),
        ("remove", {("1", "VIP"), ("2", "VIP")}),
    ],
)
def test_modes(project, mode, held):
    project.customers(project.file("c.csv", "客户编号,标签", "1,VIP", "2,VIP"))
    if mode == "remove":
        project.assignments(project.file("a.csv", "客户编号,标签", "1,老客户"))
    project.assignments(project.file("b.csv", "客户编号,标签", "1,老客户"), mode=mode)
    assert {(customer, tag) for customer, tag, _source in project.held()} == held


@pytest.mark.parametrize(
    ("header", "code"), [("姓名,标签", "no-key"), ("客户编号,姓名", "needs-tags"), ("标签,备注", "no-key")]
)
def test_columns_that_cannot_be_told_stop(project, header, code):
    with pytest.raises(UsageProblem) as caught:
        project.assignments(project.file("a.csv", header, "张三,李四"))
    assert caught.value.problems[0].code == code


def test_too_many_rejects_stop(project):
    with pytest.raises(DataError):
        project.assignments(project.file("a.csv", "客户编号,标签", "1,", "2,VIP"), max_rejects=0)


def test_the_next_run_decides_about_rule_assignments_and_leave_remembers_them(tmp_path):
    project = Running(
        tmp_path,
        "dimensions: [{name: D, kind: value, tags: [A, B]}]",
        "rules: [{tag: A, when: {field: score, at_least: 10}, leave: {field: score, below: 5}}]",
    )
    project.field("customer", "score", "number")
    for key, score in (("kept", 7), ("gone", 3), ("never", 7)):
        project.customer(key, score=score)
    file = tmp_path / "a.csv"
    rows = (f"{key},{tag},rule,2026-03-01" for key in ("kept", "gone") for tag in "AB")
    file.write_text("\n".join(["customer,tag,source,gained_at", *rows]), "utf-8")
    with operate(project.store, "import", now=NOW - 3600, by="test") as op:
        import_assignments(op, [file], ImportOptions(ruled=frozenset({"A"})), timezone=ZONE)
    assert project.holders("A") == {"kept", "gone"}
    assert project.holders("B", "import") == {"kept", "gone"}
    project.run()
    assert project.holders("A") == {"kept"}
    assert project.holders("B", "import") == {"kept", "gone"}
    held = "SELECT since FROM assignments WHERE lost_op IS NULL AND source = 'rule'"
    assert project.store.rows(held) == [(at("2026-03-01T00:00"),)]


# ── which tags rules give ────────────────────────────────────────────────────────────────────────


def test_the_tags_that_rules_give_are_known_without_compiling():
    taxonomy, _problems, _warnings = rules.read_taxonomy(
        b"""
dimensions:
  - name: L
    kind: value
    tags: [{name: A, aliases: [Aa]}, {name: B, implies: [C]}, C, D, E, F, G, H]
""",
        "taxonomy.yaml",
    )
    text = b"""
rules:
  - {tag: aa, when: {field: not there yet, is: 1, tag: D}}
  - {dimension: L, of: {field: age}, bands: [{tag: E, below: 3}]}
  - {dimension: L, of: {field: city}, map: {F: [x], unheard: [y]}}
  - nonsense
"""
    assert rules.given_tags(text, "rules.yaml", taxonomy) == {"A", "C", "E", "F"}
    each = b"rules: [{dimension: l, of: {field: x}, each: true}]"
    assert rules.given_tags(each, "rules.yaml", taxonomy) == set("ABCDEFGH")
    assert rules.given_tags(None, "rules.yaml", taxonomy) == {"C"}
