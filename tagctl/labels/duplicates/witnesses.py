"""All witnesses, by code. Each is a function that names pairs of labels and how sure it is of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import pairwise

from tagctl.labels import lexicon
from tagctl.labels.duplicates import fingerprints, guards, sounds, spelling
from tagctl.labels.duplicates.blocks import blocks, pairs
from tagctl.labels.duplicates.folds import singular
from tagctl.labels.duplicates.forms import HAN, Form
from tagctl.labels.duplicates.pool import Pair, Pool, Witness

Said = Iterator[tuple[Pair, float]]
Evidence = dict[Pair, dict[str, float]]
SPELT = "spelt"  # equal after folding; explaining.py says which folds it took
ALIKE_POPULATIONS = 0.5  # share of all who have either that have both
CONTAINED = 0.95
FEW = 5  # customers; of fewer, having the same tags says nothing


def heard(pool: Pool, more: Sequence[Witness] = ()) -> Evidence:
    """What all witnesses say, by pair; the best where one speaks twice."""
    evidence: Evidence = defaultdict(dict)
    for witness in (*WITNESSES, *more):
        for pair, sure in witness.speak(pool):
            said = evidence[pair]
            said[witness.code] = max(sure, said.get(witness.code, 0.0))
    return evidence


def spelt(pool: Pool) -> Said:
    """Equal when folded: case, width, script, separators, accents, plural, numerals, generic words, order."""
    keyed = (
        (key, number)
        for number, spellings in enumerate(pool.voices)
        for one in spellings
        for key in (one.key, one.bare, one.order and "\0" + one.order)
        if key is not None
    )
    for block in blocks(keyed):
        for pair in pairs(sorted(block)):
            yield pair, 1.0


def fingerprint(pool: Pool) -> Said:
    """OpenRefine's fingerprint: the same words, however often, in any order, where that says nothing."""
    keyed = ((fingerprints.fingerprint(form.text), n) for n, form in enumerate(pool.forms) if form.order)
    yield from _blocked(pool, keyed, 0.93)


def ngrams(pool: Pool) -> Said:
    """OpenRefine's n-gram fingerprint: the same pairs of letters."""
    keyed = ((fingerprints.ngrams(form.key), n) for n, form in enumerate(pool.forms) if len(form.key) > 5)
    yield from _blocked(pool, keyed, 0.9)


def typo(pool: Pool) -> Said:
    """One letter changed, missing, added or swapped in a long word."""
    for a, b in spelling.typos(pool.forms):
        if spelling.is_typo(pool.forms[a], pool.forms[b]):
            yield from _said(pool, a, b, 0.88)


def ending(pool: Pool) -> Said:
    """One or two letters more at the end, where no other label has others there."""
    found = list(spelling.endings(pool.forms))
    several = spelling.several(found)
    known = {singular(word) for word in lexicon.vocabulary()}
    for base, longer, end in found:
        sure = 0.5 if several[base] or end in known else 0.86
        yield from _said(pool, base, longer, sure)


def sound(pool: Pool) -> Said:
    """The same reading: 高潜力 and 高浅力, 会员日 and huiyuanri. Sure where one of three differs."""
    han = [HAN.search(form.key) is not None for form in pool.forms]
    if not any(han):
        return
    heard = (
        (sounds.pinyin(form.key), n) for n, form in enumerate(pool.forms) if han[n] or form.key.isalpha()
    )
    for block in blocks(heard):
        for a, b in pairs(block):
            if han[a] or han[b]:
                yield from _said(pool, a, b, _sounding(pool.forms[a].key, pool.forms[b].key))


def _sounding(a: str, b: str) -> float:
    if len(a) != len(b):  # one of them in Latin letters
        return 0.9 if max(len(a), len(b)) >= 6 else 0.7
    different = sum(one != other for one, other in zip(a, b, strict=True))
    return 0.88 if different == 1 and len(a) >= 3 else 0.7


def initials(pool: Pool) -> Said:
    """CLV is customer lifetime value, if nothing else begins like it."""
    short = {form.key: number for number, form in enumerate(pool.forms) if len(form.words) == 1}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, form in enumerate(pool.forms):
        if len(form.words) >= 3 and form.key.isascii():
            letters = "".join(word[0] for word in form.words)
            if letters in short:
                found[letters].append(number)
    for letters, long in found.items():
        if len(long) == 1:
            yield from _said(pool, short[letters], long[0], 0.65)


def of_lexicon(pool: Pool) -> Said:
    """The lexicon knows them as synonyms: never enough alone."""
    yield from _blocked(pool, _meanings(pool, lexicon.synonyms()), 0.7)


