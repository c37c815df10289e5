"""Which labels are found to be the same, related or neither."""

from __future__ import annotations

import dataclasses
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tagctl.labels.duplicates import Given, Label, Witness, clusters, spelling
from tagctl.labels.duplicates import forms as forms_of
from tagctl.normalise import identity

CASES = yaml.safe_load((Path(__file__).parent.parent / "cases" / "duplicates.yaml").read_text("utf-8"))


def found(labels, given=None, verdict="same") -> list[set[str]]:
    texts = [Label(text) if isinstance(text, str) else text for text in labels]
    return [set(cluster.labels) for cluster in clusters(texts, given) if cluster.verdict == verdict]


def together(groups, one, other) -> bool:
    return any({one, other} <= group for group in groups)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case):
    labels = case.get("labels") or case.get("apart") or case.get("not_related")
    same, related = found(labels), found(labels, verdict="related")
    for group in case.get("same", ()):
        assert set(group) in same
    if "same" in case and "apart" not in case:
        assert len(same) == len(case["same"])
    for one, other in combinations(case.get("apart", ()), 2):
        assert not together(same, one, other), (one, other)
    for group in case.get("related", ()):
        assert any(set(group) <= cluster for cluster in related), (group, related)
    for one, other in combinations(case.get("not_related", ()), 2):
        assert not together([*same, *related], one, other)


# ── what a person says ───────────────────────────────────────────────────────────────────────────


def said(verdict, one, other) -> Given:
    return Given(verdicts={frozenset((identity(one), identity(other))): verdict})


@pytest.mark.parametrize("verdict", ["different", "related", "parent"])
def test_what_was_decided_apart_is_in_no_cluster_again(verdict):
    assert not clusters([Label("VIP"), Label("vip客户")], said(verdict, "VIP", "VIP客户"))
    three = [Label("VIP"), Label("vip客户"), Label("V.I.P.")]
    assert not together(found(three, said(verdict, "VIP", "vip客户")), "VIP", "vip客户")


def test_what_was_decided_the_same_is_the_same_whatever_guards_say():
    [cluster] = clusters([Label("新客户"), Label("老客户")], said("same", "新客户", "老客户"))
    assert (cluster.verdict, cluster.score, cluster.witnesses[-1]) == ("same", 1.0, "decided")


def test_synonyms_of_the_user_pass_guards():
    given = Given(synonyms=[("VIP", "大客户", "高净值")])
    assert found(["vip", "大客户", "高净值客户", "低净值客户"], given) == [{"vip", "大客户", "高净值客户"}]


def test_an_alias_speaks_for_its_tag_and_is_no_duplicate_of_it():
    tag = Label("潜在客户", "tag", aliases=("待转化",))
    assert not clusters([tag])
    [cluster] = clusters([tag, Label("待转化用户", "unknown")])
    assert cluster.labels == ("潜在客户", "待转化用户")
    assert set(cluster.witnesses) == {"generic", "alias"}


# ── what is known about customers ────────────────────────────────────────────────────────────────


def both(one: Label, other: Label, shared: int):
    return clusters([one, other], Given(shared={frozenset((one.text, other.text)): shared}))


def test_the_lexicon_and_the_same_customers_are_enough():
    vip, valuable = Label("VIP", "tag", 100), Label("高价值客户", "unknown", 95)
    [cluster] = both(vip, valuable, 90)
    assert cluster.verdict == "same"
    assert set(cluster.witnesses) >= {"lexicon", "same-customers"}
    assert [member.shared for member in cluster.members] == [100, 90]
    [apart] = both(vip, valuable, 10)
    assert apart.verdict == "related"


def test_the_same_customers_alone_relate():
    [cluster] = both(Label("母婴", customers=100), Label("奶粉", customers=100), 100)
    assert (cluster.verdict, cluster.witnesses) == ("related", ("same-customers",))


def test_guards_are_stronger_than_customers():
    [cluster] = both(Label("新客户", customers=100), Label("老客户", customers=100), 100)
    assert (cluster.verdict, cluster.guards) == ("related", ("age",))


def test_a_label_with_more_words_and_none_but_its_customers_is_a_kind():
    [cluster] = both(Label("咖啡", customers=500), Label("手冲咖啡", customers=50), 50)
    assert (cluster.verdict, cluster.canonical) == ("parent", "咖啡")


