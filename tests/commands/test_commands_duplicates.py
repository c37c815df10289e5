"""`tags duplicates`, on a list and on a project, as it is typed."""

from __future__ import annotations

import csv
import io
import json
import os
import sys

import pytest
from typer.testing import CliRunner

from tagctl import messages
from tagctl.cli import app

TAXONOMY = """version: 1
dimensions:
  - name: 价值
    kind: value
    tags:
      - {name: VIP, aliases: [贵宾], children: [{name: VIP客户组}]}
      - {name: 铁粉}
      - {name: 常客}
  - name: 生命周期
    kind: lifecycle
    tags: [新客户, 老客户, 高意向, 低意向, 意向]
conflicts:
  - [高意向, 低意向]
"""
RULES = """version: 1
rules:
  - {tag: 铁粉, when: {field: 城市, is: 上海}}
  - tag: 常客
    when:
      - field: 城市
        is: 上海
"""


@pytest.fixture
def call(tmp_path, monkeypatch):
    """tagctl in an empty folder; insists on the exit code."""
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("TAGCTL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("TAGCTL_NOW", "2026-11-01T12:00:00+08:00")
    monkeypatch.setenv("TAGCTL_TZ", "Asia/Shanghai")
    monkeypatch.setenv("TAGCTL_LANG", "en")

    def run(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(words))
        assert result.exit_code == code, result.output
        return result.output if code else result.stdout

    return run


@pytest.fixture
def project(call, tmp_path):
    """A project in which 40 customers have labels, known and unknown."""
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    rows = ["客户编号,城市,标签"]
    for number in range(40):
        held = ["VIP"] if number < 20 else ["普通"]
        held += ["高价值客户"] if number < 18 else []
        held += ["贵宾用户"] if number % 7 == 0 else []
        rows.append(f"{number:03},{'上海' if number % 2 else '北京'},{'、'.join(held)}")
    (tmp_path / "客户.csv").write_text("\n".join(rows), encoding="utf-8")
    call("init")
    call("import", "customers", "客户.csv")
    return call


def clusters(call, *words: str) -> list[dict]:
    return json.loads(call("tags", "duplicates", "--format", "json", *words))["clusters"]


def same(found) -> list[set[str]]:
    return [set(cluster["labels"]) for cluster in found if cluster["verdict"] == "same"]


# ── a list ───────────────────────────────────────────────────────────────────────────────────────

LISTS = {
    "lines.txt": ("VIP\nＶＩＰ\n\nVIP, 老客户\nVIP, 老用户\n", "utf-8"),
    "bom.txt": ("VIP\nＶＩＰ\n", "utf-8-sig"),
    "gbk.txt": ("沉默客户\n沉默用户\n潜在客户\n意向客户\n", "gb18030"),
    "known_header.csv": ("id,标签\n1,VIP\n2,ＶＩＰ\n", "utf-8"),
    "first_column.csv": ("topic,kind\nVIP,a\nＶＩＰ,b\n", "utf-8"),
    "no_header.csv": ("VIP\nＶＩＰ\nvip客户\n", "utf-8"),
    "counts.csv": ("VIP,3\nＶＩＰ,12\n", "utf-8"),
    "lines.jsonl": ('{"label": "VIP"}\n{"label": "ＶＩＰ"}\n', "utf-8"),
}
EXPECTED = {
    "lines.txt": [{"VIP", "ＶＩＰ"}, {"VIP, 老客户", "VIP, 老用户"}],
    "gbk.txt": [{"沉默客户", "沉默用户"}],
    "no_header.csv": [{"VIP", "ＶＩＰ", "vip客户"}],
}


@pytest.mark.parametrize("name", LISTS)
def test_lists(call, tmp_path, name):
    text, encoding = LISTS[name]
    (tmp_path / name).write_text(text, encoding=encoding)
    found = same(clusters(call, "--labels", name))
    for wanted in EXPECTED.get(name, [{"VIP", "ＶＩＰ"}]):
        assert wanted in found, found


def test_a_list_may_have_counts(call, tmp_path):
    (tmp_path / "l.csv").write_text("label,customers\nVIP,3\nvip客户,12\n", encoding="utf-8")
    [cluster] = clusters(call, "--labels", "l.csv")
    assert cluster["canonical"] == "vip客户"
    members = [(m["label"], m["customers"], m["shared"]) for m in cluster["members"]]
    assert members == [("vip客户", 12, None), ("VIP", 3, None)]


def test_the_machine_shape(call, tmp_path):
    (tmp_path / "l.txt").write_text("沉默客户\n沉默用户\n新客户\n老客户\n", encoding="utf-8")
    [one, other] = clusters(call, "--labels", "l.txt")
    assert {key: one[key] for key in ("canonical", "labels", "verdict", "witnesses", "guards")} == {
        "canonical": "沉默客户",
        "labels": ["沉默客户", "沉默用户"],
        "verdict": "same",
        "witnesses": ["generic"],
        "guards": [],
    }
    assert (one["score"], other["verdict"], other["guards"]) == (0.92, "related", ["age"])
    rows = list(
        csv.DictReader(io.StringIO(call("tags", "duplicates", "--labels", "l.txt", "--format", "csv")))
    )
    assert [(row["cluster"], row["label"]) for row in rows[:3]] == [
        ("1", "沉默客户"),
        ("1", "沉默用户"),
        ("2", "新客户"),
    ]


def test_a_column_is_named(call, tmp_path):
    (tmp_path / "l.csv").write_text("标签,旧名\nx,VIP\ny,ＶＩＰ\n", encoding="utf-8")
    assert same(clusters(call, "--labels", "l.csv", "--column", "旧名")) == [{"VIP", "ＶＩＰ"}]
    assert "标签, 旧名" in call("tags", "duplicates", "--labels", "l.csv", "--column", "名", code=2)


def test_synonyms(call, tmp_path):
    (tmp_path / "l.txt").write_text("大客户\nVIP\n高净值客户\n普通\n", encoding="utf-8")
    (tmp_path / "s.txt").write_text("# ours\nVIP = 大客户，高净值\n", encoding="utf-8")
    found = clusters(call, "--labels", "l.txt", "--synonyms", "s.txt")
    assert same(found) == [{"大客户", "VIP", "高净值客户"}]
    (tmp_path / "s.txt").write_text("VIP = 大客户\n\n高净值\n", encoding="utf-8")
    said = call("tags", "duplicates", "--labels", "l.txt", "--synonyms", "s.txt", code=4)
    assert "s.txt" in said and "高净值" in said


def test_what_is_less_sure_is_left_out(call, tmp_path):
    (tmp_path / "l.txt").write_text("新客户\n老客户\n", encoding="utf-8")
    assert clusters(call, "--labels", "l.txt")
    assert clusters(call, "--labels", "l.txt", "--min-score", "0.9") == []
    assert "none is like another" in call("tags", "duplicates", "--labels", "l.txt", "--min-score", "0.9")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["the same 0.92", "related", "new or old"]), ("zh", ["相同 0.92", "相关", "新老不同"])],
)
def test_in_words(call, tmp_path, monkeypatch, language, words):
    monkeypatch.setattr(messages, "_translations", messages._translations)  # put back afterwards
    monkeypatch.setattr(messages, "_language", language)
    messages.use(language)
    (tmp_path / "l.txt").write_text("沉默客户\n沉默用户\n新客户\n老客户\n", encoding="utf-8")
    text = call("tags", "duplicates", "--labels", "l.txt")
    assert "沉默客户 = 沉默用户" in text
    for word in words:
        assert word in text


