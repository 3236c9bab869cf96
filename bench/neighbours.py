"""What others find copies by: MinHash-LSH of datasketch, and SimHash of 64 bits in a few lines of numpy.

Both get what ours gets: folded texts without the lines that a site puts around them, SimHash without punctuation, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from archive.frames import trim
from archive.grams import core_of, hash_grams

PERMUTATIONS = 128  # datasketch's default
THRESHOLD = 0.8
BITS = 3


def minhash_lsh(texts: Sequence[tuple[str, str]]) -> set[tuple[int, int]]:
    """Pairs that datasketch's index gives for a Jaccard of 0.8 over character 5-grams."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    found: set[tuple[int, int]] = set()
    for number, (_, body) in enumerate(texts):
        made = MinHash(num_perm=PERMUTATIONS)
        kept = trim(body)
        made.update_batch([kept[place : place + 5].encode() for place in range(max(1, len(kept) - 4))])
        found.update((other, number) for other in index.query(made))
        index.insert(number, made, check_duplication=False)
    return found


def simhash(texts: Sequence[tuple[str, str]]) -> set[tuple[int, int]]:
    """Pairs whose 64 bits differ in three at most: of four parts of 16 bits one is then the same."""
    values = [_simhash(body) for _, body in texts]
    tables: list[dict[int, list[int]]] = [defaultdict(list) for _ in range(BITS + 1)]
    found: set[tuple[int, int]] = set()
    for number, value in enumerate(values):
        for part, entries in enumerate(tables):
            bucket = entries[value >> 16 * part & 0xFFFF]
            found.update((other, number) for other in bucket if (values[other] ^ value).bit_count() <= BITS)
            bucket.append(number)
    return found


def _simhash(body: str) -> int:
    grams = hash_grams(core_of(trim(body)))
    bits = np.unpackbits(grams.view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
    majority = 2 * bits.sum(axis=0, dtype=np.int64) > grams.size
    return int(np.packbits(majority, bitorder="little").view(np.uint64)[0])
