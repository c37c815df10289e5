"""Write the demo's source files: an invented shop, always the same one.

    python -m tagctl.demo.generate FOLDER

The files are shipped in sources/; a test checks that this still writes the same. Nobody in them exists:
names are put together at random, phones come from the unassigned 100 series.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any


def _words(text: str) -> list[str]:
    return text.split(" ")


SEED = 20261031
NOW = datetime(2026, 10, 31, 20, 0, 0)  # the demo's instant, Shanghai time
TITLE = "小满家居服饰店 客户资料（2026年10月整理）"
CUSTOMER_HEADERS = _words("客户编号 姓名 手机 性别 年龄 生日 城市 来源 注册日期 标签 备注")
ORDER_HEADERS = _words(
    "订单编号 客户编号 收货人姓名 联系手机 订单状态 宝贝标题 商品类目 买家应付货款 "
    "买家实际支付金额 订单创建时间 订单付款时间"
)

FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓韩冯曹"
GIVEN_MALE = _words("伟 强 磊 军 洋 勇 杰 涛 明 超 浩然 子轩 宇航 俊杰 志强 建国 家豪 文博")
GIVEN_FEMALE = _words("芳 娜 敏 静 丽 艳 娟 霞 欣怡 雨桐 思雨 佳怡 梦瑶 晓雯 淑珍 桂英 若曦 诗涵")
CITIES = _words(
    "上海 上海市 杭州 南京 苏州 宁波 北京 天津 广州 深圳市 东莞 武汉 长沙 成都 重庆 西安 沈阳 大连"
)
CHANNELS = _words("天猫旗舰店 淘宝 微信小程序 公众号 抖音直播间 小红书笔记 门店登记 老客推荐")
GOODS = {
    "女装": (("针织开衫", 189), ("羊毛大衣", 899), ("连衣裙", 269)),
    "男装": (("商务衬衫", 199), ("羽绒服", 759)),
    "鞋包": (("小白鞋", 239), ("真皮手提包", 1080)),
    "美妆": (("面膜礼盒", 159), ("口红", 220)),
    "母婴": (("儿童保温杯", 99), ("婴儿连体衣", 129)),
    "家居": (("四件套 1.8米床", 459), ("香薰蜡烛", 89), ("乳胶枕", 329)),
    "食品": (("坚果礼盒", 138), ("有机大米 5kg", 79)),
}
PAID = ("交易成功", "交易成功", "交易成功", "卖家已发货，等待买家确认")

# How one tag is spelled by five colleagues over three years.
SPELLINGS = {
    "VIP": ("VIP", "ＶＩＰ", "vip", "高价值客户", "高價值客戶"),
    "沉睡客户": ("沉睡客户", "沉睡客戶", "沉默客户"),
    "潜在客户": ("潜在客户", "潛在客戶", "意向客户", "潜客"),
    "已成交客户": ("已成交客户", "成交客户", "老客户"),
    "新客户": ("新客户", "新客", "新客戶"),
    "忠实客户": ("忠实客户", "忠诚客户", "忠誠客戶"),
    "流失客户": ("流失客户", "流失客戶"),
    "价格敏感": ("价格敏感", "價格敏感", "爱砍价"),
    "品质优先": ("品质优先",),
    "母婴": ("母婴", "宝妈"),
}
UNKNOWN = ["待跟进", "加过微信", "李姐介绍", "双11囤货", "送过小样", "重要！！", "已电话", "大客戶"]
SEPARATORS = ("、", "、", "、", "，", ",", "/", ";")


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of customer: how many, and between which days ago they ordered, logged in and looked."""

    count: int
    label: str  # what the sheet calls them, rightly or not
    registered: tuple[int, int]
    orders: tuple[int, int] = (0, 0)
    order_days: tuple[int, int] = (0, 0)
    logins: tuple[int, int] = (0, 0)
    login_days: tuple[int, int] = (0, 0)
    views: tuple[int, int] = (0, 0)
    view_days: tuple[int, int] = (0, 0)
    dear: bool = False
    unpaid: bool = False
    first_login: int = 0  # one visit long before the rest


