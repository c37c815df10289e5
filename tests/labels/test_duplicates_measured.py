"""How well duplicates are found on lists whose truth is known."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from tagctl.labels.duplicates import Label, clusters, fingerprints, spelling

DATA = Path(__file__).parent.parent / "data" / "labels"


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def topics() -> dict[str, str]:
    """Label → true cluster."""
    return {row["label"]: row["true_cluster"] for row in rows("github_topics_label_list")}


def same(labels) -> list[tuple[str, ...]]:
    return [c.labels for c in clusters([Label(text) for text in labels], least=0.6) if c.verdict == "same"]


@cache
def topic_clusters() -> tuple[tuple[str, ...], ...]:
    return tuple(same(topics()))


def places(groups) -> dict[str, int]:
    return {label: number for number, group in enumerate(groups) for label in group}


def digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def test_recall_by_class():
    place = places(topic_clusters())
    met, every = Counter(), Counter()
    for row in rows("github_topics_alias_pairs"):
        one, other, kind = row["canonical"], row["alias"], row["pair_class"][0]
        if digits(one) == digits(other) and {one, other} <= topics().keys():
            every[kind] += 1
            met[kind] += place.get(one, -1) == place.get(other, -2)
    recall = {kind: met[kind] / every[kind] for kind in "ABCD"}
    assert all(recall[kind] >= 0.98 for kind in "ABC"), recall
    assert recall["D"] >= 0.85, recall


def test_precision():
    shares = []
    for group in topic_clusters():
        pairs = list(combinations(group, 2))
        shares.append(sum(topics()[one] == topics()[other] for one, other in pairs) / len(pairs))
    assert len(shares) > 100
    assert sum(shares) / len(shares) >= 0.97


def test_known_strangers_are_left_alone():
    place = places(topic_clusters())
    strangers = rows("github_topics_not_duplicates")
    proposed = [r for r in strangers if place.get(r["label_a"], -1) == place.get(r["label_b"], -2)]
    assert len(proposed) <= 0.005 * len(strangers), proposed


def test_simplified_and_traditional():
    pairs = [row for row in rows("opencc_zh_variant_pairs") if row["kind"] == "simplified-traditional"]
    place = places(same(dict.fromkeys(row[c] for row in pairs for c in ("label_a", "label_b"))))
    met = sum(place.get(row["label_a"], -1) == place.get(row["label_b"], -2) for row in pairs)
    assert len(pairs) > 400
    assert met / len(pairs) >= 0.99


def test_names_of_languages():
    truth = {row["alias"]: row["canonical"] for row in rows("linguist_language_alias_pairs")}
    groups = same(dict.fromkeys([*truth, *truth.values()]))
    for group in groups:
        assert len({truth.get(label, label) for label in group}) == 1, group
    place = places(groups)
    format_only = [
        (a, c)
        for a, c in truth.items()
        if a.replace("-", "").replace("_", "").lower() == c.replace(" ", "").lower()
    ]
    assert format_only
    assert all(place.get(a, -1) == place.get(c, -2) for a, c in format_only if a != c)


@pytest.mark.parametrize("row", rows("openrefine_expected_keys"), ids=lambda row: row["input_json"][:30])
def test_keys_are_those_of_openrefine(row):
    text, key = json.loads(row["input_json"]), json.loads(row["expected_json"])
    if row["method"] == "fingerprint":
        assert fingerprints.fingerprint(text) == key
    else:
        assert fingerprints.ngram_fingerprint(text, int(row["ngram_size"])) == key


def test_blocks_miss_nothing(monkeypatch):
    """The same clusters as with every word compared with every other."""
    blocked = topic_clusters()
    monkeypatch.setattr(spelling, "_halves", lambda _word: iter([""]))
    assert tuple(same(topics())) == blocked
