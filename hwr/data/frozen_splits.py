"""Which pages, or which writers, are for training, for validation and for the test, once and for all.

A key's split follows from a hash of it, so that it does not depend on what else is there. Freezing writes all of them down
with a hash of the list: later corrections, pages and names of writers move nothing into the test set.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from hwr.data.library import Library
from hwr.data.library_rows import Page
from hwr.data.store import connected, frozen_members, transaction
from hwr.errors import InputError

SHARES = {"test": 0.1, "val": 0.1}  # the rest is for training


@dataclass(frozen=True)
class FrozenSplits:
    """members: key -> split. digest: SHA-256 of the members in their order, which a training notes."""

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
    name, digest = f"{by}:{collection}:{digest_of(frozen)[:16]}", digest_of(frozen)
    with connected(library.path) as connection, transaction(connection):
        connection.execute(
            "INSERT INTO splits (at, name, digest, members) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
            (datetime.now(timezone.utc).isoformat(timespec="seconds"), name, digest, json.dumps(frozen)),
        )
    return FrozenSplits(name, frozen, digest)


def frozen_splits(library: Library, collection: int, by: str) -> dict[str, str]:
    """The split of every page's digest, or writer, of a collection: as it was first frozen, else as `split_of` says.

    A page without a named writer is a writer of its own. Raises InputError when `by` is neither "page" nor "writer".
    """
    if by not in ("page", "writer"):
        raise InputError("data.split_by", by=by)
    with connected(library.path) as connection:
        known = frozen_members(connection, by)
    keys = _keys(library.pages(collection), by)
    return {key: known.get(key) or split_of(key) for key in keys}


def _keys(pages: Iterable[Page], by: str) -> list[str]:
    return [page.image.digest if by == "page" else page.writer or page.title for page in pages]
