"""The surface tree: what was written, before anything is known about kinds and sizes."""

from __future__ import annotations

from collections.abc import Iterator


class Surface:
    """One piece of syntax.  `kind` is a rule of the grammar, `value` the text of a name, number or call.

    `span` are offsets in the user's text.  Trees may be thousands of levels deep, so walks keep their own stack.
    """

    __slots__ = ("children", "kind", "span", "value")

    def __init__(self, kind: str, children: tuple[Surface, ...], value: str, span: tuple[int, int]) -> None:
        self.kind = kind
        self.children = children
        self.value = value
        self.span = span

    def __repr__(self) -> str:
        return f"<{self.kind} {self.value!r} {len(self.children)} at {self.span}>"


def walk(root: Surface) -> Iterator[Surface]:
    """Every node, children before the node that has them."""
    stack = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if ready or not node.children:
            yield node
        else:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node.children))
