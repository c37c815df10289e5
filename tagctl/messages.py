"""Every user-visible word: gettext in English (the source) and 简体中文 (locale/zh_CN).

`use(language)` is called once, before the command tree is built. Messages are marked `_("…")` with
named places filled by `.format(…)`; plurals `ngettext`. `N_` marks text translated later.
"""

from __future__ import annotations

import gettext
import locale
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

LOCALES = Path(__file__).parent / "locale"
LANGUAGES = ("en", "zh")
_translations: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def use(language: str) -> None:
    """Speak this language, "en" or "zh", from now on."""
    global _translations, _language
    _language = language
    if language == "zh":
        _translations = gettext.translation("tagctl", LOCALES, ["zh_CN"], fallback=True)
    else:
        _translations = gettext.NullTranslations()


def language() -> str:
    """The language in use: "en" or "zh"."""
    return _language


def asked(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> str | None:
    """The language of --lang, else of TAGCTL_LANG; None when nobody asked. Unknown ones are English."""
    wanted = environment.get("TAGCTL_LANG", "")
    for index, argument in enumerate(arguments):
        if argument == "--":
            break
        if argument.startswith("--lang="):
            wanted = argument.removeprefix("--lang=")
        elif argument == "--lang" and index + 1 < len(arguments):
            wanted = arguments[index + 1]
    return _known(wanted) if wanted else None


def system(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the system: Chinese where it speaks Chinese, else English."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(variable):
            return _known(environment[variable])
    return _known((locale.getlocale()[0] or "") if os.name == "nt" else "")


def _known(wanted: str) -> str:
    return "zh" if wanted.lower().startswith(("zh", "chinese")) else "en"


def _(message: str) -> str:
    """The message in the language in use."""
    return _translations.gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The message for this number of things."""
    return _translations.ngettext(singular, plural, number)


def N_(message: str) -> str:
    """Marks a message for extraction; translate it with `_` where it is shown."""
    return message
