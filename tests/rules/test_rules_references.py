"""Every place of both files that names a tag is found, whatever it is called there."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tagctl import rules
from tagctl.errors import ConfigError
from tagctl.model import Catalog
from tagctl.normalise import identity
from tagctl.rules import references

ROOT = Path(__file__).parents[2]
ZONE = ZoneInfo("Asia/Shanghai")

TAXONOMY = """\
dimensions:
  - name: 价值
    tags:
      - {name: VIP, aliases: [高价值], pilot: {when: {tag: 新客}}}
      - name: 铂金
        implies: [vip]
        pilot: {when: {tag: VIP}}
      - 新客
conflicts:
  - [VIP, 新客]
"""
RULES = """\
fields: {积分: number}
conditions:
  好: {any: [{tag: 高价值}, {not: {tag: VIP, held_for: 3d}}]}
rules:
  - tag: VIP
    when: {field: 积分, at_least: 3}
    leave: [{tag: 铂金}]
  - dimension: 价值
    of: {field: 积分}
    map: {新客: 1}
segments:
  - {name: 段, when: {tag: VIP}}
layers:
  - {name: 层, when: [{tag: &a VIP}, {tag: *a}]}
actions:
  - {lost: VIP, task: 问}
tests:
  - {name: 一, given: {customer: {积分: 5}}, expect: [VIP], expect_not: [铂金]}
"""


def test_every_place_is_found():
    found = references.find(rules.Files(TAXONOMY.encode(), RULES.encode()), Catalog(), ZONE)
    assert [(one.node.text, one.tag, one.location.line, one.section, one.entry) for one in found] == [
        ("新客", "新客", 4, "dimensions", "VIP"),
        ("vip", "VIP", 6, "dimensions", "铂金"),
        ("VIP", "VIP", 7, "dimensions", "铂金"),
        ("VIP", "VIP", 10, "conflicts", ""),
        ("新客", "新客", 10, "conflicts", ""),
        ("高价值", "VIP", 3, "conditions", "好"),
        ("VIP", "VIP", 3, "conditions", "好"),
        ("VIP", "VIP", 5, "rules", "VIP"),
        ("铂金", "铂金", 7, "rules", "VIP"),
        ("新客", "新客", 10, "rules", "价值"),
        ("VIP", "VIP", 12, "segments", "段"),
        ("VIP", "VIP", 14, "layers", "层"),
        ("VIP", "VIP", 16, "actions", "VIP"),
        ("VIP", "VIP", 18, "tests", "一"),
        ("铂金", "铂金", 18, "tests", "一"),
    ]


def test_the_example_names_its_tags_everywhere():
    files = rules.Files(*((ROOT / f"{name}.example.yaml").read_bytes() for name in ("taxonomy", "rules")))
    taxonomy, _problems, _warnings = rules.read_taxonomy(files.taxonomy, files.taxonomy_name)
    found = references.find(files, Catalog(), ZONE)
    lines = files.rules.decode().split("\n")
    named = {(one.location.line, one.tag) for one in found if one.location.file == files.rules_name}
    leaves = [
        (number, taxonomy.names[identity(match[1])])
        for number, line in enumerate(lines, 1)
        if (match := re.fullmatch(r"[ -]*(?:tag|gained|lost): (\S+)(?: +#.*)?", line))
    ]
    assert len(leaves) > 50
    missed = [leaf for leaf in leaves if leaf not in named]
    assert missed == []


def test_files_that_are_not_valid_are_refused():
    with pytest.raises(ConfigError):
        references.find(rules.Files(b"dimensions: [", b""), Catalog(), ZONE)
