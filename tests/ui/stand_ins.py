"""Stand-ins for the components of a tab, for events without a page."""

from __future__ import annotations

from typing import Any


class Named(str):
    """A component that is its name."""

    @property
    def elem_id(self) -> str:
        return str(self)


class Components:
    """A tab: every component is known by its name."""

    def __getattr__(self, name: str) -> Named:
        return Named(name)


def no_reader() -> Any:
    """Loads nothing, for a page on which nothing is read."""
