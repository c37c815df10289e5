"""Who has a tag, in three numbers: how many, the sum of their ids, and the sum of their mixed ids.

Two results are the same where these are, for every tag; so peers need not hand over millions of rows.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

PRIME = 1_000_003
Digest = list[int]
MIXED = f"id * id % {PRIME}"


def of_array(ids: Any) -> Digest:
    """Of a numpy array of ids."""
    ids = ids.astype("int64")
    return [len(ids), int(ids.sum()), int((ids * ids % PRIME).sum())]


def of_database(file: Path) -> dict[str, Digest]:
    """Of the current rule assignments in a project's database."""
    query = f"""
        SELECT (SELECT t.name FROM tags AS t WHERE t.id = tag), count(*), sum(id), sum({MIXED})
        FROM (SELECT tag, customer AS id FROM assignments WHERE source = 'rule' AND lost_op IS NULL)
        GROUP BY tag
    """
    with sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True) as connection:
        return {name: list(numbers) for name, *numbers in connection.execute(query)}


def differences(ours: dict[str, Digest], theirs: dict[str, Digest]) -> list[str]:
    """What differs, a line for each tag; a tag that nobody has may be missing."""
    nobody = [0, 0, 0]
    return [
        f"{tag}: {ours.get(tag, nobody)} against {theirs.get(tag, nobody)}"
        for tag in sorted(ours | theirs)
        if ours.get(tag, nobody) != theirs.get(tag, nobody)
    ]
