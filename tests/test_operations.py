"""The registry, operation by operation.  Nothing is listed by hand but gaps, each with its reason."""

from __future__ import annotations

import numpy as np
import pytest

from matdiff.book.load import book
from matdiff.core.expr import Expr, walk
from matdiff.core.facts import FALSE, PROPERTIES, TRUE, fact
from matdiff.dimensions import SCALAR
from matdiff.errors import MatdiffError, UnsupportedError
from matdiff.numeric.compare import difference
from matdiff.numeric.evaluate import Evaluation, OutOfDomain
from matdiff.operations.registry import OPERATIONS
from matdiff.tactics.gradient import Gradient
from matdiff.tactics.rewrite import Rewriter
from matdiff.tactics.validate import validate
from tests.applications import applications, defined, operations, somewhere, symbols

pytestmark = pytest.mark.filterwarnings("ignore")

# Arguments in which no derivative is in the book, and why.
_FACTORS = "only written by the engine, in alternative forms of an answer"
_COMPUTED = "only written by the engine, when code is made"
GAPS = {
    ("kronfrechet", 0): "the matrix of a derivative, which stands in Jacobians and Hessians only",
    ("kronleft", 0): _FACTORS,
    ("kronright", 0): _FACTORS,
    ("svdterm_left", 0): _FACTORS,
    ("svdterm_right", 0): _FACTORS,
    ("eigvals", 0): _COMPUTED,
    ("eigvecs", 0): _COMPUTED,
    ("geneigvals", 0): _COMPUTED,
    ("geneigvals", 1): _COMPUTED,
    ("geneigvecs", 0): _COMPUTED,
    ("geneigvecs", 1): _COMPUTED,
}
# Linear arguments that need no rule to be isolated.
ISOLATED_ALREADY = {
    "frobenius": "A : dX has its differential on the right of the colon, or is turned by A : B = B : A",
    "transpose": "the constructors push transposes inwards",
}
# Linear arguments that leave a vec without a rule, or do not yet.
VEC_WITHOUT_RULE = {
    "vec": "vec of a vector is the vector",
    "mat": "mat undoes vec",
}
# Analytic functions whose library routine loses a tiny imaginary part, and where.
LOST_IN_COMPLEX = {"gamma": "at negative arguments"}
# Facts that no application here shows to be true, and why they are declared all the same.
UNSEEN_FACTS: dict[tuple[str, str], str] = {}


def each_operation(test):
    return pytest.mark.parametrize("name", operations())(test)


@each_operation
def test_shape(name):
    """Values have the shape the operation's own rule says."""
    found = 0
    for e, shape, point in defined(OPERATIONS[name]):
        assert e.shape == shape
        value = point.evaluation(e)
        sizes = tuple(d.value(point.sizes) for d in shape)
        assert np.shape(value) == (() if shape == SCALAR else sizes)
        assert np.all(np.isfinite(value))
        found += 1
    assert found, "no arguments were found"


@each_operation
def test_complex_values_continue_the_real_ones(name):
    """The complex step agrees with the stencil, unless the record says that there is no analytic continuation."""
    for e, _, point in defined(OPERATIONS[name], most=4):
        if not e.args or not point.tangents.analytic(e):
            continue
        moved = {n: v + 1e-30j * point.tangents.direction[n] for n, v in point.values.items()}
        value = Evaluation(moved, point.sizes)(e)
        assert difference(np.real(value), point.evaluation(e)) < 1e-12
        if name in LOST_IN_COMPLEX:
            continue
        step, stencil = point.tangents(e), point.tangents.stencil(e)
        # Near a pole or a singular matrix the stencil is the less accurate of the two.
        assert difference(step, stencil, 1e-3) < 1e-5


@each_operation
def test_transposes(name):
    """What the constructors make of e' has the value of e, transposed."""
    for e, _, point in defined(OPERATIONS[name]):
        assert difference(point.evaluation(e.T), np.transpose(point.evaluation(e))) < 1e-12
        assert e.T.T is e


