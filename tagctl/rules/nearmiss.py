"""What looks right and is not: full-width punctuation, tabs, a missing space after a colon, and the
parser's own complaints in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from tagctl.messages import _
from tagctl.rules.nodes import Node, Source
from tagctl.rules.operators import COMBINATIONS, CONNECTIVES, MODIFIERS, OPERATORS, SUBJECTS, WINDOWS
from tagctl.rules.problems import Problems

_OTHER_KEYS = (
    "version", "fields", "events", "periods", "metrics", "conditions", "rules", "segments", "layers",
    "actions", "tests", "limits", "naming", "dimensions", "tags", "conflicts", "name", "kind", "exclusive",
    "on_conflict", "aliases", "implies", "children", "expires", "review", "purpose", "owner", "action",
    "status", "name_en", "max_length", "when", "leave", "priority", "keep_imported", "of", "bands", "map",
    "by", "each", "where", "from", "late_after", "columns", "strategy", "gained", "lost", "task", "webhook",
    "due", "assign", "pilot", "given", "customer", "as_of", "expect", "expect_not",
)  # fmt: skip
_KEYS = {*SUBJECTS, *OPERATORS, *WINDOWS, *CONNECTIVES, *COMBINATIONS, *MODIFIERS, *_OTHER_KEYS}

YamlError = Any  # a yaml.MarkedYAMLError; yaml is loaded only where a file is read

FULL_WIDTH = {"【": "[", "［": "[", "｛": "{", "】": "]", "］": "]", "｝": "}"}
OPENING = "【［｛"
_OPEN = OPENING + "{["
_QUOTED = re.compile(r"[“”„][^“”„\"]*[“”„]")
_KEY_SHAPE = re.compile(r"^\s*[\w.]+\s*[:：]\s*\S")


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """What to look for in a file that cannot be read; only then are they worth compiling."""
    words = "|".join(sorted(_KEYS, key=len, reverse=True))
    at_key = r"(?:^\s*(?:-\s+)*|[{\[,，【［｛]\s*)"
    surely = r"(?:^\s*(?:-\s+)*|[{\[,]\s*)"
    return {
        "tab": re.compile(r"^[ ]*(?:-[ ]*)?(\t+)"),
        "full-width-colon": re.compile(rf"{at_key}(?P<key>{words})："),
        "missing-space": re.compile(rf"{at_key}(?P<key>{words}):(?=[^\s,\]}}}}])"),
        "full-width-bracket": re.compile(r"(?:[:：,，\[{【［｛-]\s*)([【［｛])"),
        "bracket in a key": re.compile(r"[【［｛]|[^:：]+[:：]\s*[【［｛{\[]"),
        "before a key": re.compile(rf"\s*(?:{words})[:：]"),
        # Any word may be a key; it surely is one where the parser stumbles over it.
        "any full-width-colon": re.compile(rf"{surely}(?P<key>[^\W\d][\w.]*)："),
        "any missing-space": re.compile(rf"{surely}(?P<key>[^\W\d][\w.]*):(?=[^\s,/\]}}])"),
    }


# ── in text that is valid YAML ───────────────────────────────────────────────────────────────────


def told(node: Node, problems: Problems) -> bool:
    """Whether this scalar, where a key or something in braces or brackets should stand, is a known
    near-miss; then it is told."""
    if node.kind != "scalar" or not node.plain:
        return False
    for code, shows in (
        ("full-width-bracket", node.text[:1] in OPENING),
        ("full-width-colon", "：" in node.text),
    ):
        if node.text and shows:
            problems.error(node, code, *_SENTENCES[code]())
            return True
    if _KEY_SHAPE.match(node.text):
        problems.error(node, "missing-space", *_SENTENCES["missing-space"]())
        return True
    if "，" in node.text or "、" in node.text:
        problems.error(node, "full-width-comma", *_SENTENCES["full-width-comma"]())
        return True
    return False


def any_told(node: Node, problems: Problems) -> bool:
    """The same of a scalar, or of the items of a list."""
    return told(node, problems) or any(told(item, problems) for item in node.items)


def key_told(key: Node, value: Node, problems: Problems) -> bool:
    """The same of an unknown key: of `{count:order}` without a value, of `of:{field: city}` with one."""
    return bool(key.text) and (value.empty or glued(key)) and told(key, problems)


def glued(key: Node) -> bool:
    """Whether a key surely holds more than a key: a bracket, or a colon after a word of ours."""
    if not key.plain or not any(character in key.text for character in f":：{OPENING}"):
        return False
    patterns = _patterns()
    return any(
        patterns[code].match(key.text) for code in ("bracket in a key", "full-width-colon", "missing-space")
    )


def thousands(key: Node, problems: Problems) -> bool:
    """In {above: 1,000} the comma ends the value, and 000 stands where a key should: told."""
    if key.flow and re.fullmatch(r"\d{3}(\.\d+)?", key.text):
        problems.error(key, "thousands-comma", *_SENTENCES["thousands-comma"]())
        return True
    return False


def in_quotes(text: str) -> bool:
    """Whether full-width quotes stand around all of a text, and nowhere inside."""
    return _QUOTED.fullmatch(text) is not None


def quoted(node: Node, problems: Problems) -> bool:
    """In `tag: “VIP”` the quotes are part of the text: told."""
    if not node.plain or not in_quotes(node.text):
        return False
    problems.error(node, "full-width-quote", *_SENTENCES["full-width-quote"]())
    return True


def colons(text: str) -> list[int]:
    """Where a text that was told for its full-width colon has those that are meant for `: `."""
    found = {match.end("key") for match in _patterns()["full-width-colon"].finditer(text)}
    return sorted(found | {text.index("：")} if "：" in text else found)


def check_list_item(node: Node, problems: Problems) -> bool:
    """In [a，b] the comma is part of one text: told, unless the text is quoted."""
    if node.kind == "scalar" and node.plain and node.flow and ("，" in node.text or "、" in node.text):
        problems.error(node, "full-width-comma", *_SENTENCES["full-width-comma"]())
        return True
    return False


# ── in text that is not ──────────────────────────────────────────────────────────────────────────


def explain(error: YamlError, source: Source, problems: Problems) -> None:
    """Tell why the parser stopped (a yaml.MarkedYAMLError): by the near-misses of the file, where there
    are any up to that place, else in the parser's terms."""
    mark = error.problem_mark or error.context_mark
    stopped = mark.line + 1 if mark else 1
    found = list(_near_misses(source, stopped))
    if any(line <= stopped for _code, line, _column, _width in found):
        for code, line, column, width in found:
            problems.error(Node("scalar", source, line, column, width), code, *_SENTENCES[code]())
        return
    said = error.problem or ""
    code, at_context = next(((c, at) for p, c, at in _CODES if p.search(said)), ("yaml-syntax", False))
    if at_context:
        mark = error.context_mark or mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if line > len(source.lines) or (line > 1 and not source.lines[line - 1].strip()):
        line, column = _last_text(source, line)
    at = Node("scalar", source, line, column)
    sentences = _SENTENCES.get(code)
    if sentences is None:
        what = _("This is not valid YAML: {problem}.").format(problem=said or error)
        problems.error(at, code, what, _("Compare the line and the one above it with the examples."))
    else:
        problems.error(at, code, *sentences())


