"""What decisions say about labels that come later."""

from __future__ import annotations

import pytest

from tagctl.labels.replaying import Replay, standing
from tagctl.normalise import identity
from tagctl.reports.deciding import Decision

SAME = [
    Decision("沉默用户", "沉默客户", "same"),
    Decision("大佬", "VIP", "same"),
    Decision("贵客", "大佬", "same"),
    Decision("沉默会员", "沉默客户", "different"),
]
NAMES = {identity(name): tag for name, tag in {"沉默客户": "沉默客户", "VIP": "VIP", "贵宾": "VIP"}.items()}


@pytest.mark.parametrize(
    ("label", "tag"),
    [
        ("沉默用户", "沉默客户"),
        ("沉默用戶", "沉默客户"),  # another script: the same identity
        ("沉默人群", "沉默客户"),  # differs in what the two differ in
        ("沉默会员", None),  # decided otherwise
        ("非沉默用户", None),
        ("贵客", "VIP"),  # by way of another label
        ("大佬客户", None),  # nothing was decided about such words here
        ("从未见过", None),
    ],
)
def test_the_tag_of_a_label(label, tag):
    assert Replay(SAME, NAMES).tag(label) == tag


def test_two_tags_of_one_group_say_nothing():
    names = {**NAMES, identity("贵客"): "贵客"}
    assert Replay(SAME, names).tag("大佬") is None


def test_verdicts_follow_labels_that_became_spellings_and_the_last_counts():
    given = [Decision("老客", "贵宾", "related"), Decision("老客", "VIP", "different")]
    assert standing(given, NAMES) == {frozenset((identity("老客"), identity("VIP"))): "different"}
    assert standing([Decision("贵宾", "VIP", "same")], NAMES) == {}
