"""A user's own rules: read, audited, and only then added to the book in use.

A rule that the audit refutes, or cannot sample at all, is refused with its counterexample; then none of the file's
rules is added.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from matdiff.book.load import Book, book, use
from matdiff.book.rule import Rule
from matdiff.errors import RuleError

if TYPE_CHECKING:
    from matdiff.book.audit import Verdict


def load_rules(path: str | Path) -> list[Rule]:
    """Add the rules of a file, each tested first.  Raises RuleError for one that is malformed or false.

    The format is that of `rules/*.rules`.  Rules of a user come before the book's own of their phase.
    """
    from matdiff.book.audit import FAILS, audit

    if not isinstance(path, (str, Path)):
        raise RuleError(f"a file of rules is given by its path, not by {type(path).__name__}")
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{file.name} cannot be read: {error}") from None
    extended = book().extended(text, file.name)
    added = [extended.rule(block.name) for block in extended.blocks[: len(extended) - len(book())]]
    if not added:
        raise RuleError(f"{file.name} holds no rule", suggestion='a rule starts with: rule operation.role "Title"')
    for rule in added:
        verdict = audit(rule)
        if verdict.status == FAILS:
            raise RuleError(f"{file.name}:{rule.line}: {rule.name} is false\n{counterexample(rule, verdict)}")
        if verdict.samples == 0:
            raise RuleError(
                f"{file.name}:{rule.line}: {rule.name} could not be tested: its hypotheses never hold together"
            )
    use(extended)
    return added


def counterexample(rule: Rule, verdict: Verdict) -> str:
    """Values at which the two sides differ, small enough to read."""
    import numpy as np

    assert verdict.point is not None
    lines = [f"    {rule.statement}"]
    with np.printoptions(precision=3, suppress=True):
        for name, value in sorted(verdict.point.values.items()):
            lines.append(f"  at {name} = {_indented(np.asarray(value))}")
        lines.append(f"  left side  = {_indented(np.asarray(verdict.left))}")
        lines.append(f"  right side = {_indented(np.asarray(verdict.right))}")
    return "\n".join(lines)


def _indented(value: Any) -> str:
    return str(value).replace("\n", "\n" + " " * 15)


__all__ = ["Book", "counterexample", "load_rules"]
