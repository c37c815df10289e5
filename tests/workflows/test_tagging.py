"""taxonomy.yaml against the database: checked, shown, applied, stopped before it moves customers."""

from __future__ import annotations

import pytest
from importing_project import Project

from tagctl import rules
from tagctl.errors import GuardStop
from tagctl.workflows import tagging

TEXT = """
dimensions:
  - name: 价值
    tags:
      - {name: VIP, aliases: [高价值客户], owner: 销售部, review: 180d}
      - 高潜客户
  - {name: 生命周期, exclusive: one, tags: [新客户]}
"""


@pytest.fixture
def project(tmp_path):
    found = Project(tmp_path)
    apply(found, TEXT)
    found.customers(found.file("a.csv", "客户编号,标签", "1,VIP、高潜客户", "2,贵宾", "3,贵宾、新客户"))
    return found


def apply(project, text, *, confirm=False, dry_run=False):
    with project.operate("taxonomy", dry_run=dry_run) as op:
        report = tagging.sync(op, read(text), confirm=confirm)
    return report, op.result


def read(text):
    taxonomy, problems, _warnings = rules.read_taxonomy(text.encode(), "taxonomy.yaml")
    assert not problems
    return taxonomy


def test_check_counts_what_is_declared_and_lists_what_is_wrong():
    report = tagging.check(TEXT.encode(), "taxonomy.yaml")
    assert report.counts == {"dimensions": 2, "tags": 3, "aliases": 1, "conflicts": 0}
    assert report.problems == ()
    wrong = TEXT.replace("exclusive: one", "exclusive: two").replace("review: 180d", "review: 180m")
    assert len(tagging.check(wrong.encode(), "taxonomy.yaml").problems) == 2


def test_show_with_and_without_a_database(project):
    table = tagging.show(read(TEXT))
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["tag"], row["aliases"], row["review"], row["owner"]) == (
        "VIP",
        "高价值客户",
        "180d",
        "销售部",
    )
    assert row["members"] is None
    members = {row[3]: (row[-2], row[-1]) for row in tagging.show(read(TEXT), project.store).rows}
    assert members == {"VIP": ("declared", 1), "高潜客户": ("declared", 1), "新客户": ("declared", 1)}
    apply(project, TEXT.replace("      - 高潜客户\n", ""), confirm=True)
    smaller = read(TEXT.replace("      - 高潜客户\n", ""))
    members = {row[3]: (row[-2], row[-1]) for row in tagging.show(smaller, project.store).rows}
    assert members["高潜客户"] == ("undeclared", 1)


def test_an_unchanged_file_writes_nothing(project):
    report, number = apply(project, TEXT)
    assert (report.changes, number) == ((), None)
    assert apply(project, TEXT.replace("销售部", "市场部"))[1] is None


def test_a_label_that_becomes_known_reaches_its_customers_at_once(project):
    report, number = apply(project, TEXT.replace("[高价值客户]", "[高价值客户, 贵宾]"))
    assert (report.gained, report.lost) == (2, 0)
    assert number is not None


@pytest.mark.parametrize(
    ("old", "new", "code", "says", "next_"),
    [
        ("      - 高潜客户\n", "", "taxonomy-drop", "“高潜客户” is gone", "tagctl taxonomy apply"),
        ("高潜客户", "高潜力客户", "taxonomy-drop", "1 customer", "{name: 高潜力客户, aliases: [高潜客户]}"),
        (
            "      - 高潜客户\n",
            "      - {name: 其他, aliases: [高潜客户, 新客户]}\n",
            "taxonomy-merge",
            "新客户",
            "",
        ),
        ("tags: [新客户]", "tags: [老客户, 高潜客户, 新客户]", "taxonomy-move", "生命周期", ""),
    ],
)
def test_edits_that_move_customers_stop_before_anything_is_written(project, old, new, code, says, next_):
    text = TEXT.replace(old, new)
    if code == "taxonomy-merge":
        text = text.replace(", tags: [新客户]", ", tags: [老客户]")
    if code == "taxonomy-move":
        text = text.replace("      - 高潜客户\n", "")
    with pytest.raises(GuardStop) as stop:
        apply(project, text)
    (problem,) = stop.value.problems
    assert (problem.code, says in problem.what, next_ in problem.next) == (code, True, True)
    assert stop.value.exit_code == 7
    assert any(change.breaking for change in stop.value.report.changes)
    assert apply(project, TEXT)[1] is None
    report, number = apply(project, text, confirm=True)
    assert number is not None
    assert any(change.breaking for change in report.changes)


def test_the_alias_line_to_paste_makes_it_a_rename(project):
    line = "{name: 高潜力客户, aliases: [高潜客户]}"
    report, _number = apply(project, TEXT.replace("高潜客户", line))
    assert [change.kind for change in report.changes] == ["rename", "alias"]
    assert (report.gained, report.lost) == (0, 0)


def test_a_merge_counts_what_moves(project):
    text = TEXT.replace("      - 高潜客户\n", "").replace("[高价值客户]", "[高价值客户, 高潜客户]")
    report, _number = apply(project, text, confirm=True)
    # customer 1 held both: one closed, nothing to open
    assert (report.gained, report.lost) == (0, 1)


def test_a_dry_run_shows_the_same_and_writes_nothing(project):
    text = TEXT.replace("      - 高潜客户\n", "")
    report, number = apply(project, text, confirm=True, dry_run=True)
    assert (number, report.dry_run, [c.kind for c in report.changes]) == (None, True, ["drop"])
    assert apply(project, TEXT)[1] is None
