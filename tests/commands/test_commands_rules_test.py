"""`rules test` as a person or a job meets it: text in both languages, JSON, exit codes."""

from __future__ import annotations

import json

import pytest
from shell import Shell

TAXONOMY = "dimensions: [{name: 价值, tags: [忠实客户]}]\n"
RULES = "events: {order: {}}\nrules: [{tag: 忠实客户, when: {count: order, at_least: 2}}]\n"
FAILING = "tests: [{name: 一单, given: {order: [{at: 2026-01-02}]}, as_of: 2026-02-01, expect: [忠实客户]}]\n"


@pytest.fixture
def project(tmp_path):
    def made(tests: str, language: str = "en") -> Shell:
        (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, encoding="utf-8")
        (tmp_path / "rules.yaml").write_text(RULES + tests, encoding="utf-8")
        return Shell(tmp_path, language=language)

    return made


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            (
                "✗ 1: 一单  rules.yaml:3:9",
                "  忠实客户 is expected, but not given.",
                "      ✗ {count: order, at_least: 2}  — is 1  rules.yaml:2:27",
                "  As of 2026-02-01 23:59:59 the rules give: none",
                "Tests: 0 passed, 1 failed.",
            ),
        ),
        ("zh", ("  应有 忠实客户，却没有给。", "测试：通过 0 条，未通过 1 条。")),
    ],
)
def test_a_failure_is_proved_and_ends_with_1(project, language, lines):
    shell = project(FAILING, language)
    text = shell.run("rules", "test", code=1).splitlines()
    assert [line for line in lines if line not in text] == []
    assert sorted(path.name for path in shell.folder.iterdir()) == ["rules.yaml", "taxonomy.yaml"]


def test_json_has_the_proof_in_stored_words(project):
    report = json.loads(project(FAILING).run("rules", "test", "--format", "json", code=1))
    assert (report["total"], report["passed"], report["failed"]) == (1, 0, 1)
    (result,) = report["results"]
    assert result["as_of"] == "2026-02-01T23:59:59+08:00"
    assert result["failures"][0]["why"]["when"]["actual"] == 1


def test_a_file_without_tests_gets_one_to_start_with(project):
    text = project("").run("rules", "test")
    assert "There are no tests" in text
    shell = project(text[text.index("tests:") :])
    assert "忠实客户 is expected" in shell.run("rules", "test", code=1)


def test_invalid_rules_end_with_3_and_an_unknown_test_with_2(project):
    project("tests: [{given: {order: [{amuont: 3}]}, expect: [忠实客户]}]\n").run("rules", "test", code=3)
    project(FAILING).run("rules", "test", "两单", code=2)


def test_columns_that_only_an_import_knows_can_be_given(project):
    shell = project("tests: [{given: {customer: {城市: 上海}}, expect_not: [忠实客户]}]\n")
    shell.run("rules", "test", code=3)
    (shell.folder / "c.csv").write_text("客户编号,城市\n1,上海\n", encoding="utf-8")
    shell.run("import", "customers", "c.csv")
    before = (shell.folder / "tagctl.db").read_bytes()
    assert "1 passed" in shell.run("rules", "test")
    assert (shell.folder / "tagctl.db").read_bytes() == before