def _last_text(source: Source, line: int) -> tuple[int, int]:
    """The end of the last line above that holds text."""
    for number in range(min(line, len(source.lines)), 0, -1):
        text = source.lines[number - 1].rstrip()
        if text:
            return number, len(text)
    return 1, 1


def _near_misses(source: Source, stopped: int) -> Iterator[tuple[str, int, int, int]]:
    """Code, line, column and width of each. What is inside braces is sure only up to where the parser
    stopped: after it, only commas before a known key count."""
    from tagctl.rules import quoting  # for files that cannot be read only

    patterns = _patterns()
    depth = inner = 0  # brackets that are open; those of them that are full-width and part of a text
    for number, (raw, (line, within)) in enumerate(
        zip(source.lines, quoting.masked(source.lines), strict=True), 1
    ):
        tab = patterns["tab"].match(raw)
        if tab and raw.strip() and not within:
            yield "tab", number, tab.start(1) + 1, len(tab[1])
        for code in ("full-width-colon", "missing-space"):
            keys = list(patterns[code].finditer(line))
            if stopped - 1 <= number <= stopped:
                keys += patterns[f"any {code}"].finditer(line)
            for start, end in sorted({match.span("key") for match in keys}):
                if depth or not line[:start].strip(" -") or any(c in _OPEN for c in line[:start]):
                    yield code, number, start + 1, end - start + 1
        openings = {match.start(1) for match in patterns["full-width-bracket"].finditer(line)}
        for column, character in enumerate(line, 1):
            if character in "{[":
                depth += 1
            elif character in "}]":
                depth = max(0, depth - 1)
            elif column - 1 in openings:
                depth += 1
                yield "full-width-bracket", number, column, 1
            elif character in OPENING:
                inner += 1
            elif character in FULL_WIDTH and inner:
                inner -= 1
            elif character in FULL_WIDTH and depth:
                depth -= 1
                yield "full-width-bracket", number, column, 1
            elif (
                character == "，"
                and depth
                and (number <= stopped or patterns["before a key"].match(line, column))
            ):
                yield "full-width-comma", number, column, 1
        inner = 0


