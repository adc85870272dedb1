"""Instructions as formulas, in the notation of derivations: what pseudocode and LaTeX have in common.

Here: `Formulas`, which writes every instruction as mathematics: solves as inverses times right-hand sides, scalings as
diagonal matrices, sums as products with ones, and everything that has a name in the language by that name.  Not here:
the lines around the formulas (`pseudocode`, `latex`), names of passing values (`letters`), how signs look
(`language.notation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matdiff.compile.program import Node, value_of
from matdiff.compile.schedule import Assign, Schedule
from matdiff.compile.targets.foreign import Foreign, flat
from matdiff.compile.targets.letters import letters
from matdiff.compile.targets.printer import Template
from matdiff.dimensions import ONE, Dim
from matdiff.language.notation import Notation, Text
from matdiff.language.write import ATOM, FROBENIUS, POSTFIX, POWER, PRODUCT, SIGNED, SUM, TENSOR, Piece, Writer
from matdiff.language.write_calls import called
from matdiff.operations.registry import OPERATIONS

if TYPE_CHECKING:
    from matdiff.compile.inputs import Inputs

_SIMPLE = str.isalnum
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
KRONECKER = ("kron", "kron_vectors", "repeat_blocks")
_SOLVES = ("lu_solve", "chol_solve", "tri_solve")


class Formulas(Foreign):
    """`notation` says how signs look."""

    notation: Notation = Text(ascii=False)

    def __init__(self, schedule: Schedule, inputs: Inputs | None = None) -> None:
        super().__init__(schedule, inputs)
        self.writer = Writer(self.notation)
        # what a sign above may stand on: LaTeX has no second one
        self.tight = ATOM if self.notation.latex else POSTFIX
        # matrices that are factorised under a name given here, because solves repeat them
        self.introduced: dict[Node, str] = {}
        taken = set(self.spelled.values())
        for s in flat(self.schedule.statements):
            if isinstance(s, Assign) and s.node.op in ("lu", "chol"):
                base = self._base(s.node)[0]
                if base not in self.schedule.names and base.op != "input":
                    name = next(x for k in range(99) if (x := self.notation.name(f"M_{k}" if k else "M")) not in taken)
                    taken.add(name)
                    self.schedule.names[base] = self.introduced[s.node] = name

    def _spellings(self, schedule: Schedule) -> dict[str, str]:
        return letters(schedule, self.notation, super()._spellings(schedule))

    def own(self, name: str) -> str:
        return self.notation.name(super().own(name))

    # ------------------------------------------------------------ parts

    def text(self, node: Node, least: int = 0, whole: bool = False) -> str:
        name = self.schedule.names.get(node)
        if name is not None and not whole:
            return name
        return self._inside(self._written(node), least)

    def _inside(self, written: Template, least: int) -> str:
        level, text = written
        return self.notation.parentheses(text) if level < least else text

    def _same(self, node: Node) -> Template:
        return (ATOM, self.text(node)) if node in self.schedule.names else self._written(node)

    def dim(self, size: Dim, least: int = 0) -> str:
        text = self.notation.size(size)
        return self.notation.parentheses(text) if least > SUM and len(size.terms) > 1 else text

    def operation(self, name: str, args: tuple[Node, ...], params: tuple[Any, ...] = ()) -> Template:
        """As the language writes the operation."""
        pieces = [Piece(text, level) for level, text in map(self._same, args)]
        text, level = called(self.writer, OPERATIONS[name], pieces, params)
        return level, text

    def product(self, *factors: str) -> Template:
        return PRODUCT, self.notation.product(factors)

    def transposed(self, node: Node) -> Template:
        """The transpose: of an inverse, a power or a solve without a sign for it."""
        if node not in self.schedule.names:
            if node.op == "transpose":
                return self._same(node.args[0])
            if node.op == "lu_inverse":
                return self.inverse(node.args[0], True)
            if node.op in _SOLVES and node.rank == 2:
                turned = node.op != "chol_solve" and not node.params[-1]
                inverse = self.inverse(node.args[0], turned)
                return self.product(self._inside(self.transposed(node.args[1]), PRODUCT), inverse[1])
        mark = self.notation.transpose("")
        text = self.text(node, self.tight)
        if node.op in ("row", "column", "slice", "as_matrix", "from_matrix") and text.endswith(mark):
            return self.tight, text.removesuffix(mark)
        return (POWER if self.notation.latex else POSTFIX), self.notation.transpose(text)

    def _base(self, factor: Node, flipped: bool = False) -> tuple[Node, bool]:
        """What a factorisation is of, and whether it is its transpose."""
        base = factor.args[0] if factor.op in ("lu", "chol") else factor
        while base.op == "transpose" and base not in self.schedule.names:
            base, flipped = base.args[0], not flipped
        return base, flipped

    def inverse(self, factor: Node, transposed: bool = False) -> Template:
        base, flipped = self._base(factor, transposed)
        return POWER, self.notation.inverse(self.text(base, self.tight), flipped)

    def ones(self, *sizes: Dim) -> str:
        return self.notation.constant_matrix("ones", [self.dim(d) for d in (*sizes, ONE)[:2]])

    # ------------------------------------------------------------ numbers and entries

    def _input(self, node: Node) -> Template:
        return ATOM, self.size_name(node.params[0])

    def _number(self, node: Node) -> Template:
        value = node.params[0]
        level = SUM if value < 0 else PRODUCT if value.denominator != 1 else ATOM
        return level, self.notation.number(value, None)

    def _constant(self, node: Node) -> Template:
        return ATOM, self.notation.constant(node.params[0])

    def _size(self, node: Node) -> Template:
        size: Dim = node.params[0]
        return (SUM if len(size.terms) > 1 else ATOM if _SIMPLE(str(size)) else PRODUCT), self.dim(size)

    def _neg(self, node: Node) -> Template:
        return SUM, f"-{self.text(node.args[0], TENSOR)}"

    def _add(self, node: Node) -> Template:
        return self._sum_of(node, "+")

    def _sub(self, node: Node) -> Template:
        return self._sum_of(node, "-")

    def _sum_of(self, node: Node, sign: str) -> Template:
        a, b = node.args
        left, right = self._term(a, node), self._term(b, node)
        if right.startswith("-"):
            sign, right = ("-" if sign == "+" else "+"), right[1:]
        elif b.op in ("add", "sub") and b not in self.schedule.names:
            right = self.notation.parentheses(right)
        return SUM, f"{left} {sign} {right}"

    def _term(self, node: Node, whole: Node) -> str:
        """A number that is added to every entry is a number times ones."""
        if node.rank == whole.rank:
            return self.text(node)
        ones = self.ones(*whole.shape)
        return ones if value_of(node) == 1 else self.notation.product([self.text(node, PRODUCT), ones])

    def _mul(self, node: Node) -> Template:
        a, b = node.args
        if a.rank and b.rank:
            sign = self.notation.between["hadamard"]
            # ⊗ and ⊙ side by side need parentheses
            least = PRODUCT if a.op in KRONECKER else TENSOR
            return TENSOR, f"{self.text(a, least)}{sign}{self.text(b, PRODUCT)}"
        if a.op == "div" and a not in self.schedule.names:
            return self.over(a.args[0], a.args[1], b)
        sign, shown = self.signed(a)
        level, text = self.product(self._inside(shown, PRODUCT), self.text(b, PRODUCT))
        return (SUM if sign else level), sign + text

    def signed(self, node: Node) -> tuple[str, Template]:
        """A minus that stands before a value, and the rest."""
        value = value_of(node)
        if value is not None and value < 0:
            return "-", (PRODUCT, self.notation.number(-value, None))
        level, text = self._same(node)
        if node.op == "mul" and text.startswith("-"):
            return "-", (PRODUCT, text[1:])
        return "", (level, text)

    def over(self, above: Node, below: Node, factor: Node) -> Template:
        """A quotient of numbers times a value."""
        value = value_of(above)
        sign = "-" if value is not None and value < 0 else ""
        shown = [self.text(factor, PRODUCT)]
        if value is None:
            shown.insert(0, self.text(above, PRODUCT))
        elif abs(value) != 1:
            shown.insert(0, self.notation.number(abs(value), None))
        return (SUM if sign else TENSOR), f"{sign}{self.notation.product(shown)} / {self.text(below, POWER)}"

    def _div(self, node: Node) -> Template:
        a, b = node.args
        sign = self.notation.between["over"] if b.rank else " / "
        text = f"{self.text(a, PRODUCT) if value_of(a) is None else self.text(a)}{sign}{self.text(b, POWER)}"
        return (SUM if text.startswith("-") else TENSOR), text

    def _power(self, node: Node) -> Template:
        return self.power(node.args[0], self.text(node.args[1]), bool(node.rank))

    def power(self, base: Node, exponent: str, entrywise: bool) -> Template:
        below = self.text(base, self.tight)
        if exponent.isdigit() and not entrywise and not self.notation.latex:
            return POWER, below + exponent.translate(_RAISED)
        # a fraction stands in parentheses
        return POWER, self.notation.power(below, exponent, entrywise, _SIMPLE(exponent))

    def _function(self, node: Node) -> Template:
        name, args = node.params[0], node.args
        if name == "sqrt":
            return ATOM, self.notation.root(self.text(args[0]))
        if name == "polygamma":
            return ATOM, self.notation.call(name, [self.text(args[1]), self.text(args[0])])
        if self.notation.latex and name in ("exp", "log") and node.rank == 2 and node.shape[0] == node.shape[1]:
            # \exp(X) of a square matrix would be taken for the matrix exponential
            return ATOM, rf"\{name}^{{\odot}}\left({self.text(args[0])}\right)"
        return self.operation(name, args)

    def _apply(self, node: Node) -> Template:
        name, _, order = node.params[0].rpartition("_")
        known = bool(name) and order.isdigit()
        argument = self.text(node.args[0])
        return ATOM, self.notation.own_function(name if known else node.params[0], int(order) if known else 0, argument)

    # ------------------------------------------------------------ products

    def _transpose(self, node: Node) -> Template:
        return self.transposed(node.args[0])

    def _matmul(self, node: Node) -> Template:
        a, b = node.args
        left = self._inside(self.transposed(b if b.rank == 2 else a) if a.rank == 1 else self._same(a), PRODUCT)
        right = a if a.rank == 1 and b.rank == 2 else b
        return self.product(left, self.operand(right))

    def operand(self, node: Node) -> str:
        """What is multiplied from the left; the order of products is part of the algorithm, that of solves is not."""
        inner = node.args[0] if node.op == "transpose" else node
        free = inner.op in _SOLVES and inner not in self.schedule.names
        return self.text(node, PRODUCT if free else SIGNED)

    def _vdot(self, node: Node) -> Template:
        a, b = node.args
        if not a.rank:
            return self.product(self.text(a, PRODUCT), self.text(b, PRODUCT))
        return FROBENIUS, f"{self.text(a, TENSOR)}{self.notation.between['frobenius']}{self.text(b, TENSOR)}"

    def _outer(self, node: Node) -> Template:
        return self.product(self.text(node.args[0], PRODUCT), self._inside(self.transposed(node.args[1]), POWER))

    def _lu_solve(self, node: Node) -> Template:
        factor, b = node.args
        inverse = self.inverse(factor, bool(node.params[0]))
        return self.product(inverse[1], self.operand(b))

    def _chol_solve(self, node: Node) -> Template:
        return self.product(self.inverse(node.args[0])[1], self.operand(node.args[1]))

    def _tri_solve(self, node: Node) -> Template:
        a, b = node.args
        inverse = self.inverse(a, node.params[1])
        return inverse if b.op == "eye" else self.product(inverse[1], self.operand(b))

    def _lu_inverse(self, node: Node) -> Template:
        return self.inverse(node.args[0])

    _chol_inverse = _lu_inverse

    def _matrix_power(self, node: Node) -> Template:
        return self.power(node.args[0], str(node.params[0]), False)

    def _kth_power(self, node: Node) -> Template:
        return self.power(node.args[0], self.text(node.args[1]), False)


__all__ = ["ATOM", "KRONECKER", "POWER", "PRODUCT", "SUM", "TENSOR", "Formulas"]
