"""Tag cells: what labels mean, what a feed's new file gains and ends, what people decided stays decided."""

from __future__ import annotations

import pytest
from importing_project import OP, Project

from tagctl.store import labels

HEADER = "客户编号,标签"


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.taxonomy()
    return made


def import_tags(project, *cells, feed="", **options):
    """One file of the feed: customer 1, 2 … with these tag cells."""
    lines = [f'{number},"{cell}"' for number, cell in enumerate(cells, 1)]
    header = f"客户编号,{feed}标签"
    name = f"{len(list(project.folder.glob('*.csv')))}.csv"
    return project.customers(project.file(name, header, *lines), **{"key": "客户编号"} | options)


def test_names_aliases_and_dimension_prefixes_resolve(project):
    report = import_tags(
        project, "vip、 新客户", "高价值客戶", "生命周期:老客户、价值：VIP", "价值:老客户、铂金", "黑卡/白卡"
    )
    assert project.held() == {
        ("1", "VIP", "import"),
        ("1", "新客户", "import"),
        ("2", "VIP", "import"),
        ("3", "老客户", "import"),
        ("3", "VIP", "import"),
        ("5", "黑卡/白卡", "import"),
    }
    assert report.tags_gained == 6
    assert report.unknown_labels == {"价值:老客户": 1, "铂金": 1}, "a tag of another dimension is not meant"
    assert report.files[0].columns[-1].separator == "、"


def test_readings_keep_file_row_and_original_text(project):
    import_tags(project, "高价值客户,铂金")
    assert project.rows(
        "SELECT i.file, r.row, r.cell, l.text, l.tag IS NOT NULL FROM readings r "
        "JOIN imports i ON i.id = r.import JOIN labels l ON l.id = r.label ORDER BY l.id"
    ) == [("0.csv", 2, "高价值客户,铂金", "高价值客户", 1), ("0.csv", 2, "高价值客户,铂金", "铂金", 0)]


def test_since_is_the_as_of_of_the_operation(project):
    import_tags(project, "VIP")
    assert project.rows("SELECT since, gained_op FROM assignments") == [(project.now, project.operation)]


def test_a_new_file_of_the_feed_gains_and_ends(project):
    import_tags(project, "VIP,新客户", "VIP", "VIP")
    report = import_tags(project, "VIP,老客户", "", "高价值客户")
    assert project.held() == {("1", "VIP", "import"), ("1", "老客户", "import"), ("3", "VIP", "import")}
    assert (report.tags_gained, report.tags_lost) == (1, 2)
    assert project.rows("SELECT count(*) FROM assignments WHERE lost_op = ?", project.operation) == [(2,)]
    assert project.rows("SELECT count(*) FROM readings WHERE gone_op IS NULL") == [(3,)]


def test_customers_who_are_not_in_the_new_file_keep_their_tags(project):
    import_tags(project, "VIP", "VIP")
    import_tags(project, "")
    assert project.held() == {("2", "VIP", "import")}


def test_a_tag_that_another_feed_still_reads_stays(project):
    import_tags(project, "VIP", "VIP")
    import_tags(project, "高价值客户", feed="会员")
    report = import_tags(project, "", "")
    assert project.held() == {("1", "VIP", "import")}
    assert report.tags_lost == 1
    assert import_tags(project, "", feed="会员").tags_lost == 1
    assert project.held() == set()


def test_an_unchanged_label_does_nothing_even_where_a_person_removed_the_tag(project):
    import_tags(project, "VIP", "新客户")
    project.change("UPDATE assignments SET lost_op = ? WHERE customer = ?", OP, project.customer("1"))
    report = import_tags(project, "vip", "新客户,VIP")
    assert project.held() == {("2", "新客户", "import"), ("2", "VIP", "import")}
    assert (report.tags_gained, report.tags_lost) == (1, 0)


def test_a_label_gone_and_back_is_gained_anew(project):
    import_tags(project, "VIP")
    import_tags(project, "")
    import_tags(project, "VIP ")
    assert project.rows("SELECT gained_op, lost_op IS NULL, since FROM assignments ORDER BY gained_op") == [
        (2, 0, project.now - 2 * 86400),
        (4, 1, project.now),
    ]


def test_what_is_held_already_is_not_assigned_again(project):
    import_tags(project, "", "")
    for source, key in (("manual", "1"), ("rule", "2")):
        project.change(
            "INSERT INTO assignments (tag, customer, source, gained_op, since) VALUES (?, ?, ?, ?, 5)",
            project.tag("VIP"), project.customer(key), source, OP,
        )  # fmt: skip
    report = import_tags(project, "VIP", "VIP")
    assert report.tags_gained == 0
    assert project.held() == {("1", "VIP", "manual"), ("2", "VIP", "rule")}
    assert import_tags(project, "", "").tags_lost == 0, "only imported ones end with their cell"
    assert project.held() == {("1", "VIP", "manual"), ("2", "VIP", "rule")}


@pytest.mark.parametrize(
    ("until", "held"), [(None, set()), (4_000_000_000, set()), (5, {("1", "VIP", "import")})]
)
def test_a_ban_in_force_keeps_the_import_from_assigning(project, until, held):
    import_tags(project, "")
    project.change(
        "INSERT INTO overrides (kind, customer, tag, until, op) VALUES ('ban', ?, ?, ?, ?)",
        project.customer("1"), project.tag("VIP"), until, OP,
    )  # fmt: skip
    import_tags(project, "VIP")
    assert project.held() == held


