"""Duplicate labels: tagctl against comparing all pairs, and how its time grows, in one run on one machine.

    python bench/duplicates.py [--labels 10000] [--times 10] [--runs 2] [--json]

The labels are always the same: half Chinese, half English, one in ten a variant of another. What is measured
is the comparison alone, without imports and reading, in a process of its own for each line.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import measure

WHERE = (
    "",
    "华东",
    "华南",
    "华北",
    "西南",
    "上海",
    "北京",
    "杭州",
    "成都",
    "深圳",
    "门店",
    "官网",
    "直播",
    "抖音",
    "微信",
)
SUBJECTS = (
    "母婴",
    "美妆",
    "护肤",
    "女装",
    "男装",
    "数码",
    "家居",
    "运动",
    "宠物",
    "咖啡",
    "茶叶",
    "零食",
    "汽车",
    "旅游",
    "理财",
)
VERBS = (
    "购买",
    "浏览",
    "收藏",
    "加购",
    "咨询",
    "退货",
    "复购",
    "签到",
    "评价",
    "投诉",
    "充值",
    "领券",
    "预约",
    "试用",
    "续费",
)
HOW = (
    "",
    "高频",
    "低频",
    "近期",
    "首次",
    "多次",
    "从未",
    "意向",
    "高价值",
    "低价值",
    "沉睡",
    "活跃",
    "流失",
    "潜在",
    "夜间",
    "大额",
)
DAYS = ("", "", "", "近7天", "近15天", "近30天", "近60天", "近90天", "近180天")
NAMES = "安白宝晨达德恩芳丰福光海和恒宏华佳嘉建金康乐丽龙美民明宁平琪庆仁荣瑞森盛顺泰天同威维祥欣"
ENDS = ("客户", "用户", "人群", "会员", "")
SYLLABLES = (
    "ba",
    "con",
    "der",
    "fin",
    "gra",
    "hel",
    "in",
    "ker",
    "lo",
    "men",
    "nor",
    "pli",
    "que",
    "ris",
    "sto",
    "tra",
)

OURS = """
import json, sys, time
from pathlib import Path
from tagctl.labels.duplicates import Label, clusters
labels = [Label(text) for text in Path(sys.argv[1]).read_text("utf-8").splitlines()]
clusters([Label("会员"), Label("會員日"), Label("newsletter"), Label("newsleter")])  # loads the libraries
start = time.process_time()
found = clusters(labels, least=0.6)
print(json.dumps([time.process_time() - start, len(found)]))
"""
ALL_PAIRS = """
import json, sys, time
from pathlib import Path
import numpy
from rapidfuzz import fuzz, process
labels = Path(sys.argv[1]).read_text("utf-8").splitlines()
start = time.process_time()
found = process.cdist(labels, labels, scorer=fuzz.ratio, score_cutoff=85, workers=1)
seconds = time.process_time() - start
print(json.dumps([seconds, (int(numpy.count_nonzero(found)) - len(labels)) // 2]))
"""


@dataclass(frozen=True, slots=True)
class Line:
    """What one way took for so many labels. `found`: clusters, or pairs."""

    name: str
    labels: int
    cpu: float
    peak_mb: float
    found: int


def labels(count: int) -> list[str]:
    """So many different labels."""
    draw = random.Random(20261031)
    # A longer list has more words, or it would only be fuller of near misses.
    words = ["".join(draw.choices(SYLLABLES, k=draw.choice((2, 3, 3, 4)))) for _ in range(count // 3)]
    brands = ["".join(draw.choices(NAMES, k=2)) for _ in range(count // 10)]
    made: dict[str, None] = {}
    text = "VIP"
    while len(made) < count:
        kind = draw.random()
        if kind < 0.1:
            text = _variant(draw, text)
        elif kind < 0.55:
            what = draw.choice((SUBJECTS, brands))
            text = "".join(draw.choice(part) for part in (DAYS, HOW, WHERE, what, VERBS, ENDS))
        else:
            text = draw.choice("- _").join(draw.choices(words, k=draw.choice((1, 2, 2, 3))))
        made[text] = None
    return list(made)


def _variant(draw: random.Random, text: str) -> str:
    place = draw.randrange(len(text))
    return draw.choice(
        (
            text.upper(),
            text.replace("-", " ").replace("_", "-") + " ",
            text + "s",
            text[:place] + text[place + 1 :],
            text[:place] + text[place : place + 1] * 2 + text[place + 1 :],
            text.removesuffix("客户") + "用户",
        )
    )


def measured(name: str, script: str, count: int, folder: Path, runs: int) -> Line:
    """The best of so many runs."""
    file = folder / f"{count}.txt"
    if not file.exists():
        file.write_text("\n".join(labels(count)), encoding="utf-8")
    found = []
    for _ in range(runs):
        done = measure.python("-c", script, file)
        cpu, number = json.loads(done.output)
        found.append(Line(name, count, round(cpu, 3), round(done.peak, 1), number))
    return min(found, key=lambda line: line.cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--labels", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=10, help="the longer list has so many times as many")
    parser.add_argument("--runs", type=int, default=2, help="the best of so many")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    few, many = given.labels, given.labels * given.times
    with tempfile.TemporaryDirectory() as folder:
        tasks = [
            ("all pairs, rapidfuzz cdist", ALL_PAIRS, few),
            ("tagctl", OURS, few),
            ("tagctl", OURS, many),
        ]
        lines = [measured(*task, Path(folder), given.runs) for task in tasks]
    if given.json:
        print(json.dumps([asdict(line) for line in lines], indent=2))
        return
    print(f"{'':28}{'labels':>9}{'CPU s':>9}{'peak MB':>9}{'found':>9}")
    for line in lines:
        print(f"{line.name:28}{line.labels:>9,}{line.cpu:>9.2f}{line.peak_mb:>9.0f}{line.found:>9,}")
    pairs, ours, grown = (line.cpu for line in lines)
    print(f"{pairs / ours:.1f} times as fast as all pairs")
    print(f"{given.times} times the labels take {grown / ours:.1f} times the time")


if __name__ == "__main__":
    main()
