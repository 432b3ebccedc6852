"""For whom a voting round is held: constituencies and consular posts (R49)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.typed_text import plain
from core.voter import Voter


@dataclass(frozen=True)
class Electorate:
    """The voters of these constituencies who are registered at these posts; an empty set leaves
    all in. Names are the register's; case, accents, spaces and zeros in front do not count."""

    constituencies: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    written: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict[str, tuple[str, ...]], init=False, compare=False, repr=False
    )
    """The `constituencies` and the `posts` as they were given, in order: for people to read."""

    def __post_init__(self) -> None:
        given = {kind: tuple(sorted(getattr(self, kind))) for kind in ("constituencies", "posts")}
        object.__setattr__(self, "written", given)
        for kind, written in given.items():
            names = frozenset(map(comparable, written))
            if "" in names:
                raise ValueError(f"{kind}: a name is empty")
            object.__setattr__(self, kind, names)

    @classmethod
    def of(cls, constituencies: Iterable[str] = (), posts: Iterable[str] = ()) -> Electorate:
        return cls(frozenset(constituencies), frozenset(posts))

    @property
    def is_everybody(self) -> bool:
        return not self.constituencies and not self.posts

    def includes(self, voter: Voter) -> bool:
        """A voter whose constituency or post is not known is in no electorate that asks for it."""
        return self.includes_one_of(voter.constituency, voter.post)

    def includes_one_of(self, constituency: str | None, post: str | None) -> bool:
        """The same, of a voter's two names."""
        return _is_among(constituency, self.constituencies) and _is_among(post, self.posts)

    def is_apart_from(self, other: Electorate) -> bool:
        """Whether no voter can be in both."""
        return _are_apart(self.constituencies, other.constituencies) or _are_apart(
            self.posts, other.posts
        )

    def is_narrower_than(self, other: Electorate) -> bool:
        """Whether it takes a voter of both: one that asks for posts does, since a post lies within
        a constituency; otherwise the one that is a part of the other."""
        if bool(self.posts) != bool(other.posts):
            return bool(self.posts)
        within = _is_within(self.constituencies, other.constituencies)
        return self != other and within and _is_within(self.posts, other.posts)


def comparable(name: str) -> str:
    """One form for one constituency or post, however it is written."""
    bare = unicodedata.normalize("NFKD", plain(name)).casefold()
    bare = "".join(each for each in bare if not unicodedata.combining(each))
    words = bare.split()
    return " ".join(each.lstrip("0") or "0" if each.isdecimal() else each for each in words)


def _is_among(name: str | None, names: frozenset[str]) -> bool:
    return not names or (name is not None and comparable(name) in names)


def _are_apart(some: frozenset[str], others: frozenset[str]) -> bool:
    return bool(some and others) and not some & others


def _is_within(some: frozenset[str], others: frozenset[str]) -> bool:
    return not others or (bool(some) and some <= others)


EVERYBODY = Electorate()
