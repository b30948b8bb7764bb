"""What the keys of an element alone tell about a test: the answers that are left possible once they are known.

Most invariants ask which elements are there together. For those, an element with the same keys as one that was asked
before needs no look: the answer cannot differ. A set with one answer is a proof; all three of them say nothing.
Spec page: http://hl7.org/fhirpath/N1/#boolean-logic
"""

from collections.abc import Callable

Keys = frozenset[str]
Answers = frozenset[bool | None]
"""Answers that are possible; None is the empty one."""

Possible = Callable[[Keys], Answers]
"""From the keys of `$this`, an element that keeps the rules of its type, to the answers that are left."""

ANY: Answers = frozenset({True, False, None})
YES: Answers = frozenset({True})
NO: Answers = frozenset({False})
NONE: Answers = frozenset({None})

Combine = Callable[[bool | None, bool | None], bool | None]


def there(needs: Keys) -> Possible:
    """Whether one of some keys is there."""
    return lambda keys: NO if needs.isdisjoint(keys) else YES


def without(otherwise: Answers, *needs: Keys) -> Possible:
    """Anything, but `otherwise` where nothing of one of the groups is there. An empty group is not known."""
    known = [group for group in needs if group]
    return lambda keys: otherwise if any(group.isdisjoint(keys) for group in known) else ANY


def any_that(possible: Possible | None) -> Possible:
    """Whether a test of the element itself leaves it."""

    def left(keys: Keys) -> Answers:
        answers = possible(keys) if possible else ANY
        return YES if answers == YES else ANY if True in answers else NO

    return left


def not_(possible: Possible | None) -> Possible | None:
    """The opposite."""
    if possible is None:
        return None
    return lambda keys: frozenset(None if one is None else not one for one in possible(keys))


def combined(left: Possible | None, right: Possible | None, combine: Combine) -> Possible:
    """Two tests joined by an operator of three-valued logic."""

    def possible(keys: Keys) -> Answers:
        ours, theirs = left(keys) if left else ANY, right(keys) if right else ANY
        return frozenset(combine(one, other) for one in ours for other in theirs)

    return possible


def and_(left: bool | None, right: bool | None) -> bool | None:
    """`and`."""
    if left is False or right is False:
        return False
    return True if left and right else None


def or_(left: bool | None, right: bool | None) -> bool | None:
    """`or`."""
    if left or right:
        return True
    return False if left is False and right is False else None


def implies(left: bool | None, right: bool | None) -> bool | None:
    """`implies`."""
    return or_(None if left is None else not left, right)


def xor(left: bool | None, right: bool | None) -> bool | None:
    """`xor`."""
    return None if left is None or right is None else left is not right
