"""Every cell that is read is stored, rejected, ignored or blank."""

from __future__ import annotations

import pytest
from importing_project import Project

from tagctl.workflows.importing.accounting import Account


def counts(report):
    (file,) = report.files
    return file.cells.row()


def test_cells_of_customers(tmp_path):
    project = Project(tmp_path)
    project.taxonomy()
    file = project.file(
        "a.csv",
        "客户编号,姓名,积分,标签,备注",
        "1,甲,10,VIP,x",  # 4 stored, 1 ignored
        "2,,三,,",  # 1 stored, 1 rejected, 3 blank
        "3,-,n/a,VIP|铂金,",  # 3 stored (a hyphen is text), 2 blank
        ",丁,5,VIP,y",  # no key: 4 rejected, 1 blank
        "5,戊",  # ragged: 2 rejected
        ",,,,",
        "合计,,15,,",  # 2 rejected, 3 blank
    )
    options = {"key": "客户编号", "ignore": ("备注",), "map": {"积分": (None, "number")}}
    # read, stored, rejected, ignored, blank
    assert counts(project.customers(file, **options)) == (27, 8, 9, 1, 9)


@pytest.mark.parametrize(("strict", "expected"), [(False, (8, 6, 1, 0, 1)), (True, (8, 4, 3, 0, 1))])
def test_a_strict_import_rejects_all_cells_of_a_row(tmp_path, strict, expected):
    project = Project(tmp_path)
    file = project.file("a.csv", "客户编号,积分,城市,邮编", "1,2,上海,200000", "2,三,杭州,")
    map_ = {"积分": (None, "number")}
    assert counts(project.customers(file, key="客户编号", map=map_, strict=strict)) == expected


def test_refused_labels_and_rows_taken_out_later_are_rejected(tmp_path):
    project = Project(tmp_path)
    project.taxonomy()
    project.customers(project.file("c.csv", "客户编号,标签", "1,VIP"))
    labels = project.file("d.csv", "客户编号,标签", "1,VIP", "2,铂金")
    assert counts(project.customers(labels, unknown="reject")) == (4, 3, 1, 0, 0)
    orders = project.file(
        "o.csv",
        "客户编号,时间,金额,备注",
        "1,2026-01-05,12,x",
        "9,2026-01-06,三,y",  # a stranger whose amount could not be read either
        "9,2026-01-07,,",
    )
    options = {"unknown_customers": "reject", "ignore": ("备注",), "map": {"金额": ("amount", "money")}}
    assert counts(project.events("order", orders, **options)) == (12, 3, 6, 1, 2)


def test_a_cell_that_vanishes_is_an_error_of_ours(tmp_path):
    project = Project(tmp_path)
    assert project.customers(project.file("a.csv", "客户编号,姓名", "1,甲")).files[0].cells.stored == 2
    account = Account([], guarded=True, silent=lambda _column, _text: False)
    account.read += 1
    with pytest.raises(AssertionError, match="add up"):
        account.counts()


def test_a_converter_that_drops_a_cell_is_found(tmp_path, monkeypatch):
    from tagctl.io import cells

    project = Project(tmp_path)
    file = project.file("a.csv", "客户编号,姓名", "1,甲", "2,乙")
    monkeypatch.setattr(cells, "_fast_text", lambda text: None)
    monkeypatch.setattr(cells, "_text", lambda plain, value, identifier: plain if identifier else None)
    with pytest.raises(AssertionError, match="add up"):
        project.customers(file, key="客户编号")