# ── a project ────────────────────────────────────────────────────────────────────────────────────


def test_tags_and_unknown_labels(project):
    found = {cluster["canonical"]: cluster for cluster in clusters(project)}
    vip = found["VIP"]
    assert vip["verdict"] == "same"
    assert set(vip["labels"]) == {"VIP", "高价值客户", "贵宾用户"}
    assert set(vip["witnesses"]) >= {"lexicon", "same-customers", "alias"}
    members = {
        member["label"]: (member["kind"], member["customers"], member["shared"]) for member in vip["members"]
    }
    assert members == {
        "VIP": ("tag", 20, 20),
        "高价值客户": ("unknown", 18, 18),
        "贵宾用户": ("unknown", 6, 3),
    }


def test_rules_that_say_the_same(project):
    [cluster] = [cluster for cluster in clusters(project) if "same-rule" in cluster["witnesses"]]
    assert set(cluster["labels"]) == {"铁粉", "常客"}


def test_what_the_taxonomy_says_is_decided(project):
    """A child is no duplicate of its parent, conflicting tags are not even related to each other directly."""
    found = clusters(project, "--min-score", "0")
    assert not any(
        {"VIP", "VIP客户组"} <= set(cluster["labels"]) for cluster in found if cluster["verdict"] != "related"
    )
    assert any(
        {"新客户", "老客户"} <= set(cluster["labels"]) for cluster in found if cluster["verdict"] == "related"
    )


