"""Breaking a long expression where a reader would: at a plus or minus, outside of brackets first."""

from __future__ import annotations

_OPENING, _CLOSING = "([", ")]"


def wrapped(text: str, width: int, indent: int = 2) -> list[str]:
    """The text in lines of at most `width` (where a space allows it), all but the first indented."""
    lines: list[str] = []
    rest, room = text, width
    while len(rest) > room:
        at = _break(rest, room)
        if at is None:
            break
        lines.append(rest[:at])
        rest = rest[at + 1 :]
        room = width - indent
    lines.append(rest)
    return [lines[0], *(" " * indent + line for line in lines[1:])]


def words(text: str, width: int, indent: int = 0) -> list[str]:
    """A sentence or a list in lines of at most `width`: after a semicolon or between rules first, else at any space."""
    lines: list[str] = []
    rest, room = text, width
    while len(rest) > room:
        at = max((rest.rfind(sign, room // 3, room) + len(sign) - 1 for sign in ("; ", " · ")), default=0)
        if at <= room // 3:
            at = rest.rfind(" ", 1, room + 1)
        if at <= 0:
            break
        lines.append(rest[:at].rstrip())
        rest = rest[at + 1 :]
        room = width - indent
    lines.append(rest)
    return [lines[0], *(" " * indent + line for line in lines[1:])]


def _break(text: str, room: int) -> int | None:
    """The best space to break at: least deep, before an operator, not too early, as late as possible."""
    best: tuple[int, int, int, int] | None = None
    depth = 0
    for k, ch in enumerate(text):
        if ch in _OPENING:
            depth += 1
        elif ch in _CLOSING:
            depth -= 1
        elif ch == " " and k and not _after_operator(text, k):
            if k > room and best is not None:
                break
            score = (0 if k >= room // 3 else 1, depth, _rank(text[k + 1 : k + 3]), -k)
            best = score if best is None or score < best else best
            if k > room:
                break
    return None if best is None else -best[3]


def _after_operator(text: str, k: int) -> bool:
    return k >= 2 and text[k - 1] in "+-:⊗⊙=" and text[k - 2] == " "


def _rank(following: str) -> int:
    if following in ("+ ", "- "):
        return 0
    if following in (": ", "⊗ ", "⊙ "):
        return 1
    return 2
