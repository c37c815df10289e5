"""What speaks against two labels being one, however alike they look: each guard is a function of two forms.

A vetoed pair is at most related. Guards see forms after folding: 客户 against 用户 is no difference any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType

from tagctl.labels import lexicon
from tagctl.labels.duplicates.forms import Form

Guard = Callable[[Form, Form], bool]

_PREFIXES = ("un", "in", "im", "non", "dis", "ir", "il", "anti", "de", "mis", "over", "under", "sub", "super")
_SCALES = frozenset({"age", "grade", "size", "tier", "plan"})  # whose words stand alone: 新客户, 金卡会员
# Words of one stem that mean different things: automation and automaton, capital and capitalism.
_DERIVED = ("ion", "ism", "ist", "ity", "ment", "ness", "ing", "ive", "al", "able")


def digits(a: Form, b: Form) -> bool:
    """90天 is not 60天; 1.5万 is not 15万."""
    return a.numbers != b.numbers


def symbols(a: Form, b: Form) -> bool:
    """C is not C#, 50 is not 50%, VIP? is not VIP."""
    return a.marks != b.marks


def letters(a: Form, b: Form) -> bool:
    """A类 is not B类: single letters are grades."""
    return sorted(_letters(a)) != sorted(_letters(b))


def prefix(a: Form, b: Form) -> bool:
    """Price sensitive is not price insensitive."""
    for one in _difference(a, b):
        for other in _difference(b, a):
            short, long = sorted((one, other), key=len)
            if long.endswith(short) and long.removesuffix(short) in _PREFIXES:
                return True
    return False


def ending(a: Form, b: Form) -> bool:
    """Automation is not automaton."""
    ours, theirs = _difference(a, b), _difference(b, a)
    return len(ours) == len(theirs) == 1 and _derived(ours[0]) != _derived(theirs[0])


def opposing(a: Form, b: Form) -> Iterator[str]:
    """The groups of the lexicon of which the two say different things: 非 无 未 不, non, not · 新 老 · 高 中
    低, hot, cold · 金 银 铂 · opposites. Each is a guard by its name."""
    if a.senses == b.senses or _misspelt(a, b):
        return
    for kind in dict.fromkeys(kind for kind, _sense in (*a.senses, *b.senses)):
        ours, theirs = ([sense for found, sense in form.senses if found == kind] for form in (a, b))
        # 宝妈 (with its 妈) and 亲子家庭: what only one of two different labels says opposes nothing.
        if ours != theirs and ((ours and theirs) or kind == "negation" or _rest(a) == _rest(b)):
            yield kind


GUARDS: dict[str, Guard] = {
    "digits": digits,
    "symbols": symbols,
    "letters": letters,
    "prefix": prefix,
    "ending": ending,
}


def against(a: Form, b: Form) -> tuple[str, ...]:
    """The codes of the guards that speak against the pair."""
    if not {a.key, a.bare}.isdisjoint((b.key, b.bare)):
        return ()
    return (*[code for code, guard in GUARDS.items() if guard(a, b)], *opposing(a, b))


def core(form: Form, positives: Mapping[str, str]) -> tuple[str, frozenset[str]] | None:
    """What a label is about when numbers and words that oppose each other are taken away, and which guards
    look at those: 意向 for 意向, 高意向 and 无意向. None where nothing would be left."""
    kinds = {kind for kind, _sense in form.senses}
    kinds |= {"prefix"} if any(word in positives for word in form.words) else set()
    kinds |= {"digits"} if form.numbers else set()
    rest = _rest(form, positives)
    if not rest:  # of 新客户 and 老客户, or 高 and 低
        return (next(iter(kinds)), frozenset(kinds)) if len(kinds) == 1 and kinds <= _SCALES else None
    if len(rest) == 1 and "opposites" in kinds and "digits" not in kinds:  # 京东, 南京
        return None
    return rest, frozenset(kinds)


def _rest(form: Form, positives: Mapping[str, str] = MappingProxyType({})) -> str:
    left: list[str] = []
    for word in form.words:
        if not word.isascii():
            left.append(lexicon.opposing_han().sub("", word))
        elif word in positives:
            left.append(positives[word])
        elif not word[0].isdigit() and word not in lexicon.opposing():
            left.append(word)
    return " ".join(sorted(filter(None, left)))


def positives(words: Collection[str]) -> dict[str, str]:
    """The words that are another of them with a prefix: inactive, where active is one."""
    return {
        word: rest
        for word in words
        for start in _PREFIXES
        if word.startswith(start) and (rest := word[len(start) :]) in words and len(rest) > 3
    }


def _misspelt(a: Form, b: Form) -> bool:
    """Whether they differ in one long English word, which only one of them has right: platnum is no other
    grade than platinum, it is no word."""
    ours, theirs = _difference(a, b), _difference(b, a)
    if len(ours) != 1 or len(theirs) != 1 or len(a.words) != len(b.words):
        return False
    known = [word in lexicon.opposing() or word in lexicon.vocabulary() for word in (*ours, *theirs)]
    return sum(known) == 1 and min(len(ours[0]), len(theirs[0])) > 5


def _letters(form: Form) -> list[str]:
    return [word for word in form.words if len(word) == 1 and "a" <= word <= "z"]


def _difference(a: Form, b: Form) -> list[str]:
    return [word for word in a.words if word not in b.words and word.isascii()]


def _derived(word: str) -> str:
    return next((end for end in _DERIVED if word.endswith(end) and len(word) > len(end) + 3), "")
