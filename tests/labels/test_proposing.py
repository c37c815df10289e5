"""Labels to proposals: whatever the labels, each is in the taxonomy once, as an import looks it up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagctl import rules
from tagctl.labels.proposing import Column, Label, propose
from tagctl.model import Taxonomy
from tagctl.normalise import identity, nameable
from tagctl.rules import drafting

EXAMPLE = (Path(__file__).parents[2] / "taxonomy.example.yaml").read_bytes()
FLOW = "dimensions: [{name: 来源, tags: [抖音, {name: VIP, aliases: [贵宾]}]}, {name: 等级}]\r\n".encode()
PACKED, TIER = Column("a.csv", "标签"), Column("a.csv", "等级", whole=True)

words = st.sampled_from(
    [
        "VIP",
        "vip",
        "抖音",
        "来源",
        "等级",
        "活动",
        "潜在客户",
        "贵宾",
        "未分类",
        "yes",
        "2024",
        "a",
        "“x”",
        "'",
        '"',
        "#1",
        "- b",
    ]
)
texts = words | st.text(min_size=1, max_size=8)
prefixed = st.tuples(texts, st.sampled_from([":", "：", "-", "_", " - ", ": "]), texts).map("".join)
labels_ = st.lists(
    st.tuples(texts | prefixed, st.booleans(), st.sets(st.sampled_from("abcdef"), min_size=1)), max_size=12
)


def given_labels(found):
    """Labels as reading gives them: each once by identity, within a whole column."""
    once = {}
    for text, whole, customers in ((text.strip(), *others) for text, *others in found):
        if nameable(text):
            column = TIER if whole else PACKED
            once.setdefault((whole, identity(text)), Label((text,), frozenset(customers), column))
    return list(once.values())


def resolved(taxonomy: Taxonomy, label: str) -> str | None:
    """As store/labels.resolver does."""
    form = identity(label)
    if form in taxonomy.names:
        return taxonomy.names[form]
    prefix, colon, value = form.partition(":")
    tag = taxonomy.names.get(value.strip()) if colon else None
    return tag if tag and identity(taxonomy.tags[tag].dimension) == prefix.strip() else None


@pytest.mark.parametrize("data", [None, EXAMPLE, FLOW], ids=["nothing", "example", "flow"])
@settings(max_examples=40)
@given(labels_)
def test_every_label_is_in_the_taxonomy_and_what_was_there_stays(data, found):
    labels = given_labels(found)
    before, _problems, _warnings = rules.read_taxonomy(data, "taxonomy.yaml")
    proposal = propose(labels, before, "zh")
    text = drafting.added(data, "taxonomy.yaml", proposal.dimensions, proposal.aliases)
    after, problems, _warnings = rules.read_taxonomy(text, "taxonomy.yaml")
    assert problems == ()
    assert [label.said for label in labels if resolved(after, label.said) is None] == []
    assert set(before.tags) <= set(after.tags)
    again = propose(labels, after, "zh")
    assert (again.dimensions, again.aliases) == ((), {})
    proposed = [tag for dimension in proposal.dimensions for tag in dimension.tags]
    assert len(after.tags) == len(before.tags) + len(proposed)
    everybody = set().union(*(label.customers for label in labels)) if labels else set()
    assert all(0 < tag.customers <= len(everybody) for tag in proposed)


def label(text, customers, column=PACKED, *others):
    return Label((text, *others), frozenset(customers), column)


def shape(labels, taxonomy=None, language="zh"):
    found = propose(labels, taxonomy or Taxonomy(), language)
    return {d.name: [(t.name, t.customers, *t.aliases) for t in d.tags] for d in found.dimensions}, {
        d.name: (d.kind, d.exclusive) for d in found.dimensions
    }


def test_grouped_by_prefix_column_and_words_the_rest_unsorted():
    tags, kinds = shape(
        [
            label("VIP", "ab"),
            label("来源-抖音", "a"),
            label("抖音", "bc"),
            label("金卡", "a", TIER),
            label("VIP", "c", TIER),
            label("要发票", "abc"),
            label("活动A-一等", "a"),
            label("活动A-二等", "b"),
        ]
    )
    assert tags == {
        "来源": [("抖音", 3, "来源-抖音")],
        "等级": [("VIP", 3), ("金卡", 1)],
        "活动A": [("一等", 1, "活动A-一等"), ("二等", 1, "活动A-二等")],
        "未分类": [("要发票", 3)],
    }
    assert kinds["来源"] == ("source", "none")
    assert kinds["等级"] == ("value", "none")  # a has both
    assert kinds["未分类"] == ("attribute", "none")


def test_a_column_whose_customers_have_one_value_each_is_exclusive():
    stage = Column("a.csv", "Lifecycle Stage", whole=True)
    _tags, kinds = shape([label("lead", "ab", stage), label("customer", "cd", stage)], language="en")
    assert kinds == {"Lifecycle Stage": ("lifecycle", "one")}
    _tags, kinds = shape([label("lead", "ab"), label("customer", "bc")], language="en")
    assert kinds == {"Lifecycle": ("lifecycle", "none")}


def test_a_hyphen_in_an_english_word_is_no_dimension():
    tags, _kinds = shape([label("e-mail", "a"), label("pre-order", "b"), label("10:30", "c")], language="en")
    assert set(tags) <= {"Source", "Unsorted"}


def test_known_tags_are_counted_and_get_the_aliases_they_need():
    taxonomy, _problems, _warnings = rules.read_taxonomy(EXAMPLE, "taxonomy.yaml")
    found = propose(
        [label("高價值客戶", "ab"), label("vip", "bc"), label("VIP", "d", TIER), label("来源-抖音", "a")],
        taxonomy,
        "zh",
    )
    assert {tag: "".join(sorted(who)) for tag, who in found.held.items()} == {"VIP": "abcd", "抖音": "a"}
    assert found.aliases == {"VIP": ("等级:VIP",), "抖音": ("来源-抖音",)}
    assert found.dimensions == ()
