"""`rules explain` as a person meets it: text in both languages, JSON, a script of SQL."""

from __future__ import annotations

import json
import sqlite3

import pytest
from shell import Shell

TAXONOMY = "dimensions: [{name: 价值, tags: [{name: VIP, aliases: [贵宾]}, 忠实客户]}]\n"
RULES = """events: {order: {}, login: {late_after: 3d}}
metrics: {消费额_365d: {sum: order.amount, within: 365d}}
rules:
  - {tag: VIP, when: {metric: 消费额_365d, top: 20%}, leave: {metric: 消费额_365d, below: 300}}
  - tag: 忠实客户
    when:
      - {count: order, at_least: 2}
      - any: [{last: login, newer_than: 30d}, [{tag: VIP}, {count: login, is: 0}]]
"""
ENGLISH = """VIP: held by customers whose 消费额_365d is among the highest 20%.
  Once gained, it is lost only by customers whose 消费额_365d is below 300.
忠实客户: held by customers who meet all of these:
  - who have at least 2 “order” events
  - who meet at least one of these:
    - whose last “login” event was less than 30 days ago
    - who hold “VIP”, and who have no “login” events

消费额_365d = total amount of “order” events in the last 365 days
"""
CHINESE = """VIP：消费额_365d 排在前 20%。
  一经获得，要到消费额_365d 低于 300 才摘掉。

消费额_365d = 近 365 天“order”的 amount 之和
"""


@pytest.fixture
def project(tmp_path):
    def made(language: str = "en", rules: str = RULES) -> Shell:
        (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, encoding="utf-8")
        (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
        return Shell(tmp_path, language=language)

    return made


@pytest.mark.parametrize(("language", "words", "text"), [("en", (), ENGLISH), ("zh", ("贵宾",), CHINESE)])
def test_sentences_without_a_database(project, language, words, text):
    assert project(language).run("rules", "explain", *words) == text


def test_with_a_database_it_says_what_waits(project):
    shell = project()
    (shell.folder / "o.csv").write_text(
        "客户编号,下单时间,金额\n1,2026-10-01,500\n2,2026-10-02,90\n", encoding="utf-8"
    )
    shell.run("import", "events", "order", "o.csv")
    text = shell.run("rules", "explain")
    assert text.count("The rule waits for data (login)") == 1
    report = json.loads(shell.run("rules", "explain", "--format", "json", "--sql"))
    assert [(rule["tag"], rule["state"], rule["needs"]) for rule in report["rules"]] == [
        ("VIP", "ran", []),
        ("忠实客户", "waiting", ["login"]),
    ]
    assert report["definitions"][0]["kind"] == "metric"
    with sqlite3.connect(f"file:{shell.folder / 'tagctl.db'}?mode=ro", uri=True) as plain:
        printed = shell.run("rules", "explain", "VIP", "--sql")
        *steps, query = printed.strip().split(";\n")
        plain.executescript(";\n".join(steps) + ";")
        assert plain.execute(query).fetchall() == [("1",)]


def test_a_name_cannot_leave_its_comment(project):
    rules = 'rules: [{tag: VIP, when: {field: city, is: "a\\nDROP TABLE customers; --"}}]'
    first, *_others = project(rules=rules).run("rules", "explain", "--sql").splitlines()
    assert first == "-- VIP: held by customers whose city is “a DROP TABLE customers; --”."