PERSONAS = (
    Persona(24, "VIP", (400, 900), (4, 9), (3, 340), (8, 20), (1, 120), (2, 9), (1, 60), dear=True),
    Persona(10, "VIP", (400, 900), (3, 7), (45, 330), (4, 9), (34, 80), (0, 2), (40, 85), dear=True),
    Persona(4, "VIP", (500, 900), (3, 5), (110, 340), (3, 6), (100, 200), dear=True),
    Persona(36, "忠实客户", (200, 800), (3, 5), (2, 300), (4, 12), (1, 100), (1, 6), (1, 80)),
    Persona(48, "已成交客户", (60, 700), (1, 2), (5, 320), (2, 8), (1, 60), (0, 4), (1, 80)),
    Persona(38, "沉睡客户", (150, 900), (0, 2), (40, 500), (1, 5), (32, 85), (0, 2), (35, 85)),
    Persona(34, "流失客户", (300, 1000), (0, 2), (100, 600), (1, 4), (95, 400)),
    Persona(10, "流失客户", (450, 900), (0, 1), (1, 20), (1, 3), (1, 20), (0, 3), (1, 20), first_login=260),
    Persona(30, "新客户", (2, 60), logins=(1, 3), login_days=(1, 28), views=(0, 2), view_days=(1, 28)),
    Persona(16, "潜在客户", (20, 120), logins=(2, 6), login_days=(1, 28), views=(5, 9), view_days=(2, 80)),
    Persona(12, "新客户", (30, 300), logins=(2, 5), login_days=(1, 25), views=(3, 4), view_days=(1, 28)),
    Persona(8, "潜在客户", (10, 90), logins=(1, 3), login_days=(2, 20), unpaid=True),
)


@dataclass(slots=True)
class Shop:
    """The rows of all files, as text or dates, without headers."""

    customers: list[list[Any]] = field(default_factory=list)
    orders: list[list[str]] = field(default_factory=list)
    logins: list[list[str]] = field(default_factory=list)
    views: list[list[str]] = field(default_factory=list)


def shop() -> Shop:
    """Invent the shop. The same rows every time."""
    random = Random(SEED)
    people = [persona for persona in PERSONAS for _ in range(persona.count)]
    random.shuffle(people)
    people.sort(key=lambda persona: persona is not PERSONAS[1])  # the story's first customer is a dormant VIP
    made = Shop()
    for number, persona in enumerate(people, start=1):
        _customer(random, made, f"{number:06d}", persona)
    _blemishes(made)
    made.orders.sort(key=lambda row: (row[9], row[0]))
    for place, row in enumerate(made.orders, start=1):
        row[0] = f"'{310_000_000_000_000_000 + place * 7919}"  # the apostrophe is the shop platform's own
    made.logins.sort(key=lambda row: (row[1], row[0]))
    made.views.sort(key=lambda row: (row[1], row[0]))
    return made


def _customer(random: Random, made: Shop, key: str, persona: Persona) -> None:
    female = random.random() < 0.62
    name = random.choice(FAMILY) + random.choice(GIVEN_FEMALE if female else GIVEN_MALE)
    phone = f"100{random.randrange(10**8):08d}"
    year = max(random.randrange(1958, 2009), random.randrange(1958, 2009))  # more young than old
    birthday = date(year, 1, 1) + timedelta(days=random.randrange(365))
    age = NOW.year - birthday.year - ((NOW.month, NOW.day) < (birthday.month, birthday.day))
    registered = (NOW - timedelta(days=random.randint(*persona.registered))).date()
    made.customers.append(
        [
            key,
            name,
            phone,
            random.choice(("女", "女", "女士") if female else ("男", "男", "先生")),
            age,
            birthday.isoformat(),
            random.choice(CITIES),
            random.choice(CHANNELS),
            registered,
            _tags(random, persona),
            "",
        ]
    )
    taste = random.sample(sorted(GOODS), 2)
    for _ in range(random.randint(*persona.orders)):
        _order(random, made, key, name, phone, taste, _ago(random, persona.order_days), persona.dear)
    if persona.unpaid:
        _order(random, made, key, name, phone, taste, _ago(random, (2, 6)), False, "等待买家付款")
    visits = [_ago(random, persona.login_days) for _ in range(random.randint(*persona.logins))]
    if persona.first_login:
        visits.append(_ago(random, (persona.first_login, persona.first_login + 90)))
    made.logins.extend([key, _text(at), random.choice(("App", "小程序", "网页"))] for at in visits)
    for _ in range(random.randint(*persona.views)):
        category = random.choice(taste)
        goods = random.choice(GOODS[category])[0]
        made.views.append([key, _text(_ago(random, persona.view_days)), category, goods])