# The parser's sentences (libyaml's, and of PyYAML without it), and whether the place where it began to
# read the construct says more than the one where it stopped.
_CODES = tuple(
    (re.compile(pattern), code, at_context)
    for pattern, code, at_context in (
        (r"expected ',' or '}'", "unclosed-brace", True),
        (r"expected ',' or ']'|expected node content", "unclosed-bracket", True),
        (r"unexpected end of stream|unexpected document (indicator|separator)", "unclosed-quote", True),
        (r"mapping values are not allowed|found unexpected ':'", "misplaced-colon", False),
        (r"could not find expected ':'", "no-colon", True),
        (r"expected key|expected '-' indicator|expected <block end>", "indentation", False),
        (r"sequence entries are not allowed", "indentation", False),
        (r"cannot start any token", "reserved-character", False),
    )
)

_SENTENCES: dict[str, Callable[[], tuple[str, str]]] = {
    "tab": lambda: (
        _("The line is indented with a tab."),
        _("Indent with spaces; most editors can convert tabs to spaces."),
    ),
    "full-width-colon": lambda: (
        _("There is a full-width colon `：` where YAML needs `: `."),
        _("Write `: ` (half-width, then a space); if it is part of a text, put the text in quotes."),
    ),
    "missing-space": lambda: (
        _("There is no space after the colon."),
        _("Write `key: value`; if the colon is part of a text, put the text in quotes."),
    ),
    "full-width-comma": lambda: (
        _("There is a full-width comma between braces or brackets: YAML reads it as part of the text."),
        _("Write `, ` (half-width, then a space); if it is part of a text, put the text in quotes."),
    ),
    "full-width-quote": lambda: (
        _("There are full-width quotes here: to YAML they are part of the text."),
        _('Write "…" (half-width) or none; if they belong to the text, put all of it in half-width quotes.'),
    ),
    "thousands-comma": lambda: (
        _("Between braces a comma ends the value: this is not part of the number."),
        _("Write the number without commas, such as 1000."),
    ),
    "full-width-bracket": lambda: (
        _("There is a full-width bracket where YAML needs [ ] or { }."),
        _("Write [ ] or { } (half-width); if it is part of a text, put the text in quotes."),
    ),
    "unclosed-brace": lambda: (
        _("This { is not closed, or a comma is missing inside it."),
        _("Close it with }, and put `, ` between the parts."),
    ),
    "unclosed-bracket": lambda: (
        _("This [ is not closed, or a comma is missing or too many inside it."),
        _("Close it with ], and put one `, ` between the parts."),
    ),
    "unclosed-quote": lambda: (
        _("The quote that opens here is not closed."),
        _("Close it on the same line."),
    ),
    "misplaced-colon": lambda: (
        _("There is a colon where no key can stand."),
        _("Check the indentation here and above; if the colon is part of a text, put that in quotes."),
    ),
    "no-colon": lambda: (
        _("This looks like a key, but has no colon."),
        _("Write `key: value`."),
    ),
    "indentation": lambda: (
        _("The indentation does not fit the lines above."),
        _("Entries of one list or mapping start in the same column."),
    ),
    "reserved-character": lambda: (
        _("YAML does not let a text begin with this character."),
        _("Put the text in quotes."),
    ),
}