def test_unknown_labels_wait_until_a_name_or_alias_resolves_them(project):
    import_tags(project, "铂金", "铂金,白金", "白金")
    import_tags(project, "", "铂金,白金", "白金")
    assert project.held() == set()
    gained = project.taxonomy(
        "dimensions: [{name: 价值, kind: value, tags: [{name: 铂金, aliases: [白金]}]}]"
    )
    assert gained == 2, "not for the first customer, whose cell no longer says so"
    assert project.held() == {("2", "铂金", "import"), ("3", "铂金", "import")}
    assert project.rows("SELECT count(*) FROM labels WHERE tag IS NULL") == [(0,)]
    with project.operate("taxonomy") as op:
        assert labels.settle(op) == 0
        assert not op.kept
    assert import_tags(project, "", "铂金", "白金 ").tags_gained == 0


def test_settling_respects_bans_and_what_is_held(project):
    import_tags(project, "铂金", "铂金", "铂金")
    project.taxonomy("dimensions: [{name: 价值, kind: value, tags: [VIP]}]")
    project.change(
        "INSERT INTO overrides (kind, customer, tag, op) VALUES ('ban', ?, ?, ?)",
        project.customer("1"), project.tag("VIP"), OP,
    )  # fmt: skip
    project.change(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) VALUES (?, ?, 'manual', ?, 5)",
        project.tag("VIP"), project.customer("2"), OP,
    )  # fmt: skip
    assert (
        project.taxonomy("dimensions: [{name: 价值, kind: value, tags: [{name: VIP, aliases: [铂金]}]}]") == 1
    )
    assert project.held() == {("2", "VIP", "manual"), ("3", "VIP", "import")}


def test_last_months_sheet_after_a_merge_changes_nothing(project):
    import_tags(project, "VIP,新客户", "老客户")
    merged = """
dimensions:
  - {name: 价值, kind: value, tags: [VIP, 黑卡/白卡]}
  - {name: 生命周期, kind: lifecycle, tags: [{name: 老客户, aliases: [新客户]}]}
"""
    project.taxonomy(merged)
    before = project.held()
    report = import_tags(project, "vip,新客户", " 老客户")
    assert (report.tags_gained, report.tags_lost, report.unknown_labels) == (0, 0, {})
    assert (
        project.held()
        == before
        == {("1", "VIP", "import"), ("1", "老客户", "import"), ("2", "老客户", "import")}
    )


def test_two_files_in_one_operation_leave_no_empty_intervals(project):
    cells = ("VIP", "", "VIP ", "新客户")
    files = [project.file(f"f{i}.csv", HEADER, f"1,{cell}") for i, cell in enumerate(cells)]
    project.customers(*files, key="客户编号")
    assert project.rows("SELECT count(*), count(lost_op) FROM assignments") == [(1, 0)]
    assert project.rows("SELECT count(*), count(gone_op) FROM readings") == [(1, 0)]
    project.customers(
        project.file("g0.csv", HEADER, "1,"), project.file("g1.csv", HEADER, "1,新客户"), key="客户编号"
    )
    assert project.rows("SELECT gained_op, lost_op FROM assignments") == [(2, None)], (
        "gone and back is no change"
    )
    assert project.rows("SELECT op, gone_op FROM readings") == [(2, None)]


def test_several_tag_columns_are_one_set(project):
    project.customers(project.file("a.csv", "客户编号,标签,客户标签", "1,VIP|新客户,老客户;VIP", "2,,VIP"))
    assert project.held() == {
        ("1", "VIP", "import"),
        ("1", "新客户", "import"),
        ("1", "老客户", "import"),
        ("2", "VIP", "import"),
    }


def test_a_guarded_tag_cell_is_read_without_its_apostrophe(project):
    import_tags(project, "'+VIP", "新客户")
    assert ("+VIP",) in project.rows("SELECT text FROM labels")


def test_an_event_file_tags_its_customers(project):
    header = "订单编号,客户编号,下单时间,标签"
    project.events(
        "order",
        project.file("o.csv", header, "a,1,2026-01-05,VIP", "a,1,2026-01-05,新客户", "b,2,2026-01-06,"),
    )
    assert project.held() == {("1", "VIP", "import"), ("1", "新客户", "import")}


def test_without_a_tag_column_nothing_ends(project):
    import_tags(project, "VIP")
    project.customers(project.file("x.csv", HEADER, "1,"), ignore=("标签",), key="客户编号")
    assert project.held() == {("1", "VIP", "import")}


def test_a_corrected_rejects_file_belongs_to_the_feed_it_came_from(project):
    project.taxonomy()
    file = project.file("a.csv", "会员号,积分,标签", "1,5,新客户", "2,x,VIP")
    report = project.customers(file, strict=True, map={"积分": (None, "number")})
    assert report.rejects_file == "a.rejects.csv"
    rejected = project.folder / report.rejects_file
    rejected.write_text(rejected.read_text("utf-8-sig").replace("2,x,", "2,6,"), "utf-8")
    assert project.customers(rejected).tags_gained == 1
    assert project.customers(project.file("b.csv", "会员号,积分,标签", "1,5,新客户", "2,6,")).tags_lost == 1
    assert project.held() == {("1", "新客户", "import")}
