"""A team works through the commands, and people edit the files in between. Whatever they did, undoing it all
gives back the content of the database and both YAML files, byte for byte; a command that is refused changes
nothing.

A new command is one more rule: `self.do("pin", key, tag)`. TAGCTL_EXAMPLES=500 makes it look further.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from content import check_invariants, content
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from test_oracle_agreement import EXAMPLES
from typer.testing import CliRunner

from tagctl.cli import app
from tagctl.store.connection import open_store

TAXONOMY = """# the team's tags
dimensions:
  - name: 价值   # ours alone
    kind: value
    tags: [VIP, 新客户, 甲]
  - name: 阶段
    exclusive: ordered
    tags: [潜在客户, 已成交客户]
"""
RULES = """# the team's rules
events: {order: {}}
fields: {城市: text, 积分: text}
rules:
  - {tag: 潜在客户, when: {field: 城市, is: 上海}}
  - {tag: 已成交客户, when: {count: order, at_least: 1}}
"""
KEYS = ("1", "2", "3")
LABELS = ("VIP", "新客户", "甲", "乙", "丙")
EDITED = ("VIP", "新客户", "甲", "乙")  # tags that people rename, merge, move and drop in the file
START = 1_793_500_000

keys = st.sampled_from(KEYS)
labels = st.sampled_from(LABELS)
tags = st.sampled_from((*LABELS, "潜在客户", "已成交客户", "丁"))
rows = st.dictionaries(
    keys,
    st.tuples(
        st.sampled_from(["上海", "北京", ""]),
        st.sampled_from(["007", "8", "", "x"]),
        st.lists(labels, unique=True, max_size=2),
    ),
    min_size=1,
)
how_taken_up = st.sampled_from(["apply", "apply", "run", "import"])


class Team(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now = START
        self.mended: dict[str, str] = {}  # what a person broke → as it was
        self.files = {name: self.folder / name for name in ("taxonomy.yaml", "rules.yaml")}

    @initialize()
    def begin(self) -> None:
        self.files["taxonomy.yaml"].write_text(TAXONOMY, "utf-8")
        self.files["rules.yaml"].write_text(RULES, "utf-8")
        assert self.do("init")
        self.start = self.state()
        for feed, found in (
            (
                "a",
                {
                    "1": ("上海", "007", ["VIP", "乙"]),
                    "2": ("北京", "8", ["新客户"]),
                    "3": ("", "", ["甲", "丙"]),
                },
            ),
            ("b", {"1": ("上海", "8", ["VIP"]), "2": ("上海", "", ["甲"])}),
        ):
            self.customers_come(found, feed, "quarantine")
        self.an_order_comes("1", 1, "A")
        self.the_nightly_run()

    # ── what all rules use ───────────────────────────────────────────────────────────────────────

    def call(self, *words: str) -> tuple[int, str]:
        """Exit code and output of a command, a minute later."""
        self.now += 60
        environment = {"TAGCTL_NOW": f"@{self.now}", "TAGCTL_BY": "ann", "TAGCTL_TZ": "Asia/Shanghai"}
        environment["TAGCTL_NOW"] = as_text(self.now)
        done = CliRunner(env=environment | {"TAGCTL_LANG": "en"}).invoke(
            app, ["--project", str(self.folder), *words]
        )
        note(f"{' '.join(words)} → {done.exit_code}")
        assert done.exit_code in (0, 2, 3, 4, 7), done.output
        return done.exit_code, done.stdout

    def do(self, *words: str) -> bool:
        """A command that changes something; whether it was carried out. If not, nothing has changed."""
        there = (self.folder / "tagctl.db").exists()
        before = self.state() if there else None
        code, _output = self.call(*words)
        after = self.state()
        assert code == 0 or before is None or after == before
        return code == 0

    def state(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The content of the database, which is as it must be, and the files."""
        with open_store(self.folder / "tagctl.db") as store:
            store.execute("PRAGMA synchronous = OFF")
            check_invariants(store)
            return content(store), self.texts()

    def texts(self) -> dict[str, str]:
        return {name: path.read_text("utf-8") for name, path in self.files.items()}

    def operations(self) -> list[dict[str, Any]]:
        """Those that can be undone, the newest first."""
        found = json.loads(self.call("history", "--limit", "0", "--format", "json")[1])
        return [row for row in found if row["undone_by"] is None and row["kind"] != "init"]

    def edits(self) -> int:
        """How many edits have been taken up."""
        return sum(row["kind"] in ("taxonomy", "fields") for row in self.operations())

    def edit(self, name: str, change: Callable[[str], str], how: str) -> None:
        """A person edits a file, and a command takes that up; if it does not (nothing in the database follows
        from it), they put it back, for undo does not know of it."""
        path = self.files[name]
        before = path.read_text("utf-8")
        after = change(before)
        if after == before:
            return
        path.write_text(after, "utf-8")
        words = {"apply": ("taxonomy", "apply", "--yes"), "run": ("run",), "import": self.nobody()}[how]
        number = self.edits()
        if not self.do(*words) or self.edits() == number:
            path.write_text(before, "utf-8")

    def file(self, name: str, *lines: str) -> str:
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return str(path)

    def nobody(self) -> tuple[str, ...]:
        return ("import", "customers", self.file("n.csv", "客户编号,城市", f"{self.now},北京"))

    # ── data ─────────────────────────────────────────────────────────────────────────────────────

    @rule(found=rows, feed=st.sampled_from("ab"), unknown=st.sampled_from(["quarantine", "create"]))
    def customers_come(self, found: dict[str, Any], feed: str, unknown: str) -> None:
        lines = [f"{key},{city},{points},{'、'.join(read)}" for key, (city, points, read) in found.items()]
        header = "客户编号,城市,积分,标签" if feed == "a" else "客户编号,城市,积分,标签,备注"
        path = self.file(f"{feed}.csv", header, *(line + ("" if feed == "a" else ",x") for line in lines))
        self.do("import", "customers", path, "--key", "客户编号", "--unknown", unknown)

    @rule(key=st.sampled_from((*KEYS, "9")), day=st.integers(1, 3), number=st.sampled_from(["A", "B"]))
    def an_order_comes(self, key: str, day: int, number: str) -> None:
        line = f"{number},{key},2026-01-0{day} 10:00:00"
        self.do("import", "events", "order", self.file("o.csv", "订单编号,客户编号,下单时间", line))

    def the_nightly_run(self) -> None:
        self.do("run")

    @rule(two=st.sampled_from([("1", "2"), ("2", "3"), ("3", "1")]))
    def two_customers_are_one(self, two: tuple[str, str]) -> None:
        self.do("customers", "merge", *two, "--yes")

    # ── tags and rules through commands ──────────────────────────────────────────────────────────

    @rule(label=st.sampled_from(("乙", "丙")), tag=st.sampled_from(EDITED), alias=st.booleans())
    def a_label_is_taken_up(self, label: str, tag: str, alias: bool) -> None:
        where = ("--as", tag) if alias else ("--dimension", "价值")
        self.do("tags", "add", label, *where)

    @rule(label=st.sampled_from(("乙", "丙")))
    def a_label_is_ignored(self, label: str) -> None:
        self.do("tags", "ignore", label)

    @rule(tag=st.sampled_from(("VIP", "大客户")), city=st.sampled_from(["上海", "北京"]))
    def a_rule_is_added(self, tag: str, city: str) -> None:
        condition = f"{{field: 城市, is: {city}}}"
        self.do("rules", "add", tag, "--dimension", "价值", "--when", condition, "--yes")

    # ── by hand ──────────────────────────────────────────────────────────────────────────────────

    @rule(
        what=st.sampled_from(["assign", "unassign", "pin", "ban"]), tag=tags, key=st.sampled_from(("", *KEYS))
    )
    def a_person_decides(self, what: str, tag: str, key: str) -> None:
        whom = (key,) if key else ("--when", "{field: 城市, is: 上海}")
        self.do(what, tag, *whom, "--yes")

    # ── the list of tags ─────────────────────────────────────────────────────────────────────────

    @rule(tag=tags, name=st.sampled_from(["丁", "贵宾", "乙", "vip"]), alias=st.booleans())
    def a_tag_gets_another_name(self, tag: str, name: str, alias: bool) -> None:
        self.do("tags", "rename", tag, name, *([] if alias else ["--no-alias"]))

    @rule(
        names=st.lists(tags, min_size=1, max_size=3), into=tags, keep=st.sampled_from(["", "潜在客户", "VIP"])
    )
    def tags_become_one(self, names: list[str], into: str, keep: str) -> None:
        self.do("tags", "merge", *names, "--into", into, *(["--rule", keep] if keep else []), "--yes")

    @rule(
        tag=tags,
        where=st.sampled_from(["--to", "--under"]),
        home=st.sampled_from(("价值", "阶段", *EDITED)),
    )
    def a_tag_moves(self, tag: str, where: str, home: str) -> None:
        self.do("tags", "move", tag, where, home, "--yes")

    @rule(tag=tags, other=st.sampled_from(("", *EDITED)))
    def a_tag_is_retired(self, tag: str, other: str) -> None:
        self.do("tags", "retire", tag, *(["--replace-with", other] if other else []), "--yes")

    @rule(tag=tags, into=st.sampled_from(["丁", "甲", "庚"]), other=st.sampled_from(["", "辛"]))
    def a_tag_is_split(self, tag: str, into: str, other: str) -> None:
        condition = ("--when", "{field: 城市, is: 上海}", *(["--else", other] if other else []))
        self.do("tags", "split", tag, "--into", into, *condition, "--yes")

    # ── files edited by hand ─────────────────────────────────────────────────────────────────────

    @rule(tag=st.sampled_from(EDITED), name=st.sampled_from(["贵宾", "丁", "乙"]), how=how_taken_up)
    def a_tag_is_renamed(self, tag: str, name: str, how: str) -> None:
        self.edit(
            "taxonomy.yaml", lambda text: rewritten(text, tag, lambda t: {**t, "name": name}, keep=True), how
        )

    @rule(tag=st.sampled_from(EDITED), into=st.sampled_from(EDITED), how=how_taken_up)
    def tags_are_merged(self, tag: str, into: str, how: str) -> None:
        def change(text: str) -> str:
            if tag == into or not (declared(text, tag) and declared(text, into)):
                return text
            aliases = [tag, *declared(text, tag).get("aliases", [])]
            dropped = rewritten(text, tag, lambda _tag: None)
            return rewritten(dropped, into, lambda t: {**t, "aliases": [*t.get("aliases", []), *aliases]})

        self.edit("taxonomy.yaml", change, how)

    @rule(tag=st.sampled_from(EDITED), how=how_taken_up)
    def a_tag_is_dropped(self, tag: str, how: str) -> None:
        self.edit("taxonomy.yaml", lambda text: rewritten(text, tag, lambda _tag: None), how)

    @rule(tag=st.sampled_from(("戊", "己")), how=how_taken_up, parent=st.sampled_from(("", "新客户")))
    def a_tag_is_new(self, tag: str, how: str, parent: str) -> None:
        def change(text: str) -> str:
            if declared(text, tag):
                return text
            if parent:
                return rewritten(text, parent, lambda t: {**t, "tags": [*t.get("tags", []), tag]})
            return f"{text}  - {{name: 另一个{tag}, tags: [{tag}]}} # by hand\n"

        self.edit("taxonomy.yaml", change, how)

    @rule(type_=st.sampled_from(["number", "text"]))
    def a_field_becomes_another_type(self, type_: str) -> None:
        old = {"number": "text", "text": "number"}[type_]
        self.edit("rules.yaml", lambda text: text.replace(f"积分: {old}", f"积分: {type_}"), "run")

    @rule(really=st.sampled_from([True, False, False]))  # hypothesis likes rules without a choice too much
    def a_file_is_mended(self, really: bool) -> None:
        if not really:
            return self.the_nightly_run()
        path = self.files["taxonomy.yaml"]
        before = path.read_text("utf-8")
        broken = before.replace("name: ", "name：", 1)
        path.write_text(broken, "utf-8")
        self.mended[broken] = before
        if not self.do("taxonomy", "check", "--fix", "--yes"):
            path.write_text(before, "utf-8")
        return None

    # ── undo ─────────────────────────────────────────────────────────────────────────────────────

    @rule(data=st.data(), cascade=st.booleans())
    def something_is_undone(self, data: st.DataObject, cascade: bool) -> None:
        known = self.operations()
        if known:
            back = data.draw(st.integers(0, len(known) - 1), "how far back")
            self.undo(known[back]["number"], *(["--cascade"] if cascade else []))

    @rule(data=st.data())
    def something_is_undone_and_brought_back(self, data: st.DataObject) -> None:
        known = self.operations()
        if not known:
            return
        before = self.state()
        number = known[data.draw(st.integers(0, len(known) - 1), "how far back")]["number"]
        if not self.do("undo", str(number), "--cascade"):
            return
        done = self.operations()[0]["number"]
        after = self.state()
        assert self.do("undo", str(done))
        assert self.state() == before
        assert self.do("undo", str(done + 1))
        assert self.state() == after
        self.put_back_what_was_broken()

    def undo(self, number: int, *options: str) -> bool:
        done = self.do("undo", str(number), *options)
        self.put_back_what_was_broken()
        return done

    def put_back_what_was_broken(self) -> None:
        """Who sees that the file is broken again takes the last good text."""
        path = self.files["taxonomy.yaml"]
        while (text := path.read_text("utf-8")) in self.mended:
            path.write_text(self.mended[text], "utf-8")

    def teardown(self) -> None:
        try:
            while hasattr(self, "start") and (left := [r for r in self.operations() if r["kind"] != "undo"]):
                assert self.undo(left[0]["number"]), "the newest can always be undone"
            if hasattr(self, "start"):
                assert self.state() == self.start
        finally:
            shutil.rmtree(self.folder)


