"""JSON and CSV: stable keys, ISO times in the project's zone, stored values as numbers and text."""

import json
from zoneinfo import ZoneInfo

from tagctl.errors import Location
from tagctl.render import machine
from tagctl.reports.customers import CustomerReport
from tagctl.reports.findings import FindingRow
from tagctl.reports.running import RunReport
from tagctl.reports.tables import Table
from tagctl.reports.why import Evidence, Proof

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YEAR = 1767196800  # 2026-01-01 00:00 in Shanghai


def test_a_report_is_an_object_with_iso_times():
    report = RunReport(None, NEW_YEAR, 2, (), 0, 0, 0, 0, 0, 0, 0)
    found = json.loads(machine.to_json(report, SHANGHAI))
    assert found["as_of"] == "2026-01-01T00:00:00+08:00"
    assert found["operation"] is None
    assert found["changes"] == []


def test_a_table_is_an_array_of_objects_in_natural_values():
    table = Table(
        ("id", "spend", "score", "birthday", "at", "active", "tags", "none"),
        ("text", "money", "number", "date", "datetime", "bool", "list", "text"),
        (("007", 12_805_000, 3.0, "1990-02-03", NEW_YEAR, 1, '["a","b"]', None),),
    )
    assert json.loads(machine.to_json(table, SHANGHAI)) == [
        {
            "id": "007",
            "spend": 1280.5,
            "score": 3,
            "birthday": "1990-02-03",
            "at": "2026-01-01T00:00:00+08:00",
            "active": True,
            "tags": ["a", "b"],
            "none": None,
        }
    ]
    assert machine.table_to_csv(table, SHANGHAI).splitlines() == [
        "id,spend,score,birthday,at,active,tags,none",
        "007,1280.5,3,1990-02-03,2026-01-01T00:00:00+08:00,true,a|b,",
    ]


def test_findings_as_csv():
    row = FindingRow(3, "tag-conflict", "warning", ("潜在客户", "已成交客户"), 7, "open", 2, {"x": 1})
    assert machine.reports_to_csv([row], FindingRow, SHANGHAI).splitlines() == [
        "id,code,severity,subject,count,state,first_operation,details",
        '3,tag-conflict,warning,潜在客户|已成交客户,7,open,2,"{""x"": 1}"',
    ]
    assert machine.reports_to_csv([], FindingRow, SHANGHAI).startswith("id,code")


def test_a_proof_shows_typed_values_and_its_window():
    proof = Proof(
        "compare",
        True,
        "sum",
        5_000_000,
        "500",
        "money",
        window=(NEW_YEAR, None),
        location=Location("rules.yaml", 3),
    )
    found = machine.plain(proof, SHANGHAI)
    assert found["actual"] == 500
    assert found["window"] == ["2026-01-01T00:00:00+08:00", None]
    assert found["location"] == {"file": "rules.yaml", "line": 3}


def test_a_customer():
    report = CustomerReport(
        "007",
        "王伟",
        (("累计消费", "money", 10_000),),
        (Evidence("VIP", "rule", NEW_YEAR, 4),),
        {"VIP": "价值"},
        (("order", 2, NEW_YEAR, NEW_YEAR),),
    )
    found = machine.plain(report, SHANGHAI)
    assert found["fields"] == {"累计消费": 1}
    assert found["tags"][0]["since"] == "2026-01-01T00:00:00+08:00"
    assert found["events"] == [
        {
            "type": "order",
            "count": 2,
            "first": "2026-01-01T00:00:00+08:00",
            "last": "2026-01-01T00:00:00+08:00",
        }
    ]


def test_control_characters_stay_as_data():
    assert json.loads(machine.to_json(["a\x1b[2J\u202e"], SHANGHAI)) == ["a\x1b[2J\u202e"]
