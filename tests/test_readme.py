"""What the two READMEs promise: lines run as printed, commands exist, links lead somewhere."""

from __future__ import annotations

import csv
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from shell import Shell

from tagctl import cli

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, marker: str) -> list[str]:
    """The fenced blocks that follow <!-- MARKER -->."""
    return re.findall(rf"<!-- {re.escape(marker)} -->\n```\w+\n(.*?)\n```", text_of(name), re.DOTALL)


def command_lines(text: str) -> Iterator[list[str]]:
    """Every `tagctl …` in fenced shell blocks, as words; `&&` and cron columns taken off."""
    for block in re.findall(r"```sh\n(.*?)\n```", text, re.DOTALL):
        for line in block.splitlines():
            for command in line.split(" && "):
                if command.startswith("tagctl "):
                    yield shlex.split(command)[1:]


@pytest.mark.parametrize("shell", ["run", "powershell"])
@pytest.mark.parametrize("job", ["setup", "tests"])
def test_set_up_is_one_line_and_the_same_in_both_languages(shell, job):
    found = {line for name in READMES for line in blocks(name, f"{shell}: {job}")}
    assert len(found) == 1
    (line,) = found
    assert "\n" not in line
    assert ("tagctl demo" if job == "setup" else "-m pytest") in line


def test_set_up_stays_in_its_own_environment():
    """Where the system's pip refuses, only the environment's own may be called."""
    for job in ("setup", "tests"):
        for line in blocks("README.md", f"run: {job}") + blocks("README.md", f"powershell: {job}"):
            assert all(
                ".venv" in part for part in re.split(r"&&|;", line) if "pip" in part or "tagctl demo" in part
            )


@pytest.mark.parametrize("name", READMES)
def test_links_lead_somewhere(name):
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text_of(name))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_spelled_right(name):
    """Parsed by the real command tree, without running: unknown commands, options and arguments fail."""
    root = typer.main.get_command(cli.app)
    lines = list(command_lines(text_of(name)))
    assert len(lines) > 15
    for words in lines:
        rest = [word for word in words if word != "--quiet"]  # a global option, allowed anywhere
        command, context = root, root.make_context("tagctl", [], resilient_parsing=True)
        while hasattr(command, "resolve_command"):
            step, command, rest = command.resolve_command(context, rest)
            assert command is not None, words
            context = command.make_context(step, list(rest), parent=context)


SHEETS = {
    "README.md": (
        ("customers.xlsx", ["Customer ID", "Name", "Phone", "Registered", "Tags", "Remarks"]),
        ("orders.csv", ["Order ID", "Customer ID", "Created at", "Status", "Total"], "utf-8"),
        "paid",
    ),
    "README.zh-CN.md": (
        ("客户.xlsx", ["会员号", "姓名", "电话", "注册日期", "客户标签", "备注"]),
        ("订单.csv", ["订单编号", "会员号", "下单时间", "订单状态", "实付金额"], "gb18030"),
        "交易成功",
    ),
}


def write_sample(name: str, folder: Path) -> None:
    """A sheet and an order export as a reader might have them; 0001 bought three times."""
    from openpyxl import Workbook

    (sheet_name, headers), (orders_name, order_headers, encoding), paid = SHEETS[name]
    book = Workbook()
    sheet = book.active
    sheet.append(["2026", *[None] * (len(headers) - 1)])
    sheet.append(headers)
    labels = ["VIP、新客", "潜在客户", "", "VIP,回头客多", "高價值客戶"]
    for number in range(1, 21):
        phone = f"100000000{number:02d}"
        sheet.append([f"{number:04d}", f"客户{number}", phone, "2025-03-01", labels[number % 5], ""])
    book.save(folder / sheet_name)
    with (folder / orders_name).open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(order_headers)
        for number in range(1, 13):
            for order in range(3 if number % 3 == 1 else 1):
                at = f"2026-0{order + 7}-{number:02d} 10:00:00"
                writer.writerow([f"{number:03d}{order}", f"{number:04d}", at, paid, 100 + number])


@pytest.mark.parametrize("name", READMES)
def test_ten_minutes_with_your_own_spreadsheet(name, tmp_path):
    write_sample(name, tmp_path)
    shell = Shell(tmp_path, language="zh" if "zh" in name else "en")
    told = {}
    for block in blocks(name, "tested"):
        for words in command_lines(f"```sh\n{block}\n```"):
            told[" ".join(words)] = shell.run(*words)
    assert len(told) >= 16
    assert list(tmp_path.glob("*.xlsx"))
    with (tmp_path / ("回访名单.csv" if "zh" in name else "calls.csv")).open(encoding="utf-8-sig") as file:
        calls = list(csv.reader(file))
    assert {row[0] for row in calls[1:]} == {"0001", "0004", "0007", "0010"}
    undone = next(text for command, text in told.items() if command.startswith("undo"))
    assert "3" in undone
