"""Stand-ins for the components of a tab, for events without a page."""

from __future__ import annotations


class Named(str):
    """A component that is its name."""

    @property
    def elem_id(self) -> str:
        return str(self)


class Components:
    """A tab: every component is known by its name."""

    def __getattr__(self, name: str) -> Named:
        return Named(name)
