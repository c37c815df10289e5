"""Undo with real imports and runs, and with the files that an operation wrote."""

from __future__ import annotations

import pytest
from content import check_invariants, content
from importing_project import Project

from tagctl import rules, settings
from tagctl.errors import GuardStop
from tagctl.workflows import tagging, undoing

FIRST = "dimensions: [{name: 价值, tags: [VIP, 新客户]}]\n"
SECOND = "dimensions: [{name: 价值, tags: [{name: VIP, aliases: [新客户]}]}]\n"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def undo(project, number, *, dry_run=False):
    with project.operate("undo", dry_run=dry_run) as op:
        report = undoing.undo(op, number, settings.of_folder(project.folder, None))
    return report, op.result


def apply_file(project, text):
    file = project.folder / "taxonomy.yaml"
    file.write_text(text, "utf-8")
    taxonomy, _problems, _warnings = rules.read_taxonomy(file.read_bytes(), "taxonomy.yaml")
    with project.operate("taxonomy") as op:
        tagging.take_up(op, taxonomy, file, file.read_bytes(), confirm=True)
    return op.result


def test_imports_are_undone_one_after_another_and_the_same_file_comes_in_again(project):
    project.taxonomy()
    start = content(project.store)
    file = project.file("a.csv", "客户编号,姓名,消费,标签", "001,王伟,1280.5,VIP、新客户", "002,李娜,,怪")
    project.customers(file)
    first = project.operation
    between = content(project.store)
    orders = project.file("o.csv", "订单编号,客户编号,下单时间,实付金额", "A1,001,2026-01-01 10:00:00,100.10")
    project.events("order", orders)
    second = project.operation
    after = content(project.store)
    with pytest.raises(GuardStop):
        undo(project, first)
    report, number = undo(project, second, dry_run=True)
    assert (report.kind, report.counts["events_removed"], number) == ("import", 1, None)
    assert content(project.store) == after
    undo(project, second)
    assert content(project.store) == between
    report, number = undo(project, first)
    assert (report.counts["customers_removed"], number) == (
        2,
        project.store.value("SELECT max(number) FROM operations"),
    )
    check_invariants(project.store)
    assert content(project.store) == start
    assert project.customers(file).customers_created == 2
    project.events("order", orders)
    again = content(project.store)
    assert again.pop("assignments") != after.pop("assignments")  # their `since` is the new import's
    assert again == after


def test_a_correction_and_a_changed_cell_get_their_old_values_back(project):
    project.customers(project.file("a.csv", "客户编号,姓名,城市", "001,王伟,上海", "002,李娜,北京"))
    project.events(
        "order", project.file("o.csv", "订单编号,客户编号,下单时间,实付金额", "A1,001,2026-01-01,1.10")
    )
    before = content(project.store)
    project.customers(project.file("a.csv", "客户编号,姓名,城市", "001,王伟,广州", "003,赵六,"))
    first = project.operation
    project.events(
        "order", project.file("o.csv", "订单编号,客户编号,下单时间,实付金额", "A1,001,2026-01-02,2")
    )
    second = project.operation
    undo(project, first)
    undo(project, second)
    assert content(project.store) == before


def test_an_applied_edit_of_the_file_is_undone_with_the_file(project):
    apply_file(project, FIRST)
    project.customers(project.file("a.csv", "客户编号,标签", "1,新客户"))
    before = content(project.store)
    number = apply_file(project, SECOND)
    after = content(project.store)
    report, undone = undo(project, number)
    assert report.files == ("taxonomy.yaml",)
    assert (project.folder / "taxonomy.yaml").read_text("utf-8") == FIRST
    assert content(project.store) == before
    undo(project, undone)
    assert (project.folder / "taxonomy.yaml").read_text("utf-8") == SECOND
    assert content(project.store) == after


def test_a_file_changed_since_is_an_obstacle_and_nothing_is_undone(project):
    apply_file(project, FIRST)
    number = apply_file(project, SECOND)
    (project.folder / "taxonomy.yaml").write_text(SECOND + "# mine\n", "utf-8")
    before = content(project.store)
    with pytest.raises(GuardStop) as stop:
        undo(project, number)
    assert [problem.code for problem in stop.value.problems] == ["file-changed"]
    assert content(project.store) == before


def test_a_file_that_an_operation_wrote_gets_its_old_text_back(project):
    file = project.folder / "rules.yaml"
    file.write_bytes(b"old")
    with project.operate("rename") as op:
        op.write_file(file, b"new")
    undo(project, op.result)
    assert file.read_bytes() == b"old"
    undo(project, op.result + 1)
    assert file.read_bytes() == b"new"


def test_all_obstacles_are_named_at_once(project):
    project.customers(project.file("a.csv", "客户编号,城市", "1,上海"))
    first = project.operation
    project.customers(project.file("b.csv", "客户编号,城市,性别", "1,北京,男"))
    project.events("order", project.file("o.csv", "客户编号,下单时间", "1,2026-01-01"))
    with pytest.raises(GuardStop) as stop:
        undo(project, first)
    said = [problem.next.splitlines()[0] for problem in stop.value.problems]
    assert said == [f"Undo it first: tagctl undo {first + later}" for later in (2, 1)]
    assert stop.value.problems[-1].next.endswith(f"tagctl undo {first} --cascade")
