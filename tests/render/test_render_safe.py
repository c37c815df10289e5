"""Nothing in data can move the cursor, colour, reorder or hide; what is harmless stays as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagctl.render.safe import safe


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("高价值客户", "高价值客户"),
        ("a\x1b[2Jb", "a\\u001b[2Jb"),
        ("\x1b]52;c;aGk=\x07", "\\u001b]52;c;aGk=\\u0007"),
        ("evil\u202etxt", "evil\\u202etxt"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ufeffbom", "\\ufeffbom"),
        ("a\tb\r\nc", "a\\u0009b\\u000d\\u000ac"),
        ("line\u2028sep\u2029", "line\\u2028sep\\u2029"),
        ("private\ue000", "private\\ue000"),
        ("lone\ud800", "lone\\ud800"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("full\u3000width space", "full\u3000width space"),
        ("👩‍👩‍👧 家庭", "👩‍👩‍👧 家庭"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("a\u200db", "a\\u200db"),
        ("🔥\u200d", "🔥\\u200d"),
        ("[red]x[/] :smile: \\", "[red]x[/] :smile: \\"),
    ],
)
def test_shown(text, shown):
    assert safe(text) == shown


@given(st.text())
def test_nothing_dangerous_is_left(text):
    for character in safe(text):
        if character != "\u200d":
            assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(st.text())
def test_what_is_safe_stays(text):
    assert safe(safe(text)) == safe(text)
