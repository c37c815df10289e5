"""Undo through the commands: with the YAML files, in cascades, after a person's edits."""

from __future__ import annotations

import pytest
from project_of_commands import TAXONOMY, made

RULES = "fields: {积分: number}\nrules: []\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    return made(tmp_path, monkeypatch)


# ── what a person edited ─────────────────────────────────────────────────────────────────────────


def test_an_edit_is_an_operation_of_its_own_so_undoing_the_import_leaves_it(project):
    project.edit("新客户]", "新客户, 老客户]")
    number = project.customers("a.csv", "客户编号,标签", "1,老客户")
    assert project.kinds() == ["init", "taxonomy", "import"]
    edited = project.text()
    project("undo", str(number))
    assert project.text() == edited
    assert "老客户" in [row[0] for row in project.content()["tags"]]


def test_undoing_the_edit_puts_the_file_back_or_the_next_command_would_apply_it_again(project):
    before = project.content()
    project.edit("新客户]", "新客户, 老客户]")
    edited = project.text()
    project("run")
    assert project.kinds() == ["init", "taxonomy"]  # the run itself had nothing to write
    after = project.content()
    assert project.json("undo", "2")["files"] == ["taxonomy.yaml"]
    assert (project.text(), project.content()) == (TAXONOMY, before)
    project("run")
    assert project.content() == before
    project("undo", "3")
    assert (project.text(), project.content()) == (edited, after)


@pytest.mark.parametrize("how", ["dry run", "refused"])
def test_an_edit_is_not_taken_up_where_nothing_is_written(project, how):
    project.customers("a.csv", "客户编号,标签", "1,VIP")
    project.edit("[VIP, 新客户]", "[{name: 新客户, aliases: [VIP]}]")
    if how == "dry run":
        project.edit("aliases: [VIP]", "aliases: [新人]")
        project.edit("tags: [", "tags: [VIP, ")
        project("run", "--dry-run")
    else:
        project("run", code=7)  # a merge moves customers, and is for taxonomy apply
    assert project.kinds() == ["init", "import"]


def test_an_edit_without_effect_on_the_database_is_no_operation_but_stands_in_the_way(project):
    project.edit("新客户]", "新客户, 老客户]")
    project("taxonomy", "apply")
    project.edit("# two", "# three")
    edited = project.text()
    unseen = project("undo", "2", code=7).output
    assert "taxonomy.yaml has been edited since, and no operation has taken that up yet." in unseen
    project.customers("a.csv", "客户编号,标签", "1,VIP")
    seen = project("undo", "2", "--cascade", code=7).output
    assert "edited since, before operation 3 (import a.csv, 2026-11-01 12:00, ann)" in seen
    assert project.text() == edited


def test_a_declared_type_goes_back_with_rules_yaml(project):
    project.customers("a.csv", "客户编号,积分", "1,007", "2,x8")
    project.customers("a.csv", "客户编号,积分", "1,007", "2,8")
    before, rules = project.content(), project.text("rules.yaml")
    project.file("rules.yaml", RULES)
    project("run")
    assert project.kinds()[-1] == "fields"
    number = project.json("history")[0]["number"]
    assert project.json("undo", str(number))["files"] == ["rules.yaml"]
    assert project.text("rules.yaml") == rules
    assert project.content() == before


def test_rules_that_a_run_only_read_stay_as_they_are(project):
    project.customers("a.csv", "客户编号,城市", "1,上海")
    project.file("rules.yaml", "rules: [{tag: VIP, when: {field: 城市, is: 上海}}]")
    project("undo", str(project.json("run")["operation"]))
    assert "上海" in project.text("rules.yaml")


# ── what commands wrote ──────────────────────────────────────────────────────────────────────────


def test_every_command_that_writes_the_files_is_undone_with_them(project):
    project.customers("a.csv", "客户编号,城市,标签", "1,上海,VIP、神秘", "2,北京,怪")
    commands = [
        ("tags", "add", "神秘", "--dimension", "价值"),
        ("tags", "add", "怪", "--as", "VIP"),
        ("rules", "add", "大客户", "--dimension", "价值", "--when", "{field: 城市, is: 上海}", "--yes"),
        ("import", "customers", project.file("b.csv", "客户编号,标签", "3,渠道:抖音"), "--unknown", "create"),
    ]
    for words in commands:
        texts, before = (project.text(), project.text("rules.yaml")), project.content()
        number = project.json(*words)["operation"]
        after, written = project.content(), (project.text(), project.text("rules.yaml"))
        undone = project.json("undo", str(number))
        assert undone["files"]
        assert (project.text(), project.text("rules.yaml")) == texts
        assert project.content() == before
        project("undo", str(undone["operation"]))
        assert (project.text(), project.text("rules.yaml")) == written
        assert project.content() == after


