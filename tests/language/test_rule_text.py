"""One rule of a rules file, read."""

import pytest

from matdiff.errors import MatdiffError
from matdiff.language.elaborate import elaborate
from matdiff.language.rule_text import parse_rule
from matdiff.language.scope import Scope
from matdiff.language.write import text
from matdiff.operations.registry import new_space

RULE = """rule multiply.adjoint_right "A left factor crosses the colon transposed"   # a comment
    A : B C
      = B' A : C
    because "A : BC = tr(A'BC)"
            "= tr((B'A)'C)"
    for A?: matrix(m, n), B: matrix(m, p), C: matrix(p, n), a: scalar
    requires B invertible, A: lower
    when C moving, A rank one
    each C
    opens A
    use -> in isolate
    use <- in tidy as "Short form"
    cite magnus2019 "ch. 1"
    cite other2000
"""


def test_all_clauses():
    rule = parse_rule(RULE)
    assert rule.name == "multiply.adjoint_right"
    assert rule.title == "A left factor crosses the colon transposed"
    assert rule.equation == "A : B C = B' A : C"
    assert [(h.name, h.kind, h.optional) for h in rule.holes] == [
        ("A", "matrix", True), ("B", "matrix", False), ("C", "matrix", False), ("a", "scalar", False),
    ]  # fmt: skip
    assert rule.dimensions == ("m", "n", "p")
    assert rule.requires == (("B", "invertible"), ("A", "lower"))
    assert rule.when == (("C", "moving"), ("A", "rank one"))
    assert rule.each == ("C",)
    assert rule.opens == ("A",)
    assert [(u.forward, u.phase, u.form) for u in rule.uses] == [(True, "isolate", ""), (False, "tidy", "Short form")]
    assert rule.because == "A : BC = tr(A'BC) = tr((B'A)'C)"
    assert rule.cite == (("magnus2019", "ch. 1"), ("other2000", ""))


@pytest.mark.parametrize(
    ("equation", "holes", "left", "right"),
    [
        ("d(X^-1) = -X^-1 d(X) X^-1", "X: matrix(n)", "d(X⁻¹)", "-X⁻¹ dX X⁻¹"),
        ("d(log|X|) = X^-T : dX", "X: matrix(n, n)", "d(log(det(X)))", "X⁻ᵀ : dX"),
        ("d(exp(x)) = exp(x) .* dx", "x: vector(n)", "d(exp(x))", "exp(x) ⊙ dx"),
        (
            "P : (I_p ⊗ Q) = ptrace(P, p, 1) : Q",
            "P: matrix(p*m, p*n), Q: matrix(m, n)",
            "P : (I_p ⊗ Q)",
            "ptrace(P, p, 1) : Q",
        ),
        ("d (x) = dx", "d: scalar, x: vector(n)", "d x", "dx"),
    ],
)
def test_equations(equation, holes, left, right):
    source = f'rule a.b "t"\n {equation}\n for {holes}\n'
    rule = parse_rule(source)
    space = new_space()
    names = {h.name: space.symbol(h.name, h.shape, h.kind) for h in rule.holes}
    scope = Scope(space, names, set(rule.dimensions), differentials=True)
    assert text(elaborate(rule.left, source, scope)) == left
    if "d: scalar" not in holes:
        assert text(elaborate(rule.right, source, scope)) == right


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "a rule starts with"),
        ("A = B", "a rule starts with"),
        ('rule a.b "t"\n for A: matrix(n)', "no equation"),
        ('rule a.b "t"\n A = A\n for A: tensor(n)', "a hole is a scalar"),
        ('rule a.b "t"\n A = A\n for A: matrix(n)\n use -> at tidy', "use -> in PHASE"),
        ('rule a.b "t"\n A = A = A\n for A: matrix(n)', "`=` does not belong here"),
        ('rule a.b "t"\n A + = A\n for A: matrix(n)', "nothing on its left"),
    ],
)
def test_errors(source, message):
    with pytest.raises(MatdiffError) as caught:
        parse_rule(source)
    assert message in caught.value.message
