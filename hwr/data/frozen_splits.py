"""Which pages, or which writers, are for training, for validation and for the test, once and for all.

A page's split follows from a hash of its digest, or of its writer's name, so that it does not depend on what else is there.
Freezing writes the split of every page down with a hash of the list, and that of every hand where splits go by writer: later
corrections, pages, titles, names of writers, and the other way to split move no line into the test set. What was kept in Read
is learned line by line, whatever its page; its pages and hands are for training in every collection from then on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from hwr.data.annotations import AnnotationStore
from hwr.data.library import Library
from hwr.data.library_rows import Page
from hwr.data.store import LINE_BY_LINE, connected, frozen_members, transaction
from hwr.errors import InputError

SHARES = {"test": 0.1, "val": 0.1}  # the rest is for training


@dataclass(frozen=True)
class FrozenSplits:
    """members: page's digest -> split. digest: SHA-256 of the members in their order, which a training notes."""

    name: str
    members: Mapping[str, str]
    digest: str


def split_of(key: str) -> str:
    """The split of a page's digest or a writer's name, the same everywhere and always.

    >>> split_of("ada"), split_of("ada")
    ('train', 'train')
    """
    place = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
    for split, share in SHARES.items():
        if place < share:
            return split
        place -= share
    return "train"


def digest_of(members: Mapping[str, str]) -> str:
    """SHA-256 of splits, whatever the order of their keys."""
    return hashlib.sha256(json.dumps(sorted(members.items())).encode()).hexdigest()


def freeze(library: Library, collection: int, by: str) -> FrozenSplits:
    """Write the splits of a collection down; what was frozen before keeps its split. by: "page" or "writer".

    A training that starts calls this and notes the digest. Raises InputError for another `by`.
    """
    frozen = frozen_splits(library, collection, by)
    digest = digest_of(frozen)
    hands = _of_hands(library.pages(collection), frozen, {}) if by == "writer" else {}
    _write_down(library.path, str(collection), frozen, hands)
    return FrozenSplits(f"{by}:{collection}:{digest[:16]}", frozen, digest)


def freeze_kept(store: AnnotationStore, writer: str | None = None) -> None:
    """Write down that the pages and hands of kept lines (of one writer, or of all) are learned from, before a training is.

    Those that were frozen before keep their split; a page goes with the hands on it that were, into the test set if one did.
    """
    with connected(store.path) as connection:
        known, of_hands = frozen_members(connection, "page"), frozen_members(connection, "writer")
    origins = [(digest, hand) for digest, hand in store.origins() if writer in (None, hand)]
    pages: dict[str, str] = {}
    for digest, hand in origins:
        if digest not in known:
            frozen = pages.get(digest), of_hands.get(hand or "")
            pages[digest] = next((split for split in ("test", "val", "train") if split in frozen), LINE_BY_LINE)
    hands = {hand: LINE_BY_LINE for _, hand in origins if hand and hand not in of_hands}
    _write_down(store.path, "kept", pages, hands)


def _write_down(path: Path, whose: str, pages: Mapping[str, str], hands: Mapping[str, str]) -> None:
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    with connected(path) as connection, transaction(connection):
        for kind, members in (("page", pages), ("writer", hands)):
            digest = digest_of(members)
            if members:
                connection.execute(
                    "INSERT INTO splits (at, name, digest, members) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
                    (at, f"{kind}:{whose}:{digest[:16]}", digest, json.dumps(members)),
                )


def frozen_splits(library: Library, collection: int, by: str) -> dict[str, str]:
    """The split of every page of a collection, by its digest: as it was first frozen, else as `split_of` says.

    by: whether a page that is new goes by itself, or ("writer") with the hand that wrote it; one without a named writer is a
    hand of its own. Where nothing that has a text would be for training, what is not frozen of it is. Raises InputError
    when `by` is neither "page" nor "writer".
    """
    if by not in ("page", "writer"):
        raise InputError("data.split_by", by=by)
    with connected(library.path) as connection:
        known, hands = (_as_splits(frozen_members(connection, kind)) for kind in ("page", "writer"))
    pages = library.pages(collection)
    hands = _of_hands(pages, known, hands)

    def key(page: Page) -> str:
        return page.image.digest if by == "page" else _hand(page)

    def split(page: Page) -> str:
        return known.get(page.image.digest) or (by == "writer" and hands.get(_hand(page))) or split_of(key(page))

    splits = {page.image.digest: split(page) for page in pages}
    if not any(splits[page.image.digest] == "train" for page in pages if page.corrected):
        frozen = known if by == "page" else hands
        learned = {key(page) for page in pages if page.corrected and key(page) not in frozen}
        splits |= {page.image.digest: "train" for page in pages if key(page) in learned}
    return splits


def _of_hands(pages: list[Page], known: Mapping[str, str], hands: Mapping[str, str]) -> dict[str, str]:
    """The split of each hand: "train" where a page of it is learned from, else that of its first page, else as in `hands`."""
    found = dict(hands)
    for page in pages:
        split = known.get(page.image.digest)
        if split and (split == "train" or _hand(page) not in found):
            found[_hand(page)] = split
    return found


def _as_splits(members: Mapping[str, str]) -> dict[str, str]:
    """For a collection, what is learned line by line is for training."""
    return {key: "train" if split == LINE_BY_LINE else split for key, split in members.items()}


def _hand(page: Page) -> str:
    return page.writer or page.title
