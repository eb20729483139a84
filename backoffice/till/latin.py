"""What a scanner typed while the tablet's keyboard was set to Korean: the Latin letters of the same keys.

A scanner that works like a keyboard presses keys, not letters: with Hangul input on, R arrives as ㄱ and two or three
keys as one syllable. The layout is Dubeolsik (KS X 5002), the one that Korean keyboards have.
"""

from __future__ import annotations

import unicodedata

LEADS = "r R s e E f a q Q t T d w W c z x v g"
VOWELS = "k o i O j p u P h hk ho hl y n nj np nl b m ml l"
TAILS = "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g"
KEYS = {
    start + place: key
    for start, keys in ((0x1100, LEADS), (0x1161, VOWELS), (0x11A8, TAILS))
    for place, key in enumerate(keys.split())
}


def in_latin(text: str) -> str:
    """The text with every Hangul syllable or letter as the keys that make it; the rest as it is, in NFKD."""
    return unicodedata.normalize("NFKD", text).translate(KEYS)