def _order(
    random: Random,
    made: Shop,
    key: str,
    name: str,
    phone: str,
    taste: Sequence[str],
    at: datetime,
    dear: bool,
    status: str = "",
) -> None:
    category = random.choice(taste)
    goods, price = random.choice(GOODS[category])
    total = price * (random.randint(2, 4) if dear else random.choice((1, 1, 1, 2)))
    status = status or ("交易关闭" if random.random() < 0.06 else random.choice(PAID))
    unpaid = status in ("交易关闭", "等待买家付款")
    paid = 0 if unpaid else total - random.choice((0, 0, 10, 20))
    made.orders.append(
        [
            "",
            key,
            name,
            f"'{phone}",
            status,
            goods,
            category,
            f"{total:.2f}",
            f"{paid:.2f}",
            _text(at),
            "" if unpaid else _text(at + timedelta(seconds=random.randint(20, 900))),
        ]
    )


def _tags(random: Random, persona: Persona) -> str:
    """The packed tag cell: the colleague's opinion, often old, in whichever spelling and separator."""
    label = persona.label if random.random() < 0.75 else random.choice(("潜在客户", "沉睡客户", "已成交客户"))
    labels = [label]
    if random.random() < 0.25:
        labels.append("已成交客户" if label in ("VIP", "忠实客户") else "价格敏感")
    if random.random() < 0.12:
        labels.append("品质优先" if persona.dear else "母婴")
    written = [random.choice(SPELLINGS[each]) for each in labels]
    separator = random.choice(SEPARATORS)
    if random.random() < 0.18:
        written.append(random.choice(UNKNOWN))
        separator = SEPARATORS[0]  # next to a word that nobody knows, only the usual separator is one
    return "" if random.random() < 0.08 else separator.join(written)


def _blemishes(made: Shop) -> None:
    """What every real sheet has: contradictions, and cells that are no number or no date."""
    rows = made.customers
    rows[0][9] = "VIP、已成交客户"
    buyers = {row[1] for row in made.orders if row[4] in PAID}
    recent = {row[0] for row in made.logins if row[1] > _text(NOW - timedelta(days=20))}
    contradicted = next(row for row in rows[20:] if row[0] in buyers & recent)
    contradicted[9] = "潜在客户/已成交客户"
    contradicted[10] = "两个同事各打了一个"
    rows[41][9] = "价格敏感、品质优先"
    rows[97][9] = "爱砍价，品质优先"
    rows[60][4] = "三十多"
    rows[133][8] = "去年双11"


def _ago(random: Random, days: tuple[int, int]) -> datetime:
    """A waking hour on one of these days before the demo's instant."""
    day = NOW.date() - timedelta(days=random.randint(*days))
    return datetime(
        day.year, day.month, day.day, random.randint(8, 22), random.randrange(60), random.randrange(60)
    )


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def write(folder: Path) -> None:
    """Write 客户.xlsx, orders.csv (GB18030), logins.csv and views.csv (UTF-8) into an existing folder."""
    made = shop()
    _write_customers(folder / "客户.xlsx", made.customers)
    _write_csv(folder / "orders.csv", ORDER_HEADERS, made.orders, "gb18030")
    _write_csv(folder / "logins.csv", ["客户编号", "登录时间", "设备"], made.logins, "utf-8-sig")
    _write_csv(folder / "views.csv", ["客户编号", "浏览时间", "商品类目", "商品"], made.views, "utf-8-sig")


def _write_csv(path: Path, headers: list[str], rows: list[list[str]], encoding: str) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers)
        writer.writerows(rows)


def _write_customers(path: Path, rows: list[list[Any]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"created": NOW})
        sheet = book.add_worksheet("客户名单")
        title = book.add_format({"bold": True, "align": "center", "font_size": 14})
        bold = book.add_format({"bold": True, "bg_color": "#DDEBF7"})
        day = book.add_format({"num_format": "yyyy/m/d"})
        sheet.merge_range(0, 0, 0, len(CUSTOMER_HEADERS) - 1, TITLE, title)
        sheet.write_row(1, 0, CUSTOMER_HEADERS, bold)
        sheet.set_column(0, len(CUSTOMER_HEADERS) - 1, 12)
        sheet.set_column(9, 9, 30)
        for place, row in enumerate(rows, start=2):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(place, column, datetime(cell.year, cell.month, cell.day), day)
                elif isinstance(cell, int):
                    sheet.write_number(place, column, cell)
                elif cell:
                    sheet.write_string(place, column, cell)
        sheet.freeze_panes(2, 2)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
