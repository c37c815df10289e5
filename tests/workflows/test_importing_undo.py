"""Imports of real shapes taken back, one after the other, and put back again."""

from __future__ import annotations

import pytest
from content import content
from importing_project import Project

from tagctl.errors import GuardStop
from tagctl.store import undo


def take_back(project, number):
    with project.operate("undo") as op:
        undo.undo(op, number)
        op.keep()
    return op.result


def steps(project):
    """Imports that create, correct, add fields, gain and end tags, and bring events with lines."""
    lines = "订单编号,客户编号,下单时间,金额,状态"
    yield lambda: project.customers(
        project.file("1.csv", "客户编号,城市,积分,标签", "1,上海,0.1,VIP、铂金", "2,杭州,3,新客户", "3,,,")
    )
    yield lambda: project.customers(
        project.file(
            "2.csv",
            "客户编号,城市,积分,标签",
            "1,北京,0.30000000000000004,VIP",
            "4,苏州,1,老客户",
            "2,杭州,,",
        )
    )
    yield lambda: project.events(
        "order",
        project.file("3.csv", lines, "a,1,2026-01-05,10,未付款", "a,,,5,", "b,9,2026-01-06 10:00,7,已付款"),
    )
    yield lambda: project.events("order", project.file("4.csv", lines, "a,2,2026-01-05,10,已付款"))
    yield lambda: project.customers(project.file("5.csv", "会员编号,城市,生日", "1,,1990-02-28", "9,武汉,"))


def test_each_import_is_taken_back_and_put_back_whole(tmp_path):
    project = Project(tmp_path)
    project.taxonomy()
    states, numbers = [content(project.store)], []
    for step in steps(project):
        step()
        numbers.append(project.operation)
        states.append(content(project.store))
    undos = []
    for number, before in zip(reversed(numbers), reversed(states[:-1]), strict=True):
        undos.append(take_back(project, number))
        assert content(project.store) == before
    for number, after in zip(reversed(undos), states[1:], strict=True):
        take_back(project, number)
        assert content(project.store) == after


def test_an_import_that_another_builds_on_is_an_obstacle(tmp_path):
    project = Project(tmp_path)
    project.customers(project.file("1.csv", "客户编号,城市", "1,上海"))
    first = project.operation
    project.events("order", project.file("2.csv", "客户编号,下单时间", "1,2026-01-05"))
    with pytest.raises(GuardStop):
        take_back(project, first)
