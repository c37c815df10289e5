"""A shop with imported and rule tags, orders and views, for tests of the commands that only read."""

from __future__ import annotations

from pathlib import Path

from importing_project import ZONE, Project

from tagctl import rules
from tagctl.model import Ruleset, Taxonomy
from tagctl.store import catalog, labels, tags
from tagctl.workflows import running, segmenting

TAXONOMY = """
dimensions:
  - name: 价值
    kind: value
    tags:
      - name: VIP
        aliases: [高价值客户]
        children: [{name: 黑金VIP}]
      - 潜力客户
  - name: 生命周期
    kind: lifecycle
    tags: [新客户, 老客户]
"""
RULES = """
fields: {积分: number}
metrics:
  消费额: {sum: order.amount}
  客单价: {avg: order.amount}
  最近下单: {last: order}
rules:
  - tag: 潜力客户
    when: {count: order, at_least: 2}
segments:
  - name: 回头客
    when: {tag: 潜力客户}
    columns: [name, phone, 消费额, 客单价, 最近下单, tags, 积分, email]
    strategy: 专人回访
  - name: 上海人
    when: {field: 城市, is: 上海}
"""
CUSTOMERS = (
    "客户编号,姓名,手机号,城市,注册日期,累计消费,标签",
    "007,王伟,13800138000,上海,2025-12-01,1280.5,高价值客户、新客户",
    "008,李娜,13900139000,北京,,,黑金VIP、不认识",
    "009,=cmd,13700137000,上海,2024-02-29,0.01,",
)
ORDERS = (
    "订单编号,客户编号,下单时间,实付金额,品类",
    "A1,007,2026-01-01 10:00:00,100.10,母婴",
    "A2,007,2026-01-02 10:00:00,200.15,美妆",
    "A3,007,2026-01-02 11:00:00,0.01,美妆",
    "A4,008,2026-01-03 10:00:00,5,",
)
VIEWS = ("客户编号,时间,品类,时长", "007,2026-01-04 09:30:00,母婴,12.5")


class Shop(Project):
    """The project after five operations: 1 taxonomy, 2 customers, 3 orders, 4 views, 5 run."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.taxonomy(TAXONOMY)
        self.customers(self.file("客户.csv", *CUSTOMERS))
        self.events("order", self.file("orders.csv", *ORDERS))
        self.events("view", self.file("views.csv", *VIEWS))
        self.run()

    @property
    def declared(self) -> Taxonomy:
        return rules.read_taxonomy(TAXONOMY.encode(), "taxonomy.yaml")[0]

    def ruleset(self, text: str = RULES) -> Ruleset:
        compiled = rules.compile(text.encode(), "rules.yaml", self.declared, catalog.read(self.store), ZONE)
        assert not compiled.problems, compiled.problems
        return compiled.ruleset

    def run(self, text: str = RULES) -> int | None:
        with self.operate("run") as op:
            running.run(op, self.ruleset(text), self.declared, timezone=ZONE)
        return op.result

    def asking(self) -> segmenting.Asking:
        return segmenting.Asking(self.ruleset(), self.declared, catalog.read(self.store), self.now, ZONE)

    def declare(self, label: str) -> None:
        """The taxonomy with a further tag, for labels read before."""
        text = TAXONOMY.replace("- 潜力客户", f"- 潜力客户\n      - {label}")
        found = rules.read_taxonomy(text.encode(), "taxonomy.yaml")[0]
        with self.operate("taxonomy") as op:
            tags.sync(op, found)
            labels.settle(op)
            op.keep()
