"""Proposed tags as text: into taxonomy.yaml, every other byte of which stays, or as a file of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from tagctl.messages import _, ngettext
from tagctl.model import Taxonomy
from tagctl.normalise import identity
from tagctl.reports.drafting import DraftDimension, DraftTag
from tagctl.rules import rewrite, source, written
from tagctl.rules.rewrite import Item, Text, name_of

_SCHEMA = "# yaml-language-server: $schema=schema/taxonomy.json"


def added(
    data: bytes | None, file: str, dimensions: Sequence[DraftDimension], aliases: Mapping[str, Sequence[str]]
) -> bytes:
    """taxonomy.yaml (None: a new one) with these tags, and with aliases for tags that it has. ConfigError
    where the file cannot be read."""
    text = data if data is not None else _blank()
    for dimension in dimensions:
        text = _with_dimension(text, file, dimension)
    for tag, names in aliases.items():
        for alias in names:
            text = rewrite.add_alias(text, file, tag, alias)
    return text


def block(dimensions: Sequence[DraftDimension], aliases: Mapping[str, Sequence[str]]) -> str:
    """The same as something to read: what would be added, and where."""
    lines = ["dimensions:"]
    for dimension in dimensions:
        lines += [f"  {line}" for line in _dimension(dimension)]
    for tag, names in aliases.items():
        note = _("further aliases of {tag}: {aliases}").format(tag=tag, aliases=", ".join(names))
        lines.append(f"  # {note}")
    return "\n".join(lines) + "\n"


def remarked(data: bytes, file: str, remarks: Mapping[str, str], drafts: Collection[str]) -> bytes:
    """taxonomy.yaml with a comment behind the names of some tags; `drafts` get `status: draft`. Only tags
    written as mappings, as those of the templates are."""
    text = Text(data, file)
    places: list[tuple[int, str]] = []
    for node in rewrite.tag_nodes(text.root):
        name = node.get("name")
        if name is None or name.text.strip() not in remarks:
            continue
        end = text.extent(name)[1]
        line = source.LINE_ENDS.search(text.text, end)
        rest = line.start() if line else len(text.text)
        note = f"  # {remarks[name.text.strip()]}" if not text.text[end:rest].strip() else ""
        status = ""
        if name.text.strip() in drafts and node.get("status") is None:
            why = _("its rule only counts; delete this line to let it decide")
            status = text.newline + " " * (node.column - 1) + f"status: draft  # {why}"
        places.append((rest, note + status))
    whole = text.text
    for place, words in sorted(places, reverse=True):
        whole = whole[:place] + words + whole[place:]
    return text.mark + whole.encode()


def limited(data: bytes, file: str, taxonomy: Taxonomy) -> bytes:
    """taxonomy.yaml with `limits:` and `naming:` as wide as its tags need."""
    counted = [d for d in taxonomy.dimensions.values() if d.kind != "attribute"]
    needed = {
        ("limits", "dimensions"): (taxonomy.limits.dimensions, len(counted)),
        ("limits", "tags"): (taxonomy.limits.tags, sum(len(d.tags) for d in counted)),
        ("naming", "max_length"): (taxonomy.limits.max_length, max(map(len, taxonomy.tags), default=0)),
    }
    for (section, key), (limit, number) in needed.items():
        if limit is not None and number > limit:
            text = Text(data, file)
            node = text.root.get(section)
            value = node.get(key) if node is not None else None
            if value is not None:
                data = text.replaced(*text.extent(value), str(number))
    return data


def _blank() -> bytes:
    about = _("The tags found in your files. Rename, merge and delete; then: tagctl taxonomy check")
    return f"{_SCHEMA}\n# {about}\nversion: 1\n".encode()


# ── dimensions and tags as lines ─────────────────────────────────────────────────────────────────


def _with_dimension(data: bytes, file: str, dimension: DraftDimension) -> bytes:
    text = Text(data, file)
    section = text.root.get("dimensions")
    here = (
        next((n for n in section.items if identity(name_of(n)) == identity(dimension.name)), None)
        if section
        else None
    )
    inline = ", ".join(_inline(tag) for tag in dimension.tags)
    if here is not None:
        lines = tuple(line for tag in dimension.tags for line in _tag(tag))
        return text.with_item(here, "tags", Item(lines, inline))
    name = written.text(dimension.name)
    whole = f"{{name: {name}, kind: {dimension.kind}, exclusive: {dimension.exclusive}, tags: [{inline}]}}"
    # The first one follows its key at once.
    spaced = bool(section and section.items)
    return text.with_item(text.root, "dimensions", Item(tuple(_dimension(dimension)), whole, spaced=spaced))


def _dimension(dimension: DraftDimension) -> list[str]:
    lines = [f"# ── {_origin(dimension)} ──", f"- name: {written.text(dimension.name)}"]
    lines.append(f"  kind: {dimension.kind}")
    if dimension.exclusive != "none":
        why = _("no customer has two of them")
        lines.append(f"  exclusive: {dimension.exclusive}  # {why}")
    tags = [line for tag in dimension.tags for line in _tag(tag)]
    return [*lines, "  tags:", *written.indented(tags, 4)]


def _origin(dimension: DraftDimension) -> str:
    place = {"file": dimension.file, "header": dimension.header, "name": dimension.name}
    says = {
        "known": _("new in {name}"),
        "column": _("{name}: the column “{header}” of {file}"),
        "prefix": _("{name}: labels that begin so"),
        "words": _("{name}: by the words of the labels"),
        "unsorted": _("{name}: nothing known about these; move each to its dimension, or make it an alias"),
    }
    return _one_line(says[dimension.origin].format(**place))


def _tag(tag: DraftTag) -> Iterator[str]:
    remark = counted(tag.customers, tag.also)
    if not tag.aliases:
        yield f"- {written.text(tag.name)}  # {remark}"
        return
    yield f"- name: {written.text(tag.name)}  # {remark}"
    yield "  aliases:"
    for alias in tag.aliases:
        yield f"    - {written.text(alias)}"


def _inline(tag: DraftTag) -> str:
    if not tag.aliases:
        return written.text(tag.name)
    aliases = ", ".join(written.text(alias) for alias in tag.aliases)
    return f"{{name: {written.text(tag.name)}, aliases: [{aliases}]}}"


def counted(customers: int, also: Sequence[str] = ()) -> str:
    """How many customers have a label, and how else it is spelt: the comment behind a tag."""
    text = ngettext("{count} customer", "{count} customers", customers).format(count=customers)
    if also:
        text += _("; also written {spellings}").format(spellings=", ".join(also))
    return _one_line(text)


def _one_line(remark: str) -> str:
    """What files hold as it can stand in a comment."""
    return " ".join("".join(c if c.isprintable() else " " for c in remark).split())
