"""Rules as sentences in both languages: cases/sentences.yaml for the words, cases/explained/ for whole files.
TAGCTL_UPDATE_CASES=1 rewrites the latter; read the difference then, as a person would."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from tagctl import messages, rules
from tagctl.model import Catalog
from tagctl.reports.explaining import Wording
from tagctl.rules import described
from tagctl.rules.sentences import Sentences, finished

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
ZONE = ZoneInfo("Asia/Shanghai")
TAXONOMY = (
    "dimensions: [{name: 价值, tags: [VIP, 忠实, {name: 草案, implies: [忠实]}]}, {name: 别的, tags: [它]}]"
)
NAMES = """
fields: {年龄: number, 余额: money, 会员: bool, 注册: date, 兴趣: list, 城市: text, 备注: text}
events: {order: {}, login: {}}
periods: {双11: [[2026-11-01, 2026-11-11]]}
metrics: {消费: {sum: order.amount}}
conditions: {近期活跃: {count: login, within: 30d, at_least: 1}}
segments: [{name: 老友, when: {tag: 忠实}}]
"""


@pytest.fixture(params=["en", "zh"])
def language(request) -> Iterator[str]:
    messages.use(request.param)
    yield request.param
    messages.use("en")


def compiled(text: str, taxonomy_text: str = TAXONOMY):
    taxonomy, problems, _warnings = rules.read_taxonomy(taxonomy_text.encode(), "taxonomy.yaml")
    assert not problems
    found = rules.compile(text.encode(), "rules.yaml", taxonomy, Catalog(), ZONE)
    assert not found.problems, found.problems
    return found.ruleset, taxonomy


def lines(wording: Wording, depth: int = 0) -> list[str]:
    below = [line for item in wording.items for line in lines(item, depth + 1)]
    return ["  " * depth + wording.text, *below]


def explained(text: str, taxonomy_text: str = TAXONOMY) -> str:
    """Every rule with its remarks, then all definitions."""
    ruleset, taxonomy = compiled(text, taxonomy_text)
    sentences = Sentences(ruleset, ZONE)
    everything = [*ruleset.rules, *ruleset.each]
    found = [w for rule in everything for w in described.wordings(rule, taxonomy, sentences)]
    found += [d.wording for d in described.definitions(everything, ruleset, sentences)]
    return "".join(f"{line}\n" for wording in found for line in lines(wording))


def clauses() -> list[tuple[str, dict[str, object]]]:
    """Each condition as it stands in the file, with its words."""
    text = (CASES / "sentences.yaml").read_text("utf-8")
    return list(zip(re.findall(r"^- when: (.*)$", text, re.MULTILINE), yaml.safe_load(text), strict=True))


@pytest.mark.parametrize(("when", "words"), clauses(), ids=lambda part: part if isinstance(part, str) else "")
def test_clauses(when, words, language):
    ruleset, _taxonomy = compiled(f"{NAMES}\nrules: [{{tag: 它, when: {when}}}]")
    clause = Sentences(ruleset, ZONE).clause(ruleset.rules[0].when)
    wanted = words[language]
    assert lines(finished(clause.text, clause.items)) == (
        [wanted] if isinstance(wanted, str) else [wanted[0], *(f"  {line}" for line in wanted[1:])]
    )


@pytest.mark.parametrize("name", ["example", "remarks"])
def test_whole_rules(name, language):
    folder = CASES / "explained"
    if name == "example":
        text = explained(
            (ROOT / "rules.example.yaml").read_text("utf-8"),
            (ROOT / "taxonomy.example.yaml").read_text("utf-8"),
        )
    else:
        text = explained(
            (folder / "remarks.rules.yaml").read_text("utf-8"),
            (folder / "remarks.taxonomy.yaml").read_text("utf-8"),
        )
    expected = folder / f"{name}.{language}.txt"
    if os.environ.get("TAGCTL_UPDATE_CASES"):
        expected.write_text(text, "utf-8")
    assert text == expected.read_text("utf-8")
