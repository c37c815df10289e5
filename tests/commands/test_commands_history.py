"""What happened to a customer or a tag: every kind of change, with before and after."""

from __future__ import annotations

import pytest
from project_of_commands import made


@pytest.fixture
def project(tmp_path, monkeypatch):
    project = made(tmp_path, monkeypatch)
    project.customers("a.csv", "客户编号,姓名,城市,消费,标签", "1,王伟,上海,1.5,VIP", "2,王伟伟,北京,2,神秘")
    return project


def told(project, *words):
    """(operation, what, name, source, before, after, count) newest operation first."""
    return [
        (row["number"], *(value for value in change.values() if value is not None))
        for row in project.json("history", *words)
        for change in row["changes"]
    ]


def test_the_life_of_a_customer(project):
    project.customers("a.csv", "客户编号,姓名,城市,消费,标签", "1,王伟,广州,0.1,")
    project(
        "import",
        "events",
        "order",
        project.file("o.csv", "订单号,客户编号,下单时间", "A,1,2026-01-01", "B,1,2026-01-02"),
    )
    project("import", "events", "order", project.file("o.csv", "订单号,客户编号,下单时间", "A,1,2026-01-03"))
    project("customers", "merge", "1", "2", "--keep", "longest", "--yes")
    project("undo", "6")
    assert told(project, "1") == [
        (7, "separated", "2"),
        (7, "field", "消费", "2", "0.1"),
        (7, "field", "姓名", "王伟伟", "王伟"),
        (6, "united", "2"),
        (6, "field", "消费", "0.1", "2"),
        (6, "field", "姓名", "王伟", "王伟伟"),
        (5, "corrected", "order", 1),
        (4, "events", "order", 2),
        (3, "field", "城市", "上海", "广州"),
        (3, "field", "消费", "1.5", "0.1"),
        (3, "lost", "VIP", "import"),
        (2, "created", "1"),
        (2, "gained", "VIP", "import"),
    ]  # fmt: skip
    text = project("history", "1").stdout
    assert "城市: 上海 → 广州; 消费: 1.5 → 0.1; -VIP (import)" in text
    assert "taken back by 7" in text


def test_the_life_of_a_tag(project):
    project("tags", "add", "神秘", "--as", "VIP")
    project.edit("name: VIP, aliases: [神秘]", "name: 贵宾, aliases: [VIP]")
    project.edit("新客户]", "新客户]\n  - {name: 其他, tags: [散客]}")
    project("taxonomy", "apply", "--yes")
    project.edit("tags: [散客]", "tags: [散客, {name: 贵宾, aliases: [VIP, 新客户]}]")
    project.edit("[{name: 贵宾, aliases: [VIP]}, 新客户]", "[甲]")
    project("taxonomy", "apply", "--yes")
    assert sorted(told(project, "贵宾"), reverse=True) == sorted(
        [
            (5, "moved", "贵宾", "价值", "其他"),
            (5, "merged", "新客户", "贵宾"),
            (5, "state", "新客户", "declared", "merged"),
            (5, "alias_added", "新客户"),
            (4, "renamed", "贵宾", "VIP", "贵宾"),
            (4, "alias_added", "VIP"),
            (4, "alias_removed", "神秘"),
            (3, "alias_added", "神秘"),
            (3, "gained", "贵宾", "import", 1),
            (2, "gained", "贵宾", "import", 1),
            (1, "created", "贵宾"),
            (1, "created", "新客户"),
        ],
        reverse=True,
    )
    text = project("history", "贵宾").stdout
    assert "renamed: VIP → 贵宾" in text
    assert "+贵宾 (import, 1 customer)" in text


def test_when_and_of_which_kind(project):
    project("run", "--note", "x")
    project("undo", "2", "--cascade")
    assert [row["kind"] for row in project.json("history", "--kind", "import", "--kind", "undo")] == [
        "undo",
        "import",
    ]
    assert project.json("history", "--since", "2026-11-02") == []
    assert len(project.json("history", "--since", "2026-11-01")) == 4
    assert "There are: import, init, run, undo" in project("history", "--kind", "imports", code=2).output
    assert "There is no customer and no tag “谁”." in project("history", "谁", code=2).output