@pytest.mark.parametrize("name", [n for n in operations() if OPERATIONS[n].domain])
def test_domain(name):
    """Values in the domain are finite (test_shape); outside of it something is."""
    op = OPERATIONS[name]
    refused = 0
    for e, _, point in defined(op, most=3):
        for value in (0.0, -1.5, 1.5, -3.0):
            values = {n: np.full_like(v, value) if np.ndim(v) else value for n, v in point.values.items()}
            try:
                with np.errstate(all="ignore"):
                    Evaluation(values, point.sizes, strict=True)(e)
            except (OutOfDomain, np.linalg.LinAlgError):
                refused += 1
    assert refused, "nothing is outside the domain"


@each_operation
def test_linear_where_it_says_so(name):
    op = OPERATIONS[name]
    for e, _, point in defined(op, most=4):
        if len(e.args) != len(point.values) or e.op is not op:
            continue
        for k in op.linear:
            moved = e.args[k].name
            values = point.values
            other = {**values, moved: values[moved] * 0.3 + 0.7}
            both = {**values, moved: 2 * values[moved] - 3 * other[moved]}
            a, b, c = (Evaluation(v, point.sizes)(e) for v in (values, other, both))
            assert difference(c, 2 * a - 3 * b, 1e-3) < 1e-10, f"argument {k}"


# ---------------------------------------------------------------- facts

CHECKS = {
    "symmetric": lambda a: np.allclose(a, a.T),
    "skew": lambda a: np.allclose(a, -a.T),
    "spd": lambda a: np.allclose(a, a.T) and np.linalg.eigvalsh(a).min() > 0,
    "psd": lambda a: np.allclose(a, a.T) and np.linalg.eigvalsh(a).min() > -1e-10,
    "diagonal": lambda a: np.allclose(a, np.diag(np.diag(a))),
    "lower": lambda a: np.allclose(a, np.tril(a)),
    "upper": lambda a: np.allclose(a, np.triu(a)),
    "orthogonal": lambda a: np.allclose(a.T @ a, np.eye(a.shape[1])),
    "invertible": lambda a: a.shape[0] == a.shape[1] and np.linalg.cond(a) < 1e12,
    "positive": lambda a: bool(np.all(a > 0)),
    "nonnegative": lambda a: bool(np.all(a >= 0)),
}
_DECLARED = [frozenset()] + [frozenset({p}) for p in PROPERTIES if p != "constant"]
_DECLARED += [frozenset({"lower", "invertible"}), frozenset({"upper", "invertible"})]


@each_operation
def test_facts_are_true(name):
    """Every fact that is claimed of an application holds at a random point; every one declared is claimed somewhere."""
    op = OPERATIONS[name]
    claimed = set()
    for properties in _DECLARED:
        for e in _with_facts(op, properties):
            verdicts = {word: fact(e, word) for word in CHECKS}
            if all(v not in (TRUE, FALSE) for v in verdicts.values()):
                continue
            point = somewhere(e)
            if point is None:
                continue
            value = np.atleast_2d(point.evaluation(e))
            for word, verdict in verdicts.items():
                if verdict is TRUE:
                    claimed.add(word)
                    assert CHECKS[word](value), f"{word}: {properties}\n{value}"
                elif verdict is FALSE:
                    claimed.add(word)
                    assert not CHECKS[word](value), f"not {word}: {properties}\n{value}"
    missing = {word for word in op.facts if word not in claimed and (name, word) not in UNSEEN_FACTS}
    assert not missing, f"declared, but never seen: {missing}"


def _with_facts(op, properties):
    """Applications to symbols of these properties; for several arguments also of one symbol and its transpose."""
    for e, _ in applications(op, properties, most=40):
        yield e
        if len(e.args) == 2 and all(a.op.name == "symbol" for a in e.args):
            x, _ = e.args
            if op.name == "product":
                yield x * 2
            for args in ((x, x), (x.T, x), (x, x.T)):
                try:
                    yield e.space.apply(op.name, *args, params=e.params if op.name != "product" else ())
                except MatdiffError:
                    continue


