"""Writes random taxonomies, as the dictionaries that YAML is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scenes import NAMES, Drawing


@dataclass
class Node:
    """A tag with the place of its node in the order of the rules: it may read what stands before."""

    name: str
    dimension: str
    place: tuple[int, int]
    children: list[str]
    aliases: list[str]
    body: dict[str, Any]  # its entry in the file


def taxonomy(d: Drawing) -> tuple[dict[str, Any], list[Node]]:
    dimensions, nodes = [], []
    names = d.some(list(NAMES), 1, 3)
    for rank, dimension in enumerate(names):
        exclusive = d.pick(["none", "one", "ordered"])
        body: dict[str, Any] = {"name": dimension, "kind": "value", "exclusive": exclusive, "tags": []}
        if exclusive != "none":
            policies = ["flag", "newest"] + (["later"] if exclusive == "ordered" else [])
            body["on_conflict"] = d.pick(policies)
        for index in range(d.number(1, 4)):
            place = (rank, 0 if exclusive != "none" else index)
            tag: dict[str, Any] = {"name": f"{NAMES[dimension]}{index}"}
            node = Node(tag["name"], dimension, place, [], [], tag)
            if d.chance(25):
                node.aliases = tag["aliases"] = [f"别名ＶＩＰ{NAMES[dimension]}{index}"]
            if d.chance(20):
                tag["expires"] = d.pick(["1d", "30d", "1mo"])
            if d.chance(15):
                tag["review"] = d.pick(["7d", "1mo"])
            if d.chance(30):
                child = f"{tag['name']}子"
                tag["children"] = [{"name": child}]
                node.children = [child]
                nodes.append(Node(child, dimension, place, [], [], tag["children"][0]))
            nodes.append(node)
            body["tags"].append(tag)
        dimensions.append(body)
    for node in nodes:
        later = [other.name for other in nodes if other.place > node.place]
        if later and d.chance(20):
            node.body["implies"] = d.some(later, 1, 2)
        if d.chance(8):
            node.body["status"] = "draft"
    if d.chance(50):
        dimensions.reverse()
    found: dict[str, Any] = {"version": 1, "dimensions": dimensions}
    if len(nodes) > 1 and d.chance(30):
        found["conflicts"] = [d.some([node.name for node in nodes], 2, 3)]
    return found, nodes