# ── people's edits ───────────────────────────────────────────────────────────────────────────────


def as_text(instant: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(instant, UTC).isoformat()


def declared(text: str, tag: str) -> dict[str, Any]:
    """A tag's entry as a mapping; empty where there is none."""
    found: dict[str, Any] = {}

    def look(entry: dict[str, Any]) -> dict[str, Any]:
        found.update(entry)
        return entry

    rewritten(text, tag, look)
    return found


def rewritten(
    text: str, tag: str, change: Callable[[dict[str, Any]], dict[str, Any] | None], keep: bool = False
) -> str:
    """The file with the entry of a tag changed, or dropped (None); the same text where it is not there. With
    `keep` its old name becomes an alias."""
    data = yaml.safe_load(text)
    met = False

    def walk(entries: list[Any]) -> list[Any]:
        nonlocal met
        result = []
        for entry in entries:
            entry = {"name": entry} if isinstance(entry, str) else entry
            if entry["name"] == tag:
                met = True
                old = entry["name"]
                changed = change(entry)
                if changed is not None and keep:
                    changed = {**changed, "aliases": [*changed.get("aliases", []), old]}
                entry = changed
            if entry is not None:
                result.append({**entry, "tags": walk(entry["tags"])} if "tags" in entry else entry)
        return result

    for dimension in data["dimensions"]:
        dimension["tags"] = walk(dimension["tags"])
    if not met:
        return text
    return "# edited\n" + yaml.safe_dump(data, allow_unicode=True, sort_keys=False, default_flow_style=None)


Team.TestCase.settings = settings(
    deadline=None,
    derandomize=not EXAMPLES,
    max_examples=EXAMPLES or 5,
    stateful_step_count=30 if EXAMPLES else 15,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
test_a_team_takes_everything_back = pytest.mark.timeout(0 if EXAMPLES else 600)(Team.TestCase)