# ---------------------------------------------------------------- calculus


@each_operation
def test_differentiable(name):
    """In each of its arguments, wherever it is defined: a gradient is found, and it is right."""
    op = OPERATIONS[name]
    judged, undecided = set(), set()
    for e, _, _ in defined(op):
        for position, argument in enumerate(e.args if e.op is op else ()):
            if argument.op.name != "symbol" or (name, position) in judged:
                continue
            if (name, position) in GAPS:
                with pytest.raises(UnsupportedError):
                    _gradient(e, argument)
                continue
            verdict = _gradient(e, argument)
            if verdict.draws == 0 or verdict.verdict == "undecided":
                undecided.add(position)
                continue
            assert verdict.max_relative_error < 1e-6, f"in argument {position}: {verdict}"
            judged.add(position)
    assert undecided <= judged, f"could not be judged in arguments {undecided - judged}"


def _gradient(e: Expr, variable: Expr):
    """The checked gradient of P : e, or of e."""
    space = e.space
    kind = symbols(space, (e.shape,), frozenset())[0].params[1]
    function = e if e.is_scalar else space.apply("frobenius", space.symbol("P", e.shape, kind), e)
    run = Gradient(Rewriter(book(), space, frozenset([variable]), taken={"P"}), function, variable).run()
    return validate(run, function, draws=3)


@pytest.mark.parametrize("name", [n for n in operations() if OPERATIONS[n].linear])
def test_linear_arguments_have_adjoints(name):
    """An isolate rule carries each linear argument across the colon."""
    op = OPERATIONS[name]
    if name in ISOLATED_ALREADY:
        return
    covered = set()
    for rule in book().applicable("isolate", name):
        _, linear = rule.left_pair
        for k, argument in enumerate(linear.args):
            holes = {e.name for e in walk(argument) if e.op.name == "symbol"}
            if not rule.moving or holes & rule.moving:
                # The factors of a Hadamard product have no order.
                covered |= {k} if name != "hadamard" else set(op.linear)
    nodes = [e for e, _ in applications(op) if e.op is op]
    missing = {k for k in op.linear if k not in covered and (name, k) not in GAPS}
    assert not nodes or not missing


@pytest.mark.parametrize("name", [n for n in operations() if OPERATIONS[n].linear])
def test_linear_arguments_have_vec_rules(name):
    """A vec rule takes each linear argument out of a vec."""
    op = OPERATIONS[name]
    if name in VEC_WITHOUT_RULE:
        return
    covered = set()
    for rule in book().applicable("vectorise", name):
        linear = rule.left.args[0] if rule.left.op.name == "vec" else rule.left
        for k, argument in enumerate(linear.args):
            holes = {e.name for e in walk(argument) if e.op.name == "symbol"}
            if not rule.moving or holes & rule.moving:
                covered |= {k} if name not in ("hadamard", "frobenius") else set(op.linear)
    nodes = [e for e, _ in applications(op) if e.op is op]
    missing = {k for k in op.linear if k not in covered and (name, k) not in GAPS}
    assert not nodes or not missing


def test_exceptions_name_operations():
    assert {name for name, _ in (*GAPS, *UNSEEN_FACTS)} | set(ISOLATED_ALREADY) | set(LOST_IN_COMPLEX) <= set(
        OPERATIONS
    )


def test_every_name_users_may_call_is_unique():
    names = [n for op in OPERATIONS.values() if op.callable for n in {op.text or op.name, *op.aliases}]
    assert sorted(names) == sorted(set(names))


@each_operation
def test_is_documented(name):
    op = OPERATIONS[name]
    assert op.doc and not op.doc.endswith(".")
    if op.cite:
        from matdiff.book.load import references

        assert op.cite.partition(",")[0] in references()
