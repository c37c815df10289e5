"""Fields that rules.yaml declares otherwise than import inferred them."""

from __future__ import annotations

import pytest
from importing_project import ZONE, Project

from tagctl.errors import ConfigError
from tagctl.store import undo
from tagctl.workflows.converting import convert_declared


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.customers(
        made.file(
            "c.csv",
            "客户编号,等级,备注,积分,消费额,登录时间",
            "1,03,12,5,￥12.5,2026-01-05 23:30",
            "2,4,,6.5,300,2026-01-06 00:10",
        ),
        map={"等级": (None, "text"), "备注": (None, "text")},
    )
    return made


def convert(project, **declared):
    with project.operate("run") as op:
        names = convert_declared(op, declared, "rules.yaml", timezone=ZONE, currency="CNY")
    return op.result, names


def column(project, name):
    return [value for (value,) in project.rows(f"SELECT {name} FROM customers ORDER BY tagctl_id")]


@pytest.mark.parametrize(
    ("name", "type_", "values"),
    [
        ("等级", "number", [3.0, 4.0]),
        ("备注", "money", [120_000, None]),
        ("积分", "text", ["5", "6.5"]),
        ("消费额", "number", [12.5, 300.0]),
        ("消费额", "text", ["12.5", "300"]),
        ("登录时间", "date", ["2026-01-05", "2026-01-06"]),
        ("登录时间", "text", ["2026-01-05 23:30:00", "2026-01-06 00:10:00"]),
    ],
)
def test_the_column_is_converted_and_can_be_undone(project, name, type_, values):
    before = column(project, name)
    number, names = convert(project, **{name: type_})
    assert names == (name,)
    assert column(project, name) == values
    assert convert(project, **{name: type_}) == (None, ()), "the second time there is nothing to do"
    with project.operate("undo") as op:
        undo.undo(op, number)
        op.keep()
    assert column(project, name) == before


def test_cells_that_do_not_convert_are_listed_and_nothing_changes(project):
    project.customers(project.file("d.csv", "客户编号,等级", "2,金卡", "3,银卡"))
    with pytest.raises(ConfigError) as raised:
        convert(project, 等级="number", 备注="number")
    codes = [problem.code for problem in raised.value.problems]
    assert codes == ["not-convertible", "not-convertible", "field-type"]
    assert "金卡" in raised.value.problems[0].what
    assert column(project, "等级") == ["03", "金卡", "银卡"]
    assert column(project, "备注") == ["12", None, None]


def test_the_key_and_unknown_names_are_left_alone(project):
    assert convert(project, 客户编号="number", 没有="date") == (None, ())
