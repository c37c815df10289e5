"""A second file with nothing but the lines of events: attached to the events that are known by their id."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from importing_project import ZONE, Project, adds_up

from tagctl.errors import UsageProblem
from tagctl.io.target import Target
from tagctl.store.undo import undo
from tagctl.workflows import exporting

REAL = Path(__file__).parent.parent / "data" / "real"
ORDERS = ("订单编号,客户编号,下单时间,金额", "a,7,2026-01-05,30", "b,8,2026-01-06,20")
LINES = ("订单编号,商品,数量,金额", "a,米,2,10", "a,茶,1,20", "b,'007,1,20")


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def counts(report):
    return report.events_created, report.events_updated, report.events_unchanged


def lines(project, column="订单编号"):
    found = project.rows(
        f"SELECT {column}, tagctl_lines FROM event_order WHERE tagctl_lines NOTNULL ORDER BY 1"
    )
    return {key: json.loads(text) for key, text in found}


def header(project):
    return project.rows("SELECT 订单编号, tagctl_customer, tagctl_at, 金额 FROM event_order ORDER BY 1")


def test_lines_are_kept_beside_events_whose_own_fields_stay(project):
    project.events("order", project.file("orders.csv", *ORDERS))
    before, columns = header(project), project.store.columns("event_order")
    report = project.events("order", project.file("lines.csv", *LINES))
    assert (counts(report), adds_up(report)) == ((0, 2, 0), True)
    assert lines(project) == {
        "a": [
            {"订单编号": "a", "商品": "米", "数量": "2", "金额": 100_000},
            {"订单编号": "a", "商品": "茶", "数量": "1", "金额": 200_000},
        ],
        "b": [{"订单编号": "b", "商品": "007", "数量": "1", "金额": 200_000}],
    }
    assert header(project) == before
    assert project.store.columns("event_order") == columns
    with project.operate("undo") as op:
        undo(op, project.operation)
    assert lines(project) == {}


def test_again_nothing_changes_and_corrected_lines_replace_those_before(project):
    project.events("order", project.file("orders.csv", *ORDERS))
    project.events("order", project.file("lines.csv", *LINES))
    before = lines(project)
    assert counts(project.events("order", project.file("2.csv", LINES[0], LINES[3], *LINES[1:3]))) == (
        0,
        0,
        2,
    )
    assert counts(project.events("order", project.file("orders2.csv", *ORDERS, "c,9,2026-01-07,1"))) == (
        1,
        0,
        2,
    )
    assert lines(project) == before
    assert counts(project.events("order", project.file("3.csv", LINES[0], "a,盐,1,5"))) == (0, 1, 0)
    assert [line["商品"] for line in lines(project)["a"]] == ["盐"]


def test_lines_of_events_that_are_not_known_are_rejected_until_they_are(project):
    project.events("order", project.file("orders.csv", *ORDERS[:2]))
    file = project.file("lines.csv", *LINES)
    report = project.events("order", file)
    assert [(reject.code, reject.location.row) for reject in report.rejects] == [("unknown-event", 4)]
    assert set(lines(project)) == {"a"}
    project.events("order", project.file("orders2.csv", *ORDERS))
    assert counts(project.events("order", file)) == (0, 1, 1)
    assert set(lines(project)) == {"a", "b"}


def test_lines_before_their_events_stop_and_say_what_to_do(project):
    with pytest.raises(UsageProblem) as caught:
        project.events("order", project.file("lines.csv", *LINES))
    (problem,) = caught.value.problems
    assert problem.code == "no-key"
    assert "--id 订单编号" in problem.next


def test_a_shop_with_its_invoices_and_their_lines_in_two_files(project):
    """Chinook: InvoiceLineId, InvoiceId, TrackId, UnitPrice, Quantity."""
    project.events("order", REAL / "chinook_invoice.csv", key="CustomerId", id="InvoiceId")
    report = project.events("order", REAL / "chinook_invoiceline.csv", id="InvoiceId")
    assert (report.files[0].imported, counts(report), report.rejects) == (2240, (0, 412, 0), ())
    found = lines(project, "InvoiceId")
    assert sum(map(len, found.values())) == 2240
    assert found["1"] == [
        {"InvoiceId": "1", "InvoiceLineId": "1", "TrackId": "2", "UnitPrice": "0.99", "Quantity": "1"},
        {"InvoiceId": "1", "InvoiceLineId": "2", "TrackId": "4", "UnitPrice": "0.99", "Quantity": "1"},
    ]
    for name, total in project.rows("SELECT InvoiceId, Total FROM event_order"):
        prices = (float(line["UnitPrice"]) * int(line["Quantity"]) for line in found[name])
        assert round(sum(prices) * 10_000) == total


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "jsonl"])
def test_lines_leave_and_come_back_from_whatever_file_they_were_in(project, tmp_path, suffix):
    head = "订单编号,客户编号,下单时间,金额,商品"
    project.events(
        "order", project.file("1.csv", head, "a,7,2026-01-05,30,=1+1", "a,,,5,盐", "b,8,2026-01-06,1,米")
    )
    project.events("order", project.file("2.csv", "订单编号,商品,批次", "b,00１,2026-01-05", "b,=2,"))
    (tmp_path / "second").mkdir()
    second = Project(tmp_path / "second")
    for number, options in enumerate(({}, {"lines": True})):
        file = tmp_path / f"{number}.{suffix}"
        exporting.export(
            project.store,
            "events",
            Target(file),
            timezone=ZONE,
            now=1,
            by="ann",
            event_type="order",
            **options,
        )
        assert second.events("order", file).rejects == ()
    assert lines(second) == lines(project)
    assert len(lines(second)["a"]) == 2
    assert header(second) == header(project)
