"""All witnesses, by code. Each is a function that names pairs of labels and how sure it is of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from tagctl.labels import lexicon
from tagctl.labels.duplicates import fingerprints, guards, sounds, spelling
from tagctl.labels.duplicates.folds import singular
from tagctl.labels.duplicates.forms import HAN, Form
from tagctl.labels.duplicates.pool import Pair, Pool, Witness

Said = Iterator[tuple[Pair, float]]
Evidence = dict[Pair, dict[str, float]]
SPELT = "spelt"  # equal after folding; explaining.py says which folds it took
SMALL = 8  # of a larger block each label is paired with the next only
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
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    for number, spellings in enumerate(pool.voices):
        for one in spellings:
            blocks[one.key].append(number)
            if one.bare != one.key:
                blocks[one.bare].append(number)
            if one.order is not None:
                blocks["\0" + one.order].append(number)
    yield from _pairs(blocks.values(), 1.0)


def fingerprint(pool: Pool) -> Said:
    """OpenRefine's fingerprint: the same words, however often, in any order, where that says nothing."""
    yield from _same(pool, lambda form: form.order and fingerprints.fingerprint(form.text), 0.93)


def ngrams(pool: Pool) -> Said:
    """OpenRefine's n-gram fingerprint: the same pairs of letters."""
    yield from _same(pool, lambda form: len(form.key) > 5 and fingerprints.ngram_fingerprint(form.key), 0.9)


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
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    han = [HAN.search(form.key) is not None for form in pool.forms]
    if not any(han):
        return
    for number, form in enumerate(pool.forms):
        if han[number] or form.key.isalpha():
            blocks[sounds.pinyin(form.key)].append(number)
    for block in blocks.values():
        for a, b in _within(block):
            if han[a] or han[b]:
                yield from _said(pool, a, b, _sounding(pool.forms[a].key, pool.forms[b].key))


def _sounding(a: str, b: str) -> float:
    if len(a) != len(b):  # one of them in Latin letters
        return 0.9 if max(len(a), len(b)) >= 6 else 0.7
    different = sum(one != other for one, other in zip(a, b, strict=True))
    return 0.88 if different == 1 and len(a) >= 3 else 0.7


def initials(pool: Pool) -> Said:
    """CLV is customer lifetime value, if nothing else begins like it."""
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    words = {form.key: number for number, form in enumerate(pool.forms) if len(form.words) == 1}
    for number, form in enumerate(pool.forms):
        if len(form.words) >= 3 and form.key.isascii():
            blocks["".join(word[0] for word in form.words)].append(number)
    for short, block in blocks.items():
        if len(block) == 1 and short in words:
            yield from _said(pool, words[short], block[0], 0.65)


def of_lexicon(pool: Pool) -> Said:
    """The lexicon knows them as synonyms: never enough alone."""
    yield from _meaning(pool, lexicon.synonyms(), 0.7)


def near(pool: Pool) -> Said:
    """The lexicon knows them as neighbours: related at most."""
    synonyms = {form: group for group in lexicon.synonyms() for form in group}
    wide = [[w for word in group for w in (word, *synonyms.get(word, ()))] for group in lexicon.near()]
    yield from _meaning(pool, wide, 0.6)


def synonym(pool: Pool) -> Said:
    """The user's synonym file says so."""
    yield from _meaning(pool, pool.synonyms, 1.0)


def rule(pool: Pool) -> Said:
    """Their rules say the same."""
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    for number, label in enumerate(pool.labels):
        if label.rule is not None:
            blocks[label.rule].append(number)
    yield from _pairs(blocks.values(), 0.95)


def population(pool: Pool) -> Said:
    """Mostly the same customers have both."""
    for pair, both in pool.shared.items():
        one, other = (pool.labels[number].customers or 0 for number in pair)
        either = one + other - both
        if min(one, other) >= FEW and both >= ALIKE_POPULATIONS * either:
            yield pair, 0.75 * both / either


def contained(pool: Pool) -> Said:
    """Nearly all who have the one have the other."""
    for pair, both in pool.shared.items():
        fewer = min(pool.labels[number].customers or 0 for number in pair)
        if fewer >= FEW and both >= CONTAINED * fewer:
            yield pair, 0.6


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
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    sure: dict[str, float] = {}
    positives = guards.positives({word for form in pool.forms for word in form.words})
    for number, form in enumerate(pool.forms):
        found = guards.core(form, positives)
        if found is not None:
            core, kinds = found
            blocks[core].append(number)
            if kinds:
                sure[core] = max(sure.get(core, 0.0), 0.6 if kinds == {"digits"} else 0.7)
    for core, block in blocks.items():
        if core in sure:
            for a, b in pairwise(block):
                yield from _said(pool, a, b, sure[core])


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


# ── blocks ───────────────────────────────────────────────────────────────────────────────────────


def _same(pool: Pool, key: Callable[[Form], str | bool | None], sure: float) -> Said:
    blocks: defaultdict[str | bool, list[int]] = defaultdict(list)
    for number, form in enumerate(pool.forms):
        found = key(form)
        if found:
            blocks[found].append(number)
    for block in blocks.values():
        for a, b in _within(block):
            yield from _said(pool, a, b, sure)


def _meaning(pool: Pool, groups: Sequence[Sequence[str]], sure: float) -> Said:
    meanings = pool.meanings(groups)
    blocks: defaultdict[int, list[int]] = defaultdict(list)
    for number, form in enumerate(pool.forms):
        for group in meanings.get(form.key, ()):
            blocks[group].append(number)
    for block in blocks.values():
        for a, b in _within(block):
            yield from _said(pool, a, b, sure)


def _said(pool: Pool, a: int, b: int, sure: float) -> Said:
    pair = pool.pair(a, b)
    if pair is not None:
        yield pair, sure


def _pairs(blocks: Iterable[list[int]], sure: float) -> Said:
    for block in blocks:
        if len(block) > 1:
            for a, b in _within(sorted(set(block))):
                yield (a, b), sure


def _within(block: list[int]) -> Iterable[Pair]:
    return combinations(block, 2) if len(block) <= SMALL else pairwise(block)
