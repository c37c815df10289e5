"""Whatever stands in the two files, the answer is problems that have a place, never a traceback."""

from __future__ import annotations

import os
import random
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tagctl import rules
from tagctl.model import Catalog

ROUNDS = int(os.environ.get("TAGCTL_EXAMPLES", "0")) or 200
CASES = Path(__file__).parents[1] / "cases" / "errors"
PIECES = (
    *"{}[]:,-#'\"\t\n：，【&*!|>?%@~07",
    *("no", "null", "客户", "tag", "when", "of", "any", "count", "field", "is", "in"),
)


def texts(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(CASES.glob(f"*/{name}"))]


def mutated(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(found) + 1)
        match chance.randrange(4):
            case 0:
                del found[at : at + chance.randint(1, 8)]
            case 1:
                found[at:at] = chance.choice(PIECES).encode()
            case 2:
                other = chance.choice(others)
                start = chance.randrange(len(other) + 1)
                found[at:at] = other[start : start + chance.randint(1, 60)]
            case _:
                found[at:at] = found[at : at + chance.randint(1, 40)]
    return bytes(found)


@pytest.mark.parametrize("name", ["rules.yaml", "taxonomy.yaml"])
def test_mutated_files(name):
    chance = random.Random(20261121)
    seeds = texts(name)
    assert len(seeds) > 5
    taxonomy, _problems, _warnings = rules.read_taxonomy(
        b"dimensions: [{name: V, tags: [VIP, A]}]", "taxonomy.yaml"
    )
    for _round in range(ROUNDS):
        data = mutated(chance.choice(seeds), seeds, chance)
        if name == "rules.yaml":
            found = rules.compile(data, name, taxonomy, Catalog(), ZoneInfo("Asia/Shanghai"))
            told = (*found.problems, *found.warnings)
        else:
            _taxonomy, problems, warnings = rules.read_taxonomy(data, name)
            told = (*problems, *warnings)
        for problem in told:
            assert problem.location is not None, data
            assert problem.location.line, data
            assert problem.what, data
            assert problem.next, data
