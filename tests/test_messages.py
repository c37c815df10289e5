"""Every sentence that a user can see is in the catalogue, in both languages, and nothing else is in it."""

from __future__ import annotations

import ast
import gettext
import re
import string
from pathlib import Path

import pytest

from tagctl import messages
from tagctl.locale import __main__ as catalogue

PACKAGE = Path(messages.__file__).parent
UPDATE = "python -m tagctl.locale brings the catalogue up to date; translate what it lists"


@pytest.fixture(scope="module")
def code():
    return {message.id: message for message in catalogue.extract() if message.id}


@pytest.fixture(scope="module")
def translated():
    return {message.id: message for message in catalogue.read() if message.id}


def strings(message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_nothing_is_missing(code, translated):
    assert sorted(str(i) for i in code.keys() - translated.keys()) == [], UPDATE


def test_nothing_is_stale(code, translated):
    assert sorted(str(i) for i in translated.keys() - code.keys()) == [], UPDATE


def test_everything_is_translated(translated):
    assert [i for i, message in translated.items() if not all(strings(message)) or message.fuzzy] == []


def places(text: str) -> set[str]:
    """The named places that .format fills."""
    try:
        return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}
    except ValueError:  # braces of YAML in a message that is never formatted
        return set()


def test_translations_have_the_same_places(translated):
    wrong = []
    for identity, message in translated.items():
        wanted = places(identity if isinstance(identity, str) else identity[1])
        wrong += [text for text in strings(message) if places(text) != wanted]
    assert wrong == []


def test_chinese_ends_sentences_as_chinese_does(translated):
    """No ASCII full stop or colon after a Chinese character."""
    wrong = [
        text
        for message in translated.values()
        for text in strings(message)
        if re.search(r"[\u4e00-\u9fff][.,;:!?](?:\s|$)", re.sub(r"`[^`]*`|\[[^]]*\]", "", text))
    ]
    assert wrong == []


def test_the_compiled_catalogue_is_the_translated_one(translated):
    with catalogue.MO.open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for identity, message in translated.items():
        if isinstance(identity, str):
            assert compiled.gettext(identity) == message.string, UPDATE
        else:
            assert compiled.ngettext(*identity, 2) == strings(message)[0], UPDATE


# ── nothing goes past gettext ────────────────────────────────────────────────────────────────────

SAYS = {"say", "note", "complain", "heading", "Styled", "table", "pairs", "confirm", "progress"}
PROBLEM = {"what": 1, "next": 2}
OPTION_TEXT = {"help", "epilog"}
WORD = re.compile(r"[A-Za-z]{2,}|[\u4e00-\u9fff]")
# Styles and what is the same in every language.
NOT_SPOKEN = {"ID", "good", "bad", "warn", "dim", "strong", "name"}


def spoken(node: ast.AST):
    """Literals with words that are told as they are, not below a call such as _()."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if WORD.search(node.value) and node.value not in NOT_SPOKEN:
            yield node
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.Constant) and WORD.search(str(part.value)):
                yield part
    elif isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from spoken(item)


def literals(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        told: list[ast.AST] = []
        if name in SAYS and path.relative_to(PACKAGE).parts[0] in ("render", "commands"):
            told += node.args
        elif name == "Problem":
            told += node.args[1:3]
        told += [word.value for word in node.keywords if word.arg in OPTION_TEXT]
        if name == "Problem":
            told += [word.value for word in node.keywords if word.arg in PROBLEM]
        for item in told:
            for literal in spoken(item):
                yield f"{path.relative_to(PACKAGE)}:{literal.lineno}: {literal.value!r}"


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(PACKAGE.rglob("*.py")) if "demo" not in path.relative_to(PACKAGE).parts],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_no_sentence_goes_past_gettext(path):
    assert list(literals(path)) == []


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["--lang", "zh"], {}, "zh"),
        (["run", "--lang=en"], {"TAGCTL_LANG": "zh"}, "en"),
        ([], {"TAGCTL_LANG": "zh_CN"}, "zh"),
        (["--", "--lang", "zh"], {}, None),
        ([], {}, None),
    ],
)
def test_who_asks_for_a_language(arguments, environment, language):
    assert messages.asked(arguments, environment) == language


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_TW"}, "zh"),
        ({"LANG": "C"}, "en"),
    ],
)
def test_the_language_of_the_system(environment, language):
    assert messages.system(environment) == language


def test_languages_take_turns():
    messages.use("zh")
    try:
        assert messages._("error") == "错误"
        assert messages.ngettext("{count} row", "{count} rows", 1) == "{count} row"  # not in the catalogue
    finally:
        messages.use("en")
    assert messages._("error") == "error"