def near(pool: Pool) -> Said:
    """The lexicon knows them, or synonyms of them, as neighbours: related at most."""
    synonyms = {text: group for group in lexicon.synonyms() for text in group}
    wide = [[w for word in group for w in (word, *synonyms.get(word, ()))] for group in lexicon.near()]
    for pair, sure in _blocked(pool, _meanings(pool, wide), 0.6):
        if pool.senses[pair[0]].isdisjoint(pool.senses[pair[1]]):
            yield pair, sure


def synonym(pool: Pool) -> Said:
    """The user's synonym file says so."""
    yield from _blocked(pool, _meanings(pool, pool.synonyms), 1.0)


def rule(pool: Pool) -> Said:
    """Their rules say the same."""
    for block in blocks((label.rule, n) for n, label in enumerate(pool.labels) if label.rule is not None):
        for pair in pairs(block):
            yield pair, 0.95


def population(pool: Pool) -> Said:
    """Mostly the same customers have both."""
    for pair, both, _fewer, either in _populations(pool):
        if both >= ALIKE_POPULATIONS * either:
            yield pair, 0.75 * both / either


def contained(pool: Pool) -> Said:
    """Nearly all who have the one have the other, and others have that too. Alone it is not enough to tell
    of: a label that everybody has contains all others."""
    for pair, both, fewer, either in _populations(pool):
        if ALIKE_POPULATIONS * either > both >= CONTAINED * fewer:
            yield pair, 0.5


def _populations(pool: Pool) -> Iterator[tuple[Pair, int, int, int]]:
    """How many customers have both of a pair, the rarer one, one or the other."""
    for pair, both in pool.shared.items():
        one, other = (pool.labels[number].customers or 0 for number in pair)
        if min(one, other) >= FEW:
            yield pair, both, min(one, other), one + other - both


def extra_word(pool: Pool) -> Said:
    """One is the other with words before or after it: 黑金VIP, VIP. Without customers it says little."""
    if pool.least > 0.5 and not pool.shared:
        return
    by_key = {form.key: number for number, form in enumerate(pool.forms)}
    for number, form in enumerate(pool.forms):
        for part in _parts(form):
            if len(part) > 1 and not part.isdigit() and part in by_key:
                yield from _said(pool, by_key[part], number, 0.5)


def _parts(form: Form) -> Iterator[str]:
    """What is left of a form without its first or last words; of a Chinese word, its end."""
    words = form.words
    for size in range(1, len(words)):
        yield "".join(words[:size])
        yield "".join(words[size:])
    if len(words) == 1 and not words[0].isascii():
        yield from (words[0][start:] for start in range(1, len(words[0]) - 1))


def family(pool: Pool) -> Said:
    """Alike but for what guards look at: 新客户 and 老客户, 意向 and 高意向, 60天 and 90天."""
    positives = guards.positives({word for form in pool.forms for word in form.words})
    cores = [guards.core(form, positives) for form in pool.forms]
    for block in blocks((core[0], number) for number, core in enumerate(cores) if core is not None):
        kinds = frozenset().union(*(core[1] for number in block if (core := cores[number]) is not None))
        if kinds:
            for a, b in pairwise(block):
                yield from _said(pool, a, b, 0.6 if kinds == {"digits"} else 0.7)


WITNESSES: tuple[Witness, ...] = (
    Witness(SPELT, spelt),
    Witness("fingerprint", fingerprint),
    Witness("ngram-fingerprint", ngrams),
    Witness("typo", typo),
    Witness("ending", ending),
    Witness("pinyin", sound),
    Witness("initials", initials),
    Witness("synonym", synonym),
    Witness("lexicon", of_lexicon),
    Witness("near", near),
    Witness("same-rule", rule),
    Witness("same-customers", population),
    Witness("contained", contained),
    Witness("extra-word", extra_word),
    Witness("family", family),
)


# ── how pairs are named ──────────────────────────────────────────────────────────────────────────


def _blocked(pool: Pool, keyed: Iterable[tuple[Hashable, int]], sure: float) -> Said:
    """Forms (by number) with a key in common."""
    for block in blocks(keyed):
        for a, b in pairs(block):
            yield from _said(pool, a, b, sure)


def _meanings(pool: Pool, groups: Sequence[Sequence[str]]) -> Iterator[tuple[Hashable, int]]:
    meanings = pool.meanings(groups)
    for number, form in enumerate(pool.forms):
        for group in meanings.get(form.key, ()):
            yield group, number


def _said(pool: Pool, a: int, b: int, sure: float) -> Said:
    pair = pool.pair(a, b)
    if pair is not None:
        yield pair, sure