def test_rules_that_say_the_same_are_one_tag():
    [cluster] = clusters([Label("死忠", rule="r1"), Label("常来", rule="r1"), Label("别的", rule="r2")])
    assert (cluster.verdict, cluster.witnesses) == ("same", ("same-rule",))


def test_the_canonical_name():
    def canonical(*labels):
        return clusters(labels)[0].canonical

    assert canonical(Label("VIP", customers=3), Label("vip客户", customers=9)) == "vip客户"
    assert canonical(Label("VIP客户", "tag", 3), Label("VIP", "unknown", 3)) == "VIP客户"
    assert canonical(Label("V.I.P."), Label("ＶＩＰ"), Label("VIP")) == "VIP"


# ── plug-ins ─────────────────────────────────────────────────────────────────────────────────────


def test_a_witness_may_be_brought():
    def knows(pool):
        texts = [label.text for label in pool.labels]
        yield (texts.index("宝妈"), texts.index("亲子家庭")), 0.9
        yield (texts.index("宝妈"), texts.index("新宝妈")), 0.9

    given = Given(witnesses=[Witness("embedding", knows)])
    assert found(["宝妈", "亲子家庭", "新宝妈"], given) == [{"宝妈", "亲子家庭"}]


# ── always ───────────────────────────────────────────────────────────────────────────────────────

WORDS = "vip VIP 客户 用户 高 低 非 意向 活跃 gold silver member s - . 3 30 天 新 老 un paid 金 卡 é 戶 +"
PIECES = st.sampled_from([*WORDS.split(" "), "newsletter", " "])
LABELS = st.lists(st.lists(PIECES, min_size=1, max_size=4).map("".join), unique=True, max_size=9)


@settings(max_examples=150)
@given(LABELS, st.randoms())
def test_clusters_hold_what_they_promise(labels, random):
    result = clusters([Label(text) for text in labels])
    same = [cluster.labels for cluster in result if cluster.verdict == "same"]
    members = [label for cluster in same for label in cluster]
    assert len(members) == len(set(members))
    for cluster in result:
        assert cluster.canonical == cluster.labels[0]
        assert len(set(cluster.labels)) == len(cluster.labels) > 1
        assert 0 <= cluster.score <= 1
        assert cluster.witnesses
    for cluster in same:
        digits = {tuple(c for c in label if c.isdigit()) for label in cluster}
        assert len(digits) == 1
    for one, other in combinations(labels, 2):
        if identity(one) == identity(other):
            assert together([set(c) for c in same], one, other)
    shuffled = list(labels)
    random.shuffle(shuffled)
    assert {frozenset(c) for c in same} == {frozenset(c) for c in found(shuffled)}


@settings(max_examples=60)
@given(LABELS.filter(lambda labels: len(labels) > 1), st.data())
def test_a_verdict_is_kept(labels, data):
    one, other = data.draw(st.sampled_from(list(combinations(labels, 2))))
    if identity(one) != identity(other):
        assert not any({one, other} <= set(c) for c in found(labels, said("different", one, other)))
        assert any({one, other} <= c for c in found(labels, said("same", one, other)))


LETTERS = st.text("abcdeo", min_size=7, max_size=14)


@settings(max_examples=200)
@given(
    LETTERS, st.integers(1, 13), st.sampled_from("abcdeo"), st.sampled_from(["put", "add", "drop", "swap"])
)
def test_two_words_one_edit_apart_meet(word, place, letter, edit):
    """Whatever edit it is, but for the first letter, and wherever."""
    place = min(place, len(word) - 1)
    before, here, after = word[:place], word[place], word[place + 1 :]
    changed = {
        "put": before + letter + after,
        "add": before + letter + here + after,
        "drop": before + after,
        "swap": before + after[:1] + here + after[1:],
    }[edit]
    if changed != word and len(changed) >= spelling.WORD and changed[0] == word[0]:
        forms = [forms_of.form(word, frozenset()), forms_of.form(changed, frozenset())]
        assert list(spelling.typos(forms)) == [(0, 1)]


def test_less_sure_clusters_are_left_out():
    labels = [Label(text) for text in ("沉默客户", "沉默用户", "90天未购", "60天未购")]
    every = clusters(labels)
    assert {cluster.verdict for cluster in every} == {"same", "related"}
    assert clusters(labels, least=0.9) == tuple(c for c in every if c.score >= 0.9)
    assert dataclasses.is_dataclass(every[0])