def test_mending_takes_up_what_it_mended_and_undo_breaks_it_again(project):
    before = project.content()
    project.edit("[VIP, 新客户]", "[VIP， 新客户， 老客户]")
    broken = project.text()
    project("taxonomy", "check", "--fix", "--yes")
    assert "老客户" in [row[0] for row in project.content()["tags"]]
    project("undo", "2")
    assert (project.text(), project.content()) == (broken, before)


def test_a_file_that_an_operation_made_goes_with_it(project):
    (project.folder / "rules.yaml").unlink()
    project.customers("a.csv", "客户编号,城市", "1,上海")
    number = project.json("rules", "add", "VIP", "--when", "{field: 城市, is: 上海}", "--yes")["operation"]
    assert "上海" in project.text("rules.yaml")
    undone = project.json("undo", str(number))["operation"]
    assert not (project.folder / "rules.yaml").exists()
    project("run")  # nothing stands for the file
    assert "VIP" not in project("show", "1").output
    project("undo", str(undone))
    assert "上海" in project.text("rules.yaml")


# ── cascades ─────────────────────────────────────────────────────────────────────────────────────


def test_a_cascade_takes_back_what_stands_in_the_way_and_is_undone_as_one(project):
    project.customers("c.csv", "客户编号,城市", "7,广州")
    start = project.content(), project.text()
    first = project.customers("a.csv", "客户编号,城市,标签", "1,上海,神秘")
    project.customers("d.csv", "客户编号,城市", "7,深圳")
    aside = project.content(), project.text()
    second = project.customers("a.csv", "客户编号,城市,标签", "1,北京,神秘")
    third = project.json("tags", "add", "神秘", "--dimension", "价值")["operation"]
    after = project.content(), project.text()
    stopped = project("undo", str(first), code=7).output
    for number, what in ((second, "import a.csv"), (third, "labels 神秘")):
        assert f"Operation {number} ({what}, 2026-11-01 12:00, ann) builds on operation {first}." in stopped
    assert f"tagctl undo {first} --cascade" in stopped
    planned = project.json("undo", str(first), "--cascade", "--dry-run")
    assert [row["number"] for row in planned["also"]] == [third, second]
    assert (project.content(), project.text()) == after
    undone = project.json("undo", str(first), "--cascade")
    assert project.text() == start[1]
    assert [row[0] for row in project.content()["customers"][1:]] == ["7"]
    assert [row["number"] for row in undone["also"]] == [third, second]
    told = {row["number"]: row for row in project.json("history")}
    assert [told[number]["undone_by"] for number in (first, second, third)] == [undone["operation"]] * 3
    again = project.json("undo", str(undone["operation"]))["operation"]
    assert (project.content(), project.text()) == after
    project("undo", str(again))
    project("undo", str(again + 1))
    assert (project.content(), project.text()) == after
    project("undo", str(third))
    project("undo", str(second))
    assert (project.content(), project.text()) == aside
    project("undo", str(first + 1))
    project("undo", str(first))
    assert (project.content(), project.text()) == start


def test_edits_of_a_file_are_taken_back_from_the_end_only(project):
    project.edit("新客户]", "新客户, 甲]")
    project("taxonomy", "apply")
    project.edit("甲]", "甲, 乙]")
    project("taxonomy", "apply")
    stopped = project("undo", "2", code=7).output
    assert (
        "Operation 3 (taxonomy taxonomy.yaml, 2026-11-01 12:00, ann) has changed taxonomy.yaml since."
        in stopped
    )
    project("undo", "2", "--cascade")
    assert project.text() == TAXONOMY
    project("undo", "4")
    assert "甲, 乙]" in project.text()
    project("undo", "3")
    project("undo", "2")
    assert project.text() == TAXONOMY
    stopped = project("undo", "6", code=7).output  # 乙 cannot come back before 甲
    assert "Operation 7 (undo 2, 2026-11-01 12:00, ann) has changed taxonomy.yaml since." in stopped
    project("undo", "6", "--cascade")
    assert "甲, 乙]" in project.text()


def test_what_has_come_back_by_another_way_is_not_brought_back_twice(project):
    number = str(project.customers("a.csv", "客户编号,城市", "1,上海"))
    project("undo", number)
    project("undo", "3")
    project("undo", number)
    assert "undone already, by operation 5" in project("undo", "4", code=2).output


def test_a_project_without_its_files_has_their_texts_put_back(project):
    project.edit("新客户]", "新客户, 甲]")
    project("taxonomy", "apply")
    (project.folder / "taxonomy.yaml").unlink()
    project("undo", "2")
    assert not (project.folder / "taxonomy.yaml").exists()
    assert "甲" not in project("taxonomy", "show").output
