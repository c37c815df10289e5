"""The mix of rules that the benchmark measures, as plain data for the peers; tagctl reads the same YAML."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "mix.yaml"
ZONE = "Asia/Shanghai"
DAY = 86_400
MONEY = 10_000  # money is stored in ten-thousandths
AS_OF = int(datetime(2026, 6, 30, 23, 59, 59, tzinfo=timezone(timedelta(hours=8))).timestamp())
NEXT_DAY = AS_OF + DAY  # the zone has no summer time: a day back is always 24 hours
_SUBJECTS = ("count", "sum", "last", "field", "metric")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what is measured (function of the events of a type, or a field of customers), and the test.

    `days` is the window (None: all events), `among` the statuses of a filtered aggregate. `operator` is
    one of the language's; a money operand is in stored form.
    """

    tag: str
    function: str  # count, sum, last, field
    event: str
    of: str
    days: int | None
    among: tuple[str, ...]
    operator: str
    operand: str | float | tuple[str, ...]


def read(count: int | None = None) -> list[Rule]:
    """The rules, or so many of them, evenly from all kinds."""
    source = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    rules = [_rule(entry["tag"], entry["when"], source["metrics"]) for entry in source["rules"]]
    return rules if count is None else [rules[i] for i in _chosen(len(rules), count)]


def _chosen(all_: int, count: int) -> list[int]:
    if not 1 <= count <= all_:
        raise SystemExit(f"--rules is between 1 and {all_}")
    return [i * all_ // count for i in range(count)]


def _rule(tag: str, when: dict, metrics: dict) -> Rule:
    subject = next(word for word in _SUBJECTS if word in when)
    tests = {k: v for k, v in when.items() if k not in (*_SUBJECTS, "within", "where")}
    ((operator, operand),) = tests.items()
    if subject == "metric":
        measured = _rule(tag, metrics[when["metric"]] | tests, metrics)
        return Rule(*(getattr(measured, name) for name in Rule.__slots__))
    event, _, of = when[subject].partition(".")
    if subject == "field":
        event, of = "", when["field"]
    where = when.get("where", {})
    among = where.get("in", [where["is"]] if "is" in where else [])
    if of == "amount" and operator != "top":
        operand *= MONEY
    days = int(when["within"].removesuffix("d")) if "within" in when else None
    if isinstance(operand, str) and operator in ("older_than", "newer_than"):
        operand = int(operand.removesuffix("d"))
    if operator == "top":
        operand = int(operand.removesuffix("%")) / 100
    if isinstance(operand, list):
        operand = tuple(operand)
    return Rule(tag, subject, event, of, days, tuple(among), operator, operand)


def save(rules: list[Rule], path: Path) -> None:
    """As JSON, so that no peer spends its time on reading YAML."""
    path.write_text(json.dumps([asdict(rule) for rule in rules], ensure_ascii=False), encoding="utf-8")


def load(path: Path) -> list[Rule]:
    entries = json.loads(path.read_text(encoding="utf-8"))
    return [Rule(**{k: tuple(v) if isinstance(v, list) else v for k, v in e.items()}) for e in entries]


def back(as_of: int, days: int) -> int:
    """So many days before an instant."""
    return as_of - days * DAY


def date_back(as_of: int, days: int) -> str:
    """The local date so many days before an instant."""
    moment = datetime.fromtimestamp(back(as_of, days), UTC) + timedelta(hours=8)
    return f"{moment:%Y-%m-%d}"


def taxonomy(rules: list[Rule]) -> str:
    """A taxonomy.yaml for these rules: one open dimension per kind."""
    homes: dict[str, list[str]] = {}
    for rule in rules:
        homes.setdefault(rule.event or "customer", []).append(rule.tag)
    lines = ["version: 1", "dimensions:"]
    for home, tags in homes.items():
        lines += [f"  - name: {home}", "    kind: behaviour", f"    tags: [{', '.join(tags)}]"]
    return "\n".join(lines) + "\n"


def rules_yaml(rules: list[Rule]) -> str:
    """A rules.yaml with these rules only."""
    source = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    kept = {rule.tag for rule in rules}
    source["rules"] = [entry for entry in source["rules"] if entry["tag"] in kept]
    used = {entry["when"].get("metric") for entry in source["rules"]}
    source["metrics"] = {name: what for name, what in source["metrics"].items() if name in used}
    return yaml.safe_dump(source, allow_unicode=True, sort_keys=False)
