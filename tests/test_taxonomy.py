"""taxonomy.yaml as people write it, and what comes of it. Its errors are in cases/errors."""

from __future__ import annotations

from tagctl import rules
from tagctl.errors import ConfigError
from tagctl.model import Dimension, Duration, Limits, Tag, Taxonomy
from tagctl.rules import source, taxonomy

TEXT = """
version: 1
limits: {dimensions: 5, tags: 50}
naming: {max_length: 15}
dimensions:
  - name: 生命周期
    name_en: Lifecycle
    kind: lifecycle
    exclusive: ordered
    on_conflict: later
    tags:
      - name: 潜在客户
        aliases: [意向客户, 潜客]
        purpose: 还没有下过单的人
        owner: 销售部
        action: 跟进
        review: 180d
        name_en: Prospect
      - name: 已成交客户
        children:
          - name: 一次客户
          - name: 多次客户
            status: draft
            children: [十次客户]
      - 流失客户
  - name: 价值
    kind: value
    tags:
      - {name: VIP, aliases: [高價值客户], implies: [高价值客户们, 已成交], expires: 1年}
      - {name: 高价值客户们, aliases: []}
      - {name: 有订单, aliases: [已成交]}
conflicts:
  - [潜客, 已成交客户]
"""


def parsed(text: str) -> Taxonomy:
    found, problems, warnings = rules.read_taxonomy(text.encode(), "taxonomy.yaml")
    assert (problems, warnings) == ((), ())
    return found


def test_dimensions():
    found = parsed(TEXT)
    assert list(found.dimensions) == ["生命周期", "价值"]
    assert found.dimensions["生命周期"] == Dimension(
        "生命周期",
        "lifecycle",
        "ordered",
        "later",
        ("潜在客户", "已成交客户", "一次客户", "多次客户", "十次客户", "流失客户"),
        "Lifecycle",
    )
    assert found.dimensions["价值"].exclusive == "none"
    assert found.limits == Limits(5, 50, 15)


def test_tags():
    found = parsed(TEXT)
    assert found.tags["潜在客户"] == Tag(
        "潜在客户",
        "生命周期",
        choice="潜在客户",
        aliases=("意向客户", "潜客"),
        name_en="Prospect",
        purpose="还没有下过单的人",
        owner="销售部",
        action="跟进",
        review=Duration(180, "d"),
    )
    assert found.tags["VIP"].expires == Duration(1, "y")
    assert found.tags["VIP"].implies == ("高价值客户们", "有订单")  # an alias leads to its tag
    assert found.tags["多次客户"].status == "draft"
    assert (found.tags["流失客户"].location.line, found.tags["流失客户"].location.column) == (25, 9)


def test_children_are_one_choice_with_their_parent():
    found = parsed(TEXT)
    choices = {name: (tag.parent, tag.choice, tag.position) for name, tag in found.tags.items()}
    assert choices["十次客户"] == ("多次客户", "已成交客户", 1)
    assert choices["一次客户"] == ("已成交客户", "已成交客户", 1)
    assert choices["流失客户"] == (None, "流失客户", 2)
    assert found.children("已成交客户") == ("已成交客户", "一次客户", "多次客户", "十次客户")
    assert found.children("流失客户") == ("流失客户",)


def test_names_and_aliases_lead_to_the_tag():
    found = parsed(TEXT)
    assert found.names["高价值客户"] == "VIP"  # the traditional spelling, folded
    assert found.names["vip"] == "VIP"
    assert found.names["潜客"] == "潜在客户"
    assert found.conflicts == (("潜在客户", "已成交客户"),)


def test_no_file_is_an_empty_taxonomy():
    for data in (None, b"", b"# nothing\n", b"version: 1\ndimensions:\n"):
        assert rules.read_taxonomy(data, "taxonomy.yaml") == (Taxonomy(), (), ())


def test_a_broken_tag_does_not_hide_the_others():
    text = "dimensions: [{name: 价值, tags: [{name: A, expires: 3m}, {nam: B}, C]}]"
    found, problems, _warnings = rules.read_taxonomy(text.encode(), "taxonomy.yaml")
    assert list(found.tags) == ["A", "C"]
    assert [problem.code for problem in problems] == ["bare-m", "unknown-key"]


def test_a_diamond_of_implications_is_allowed():
    tags = "[{name: A, implies: [B, C]}, {name: B, implies: [X]}, {name: C, implies: [X]}, X]"
    assert parsed(f"dimensions: [{{name: D, tags: {tags}}}]").tags["A"].implies == ("B", "C")


def test_a_circle_through_a_parent():
    text = (
        "dimensions: [{name: D, tags: [{name: A, implies: [X], children: [A1]}, {name: X, implies: [A1]}]}]"
    )
    _found, problems, _warnings = rules.read_taxonomy(text.encode(), "taxonomy.yaml")
    assert [(p.code, p.what.split(": ")[1]) for p in problems] == [("implies-cycle", "X → A1 → X.")]


def test_a_parent_may_imply_its_child_where_both_can_be_held():
    text = "dimensions: [{name: D, tags: [{name: A, implies: [A1], children: [A1]}]}]"
    assert parsed(text).tags["A"].implies == ("A1",)


def test_exclusive_neighbours_may_not_imply_each_other_but_others_may():
    text = "dimensions: [{name: D, tags: [{name: A, implies: [Y]}]}, {name: E, exclusive: one, tags: [X, Y]}]"
    assert parsed(text).tags["A"].implies == ("Y",)


def test_attributes_are_counted_apart():
    dimensions = "[{name: A, kind: attribute, tags: [a, b, c]}, {name: B, kind: value, tags: [d]}]"
    parsed(f"limits: {{dimensions: 1, tags: 1}}\ndimensions: {dimensions}")


def test_two_doors_one_result():
    node = source.load(TEXT.encode(), "taxonomy.yaml")
    assert taxonomy.parse(node)[0] == parsed(TEXT)
    try:
        source.load(b"a: {", "taxonomy.yaml")
    except ConfigError as error:
        assert error.exit_code == 3