def test_aliases_are_no_duplicates(project):
    assert not any("贵宾" in cluster["labels"] for cluster in clusters(project, "--min-score", "0"))


def test_who_is_gone_does_not_count(project, tmp_path):
    rows = (tmp_path / "客户.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "客户.csv").write_text("\n".join(rows[:13]), encoding="utf-8")
    project("import", "customers", "客户.csv", "--snapshot", "--max-missing", "90%")
    [vip] = [cluster for cluster in clusters(project) if cluster["canonical"] == "VIP"]
    members = {member["label"]: (member["customers"], member["shared"]) for member in vip["members"]}
    assert members == {"VIP": (12, 12), "高价值客户": (12, 12), "贵宾用户": (2, 2)}


def test_a_retired_tag_is_no_duplicate(project, tmp_path):
    assert any("铁粉" in cluster["labels"] for cluster in clusters(project))
    text = TAXONOMY.replace("{name: 铁粉}", "{name: 铁粉, status: deprecated}")
    (tmp_path / "taxonomy.yaml").write_text(text, encoding="utf-8")
    assert not any("铁粉" in cluster["labels"] for cluster in clusters(project))


def test_a_workbook_and_a_list_that_cannot_be_read(call, tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    for row in (["标签清单 2026"], ["编号", "标签名", "客户数"], [1, "沉默客户", 12], [2, "沉默用户", 30]):
        book.active.append(row)
    book.save(tmp_path / "l.xlsx")
    [cluster] = clusters(call, "--labels", "l.xlsx")
    assert cluster["labels"] == ["沉默用户", "沉默客户"]
    (tmp_path / "l.csv").write_text("label,n\nvip,2\nVIP, gold,3\n", encoding="utf-8")
    assert "l.csv/3" in call("tags", "duplicates", "--labels", "l.csv", "--format", "json", code=4)


def test_nothing_is_written(project, tmp_path):
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.yaml")}
    operations = project("history", "--format", "json")
    project("tags", "duplicates")
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.yaml")} == before
    assert project("history", "--format", "json") == operations


# ── plug-ins ─────────────────────────────────────────────────────────────────────────────────────

PLUGIN = """
def speak(labels):
    meanings = {"宝妈": 1, "亲子家庭": 1, "宠物": 2}
    for a, one in enumerate(labels):
        for b in range(a + 1, len(labels)):
            if meanings.get(one) == meanings.get(labels[b]) is not None:
                yield a, b, 0.9
def broken(labels):
    yield 0, 99, 0.5
"""


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package with a witness, as pip would leave it."""

    def install(function: str) -> None:
        place = tmp_path / "site"
        info = place / "embeddings-1.0.dist-info"
        info.mkdir(parents=True)
        (place / "tagctl_embeddings.py").write_text(PLUGIN, encoding="utf-8")
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: embeddings\nVersion: 1.0\n", encoding="utf-8"
        )
        points = f"[tagctl.witnesses]\nembedding = tagctl_embeddings:{function}\n"
        (info / "entry_points.txt").write_text(points, encoding="utf-8")
        monkeypatch.syspath_prepend(str(place))

    yield install
    sys.modules.pop("tagctl_embeddings", None)


def test_an_installed_witness_speaks(call, tmp_path, installed):
    (tmp_path / "l.txt").write_text("宝妈\n亲子家庭\n宠物\n", encoding="utf-8")
    assert clusters(call, "--labels", "l.txt") == []
    installed("speak")
    [cluster] = clusters(call, "--labels", "l.txt")
    assert (cluster["labels"], cluster["verdict"], cluster["witnesses"]) == (
        ["宝妈", "亲子家庭"],
        "same",
        ["embedding"],
    )
    assert "embedding" in call("tags", "duplicates", "--labels", "l.txt")


def test_a_witness_that_fails_is_named(call, tmp_path, installed):
    (tmp_path / "l.txt").write_text("宝妈\n亲子家庭\n", encoding="utf-8")
    installed("broken")
    said = call("tags", "duplicates", "--labels", "l.txt", code=2)
    assert "embedding" in said and "tagctl_embeddings:broken" in said
