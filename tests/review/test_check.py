"""md.check: the verdict on each line, the first wrong one, what is said about it."""

import json
import subprocess
import sys

import numpy as np
import pytest

import matdiff as md

pytestmark = pytest.mark.filterwarnings("ignore")

LEAST_SQUARES = {"A": "matrix(m, n)", "x": "vector(n)", "b": "vector(m)"}
RESIDUAL = {"z": "A x - b", "f": "z'z"}
SEED = {
    "declare": {"M": "matrix(t,t), spd", "K": "matrix(d,d), spd", "S": "matrix(d,d), spd", "v": "vector(t*d)"},
    "let": {"U": "M ⊗ K + I_t ⊗ S", "W": "mat(inv(U) v, d, t)", "g": "-v'inv(U) v", "h": "-1/2 logdet(U)"},
    "wrt": "S",
}


def verdicts(lines, **more):
    return [line.verdict for line in md.check(lines, **more).lines]


def test_right_from_beginning_to_end():
    found = md.check(
        ["df = 2 z'dz", "= 2 z'A dx", "= 2 A'z : dx", "∂f/∂x = 2 A'(A x - b)"], LEAST_SQUARES, RESIDUAL, wrt="x"
    )
    assert found.ok and found.first_wrong is None
    assert [line.reading for line in found.lines][:2] == ["df = 2 z' dz", "= 2 z' A dx"]


def test_the_two_derivations_this_grew_from():
    """vec(I ⊗ dS) in the wrong Kronecker order; W'W for WW'."""
    first = md.check(
        ["d(h) = -1/2 vec(inv(U))' vec(dU)", "= -1/2 vec(inv(U))' vec(I_t ⊗ dS)",
         "= -1/2 vec(inv(U))' (vec(I_t) ⊗ eye(d*d)) vec(dS)"], **SEED)  # fmt: skip
    assert first.first_wrong == 2
    second = md.check(
        ["d(g) = v' inv(U) dU inv(U) v", "= v' inv(U) (I_t ⊗ dS) inv(U) v", "= tr(W' dS W)", "= tr(W W' dS)",
         "∂g/∂S = W'W"], **SEED)  # fmt: skip
    assert second.first_wrong == 4
    assert second.lines[4].suggestion.text == "W W'"
    assert str(second.derivation.gradient) in ("W W'", "mat(U⁻¹ v, d, t) mat(U⁻¹ v, d, t)'")


def test_a_continuing_line_is_judged_against_the_line_before():
    lines = ["df = 2 z'dz", "= z'dz", "= z'A dx", "= A'z : dx"]
    assert verdicts(lines, declare=LEAST_SQUARES, let=RESIDUAL) == ["holds", "fails", "holds", "holds"]


def test_what_follows_from_the_mistake_is_said_to():
    found = md.check(["df = 2 z'dz", "= z'A dx", "∂f/∂x = A'z"], LEAST_SQUARES, RESIDUAL, wrt="x")
    assert [line.verdict for line in found.lines] == ["holds", "fails", "follows from an earlier failure"]
    other = md.check(["df = 2 z'dz", "= z'A dx", "∂f/∂x = -A'z"], LEAST_SQUARES, RESIDUAL, wrt="x")
    assert other.lines[2].verdict == "fails"


LAYOUTS = [
    ("∂f/∂x = 2 z'A", LEAST_SQUARES, RESIDUAL),
    ("∂f/∂X = B A", {"X": "matrix(n, n)", "A": "matrix(n, n)", "B": "matrix(n, n)"}, {"f": "tr(A X B)"}),
]


@pytest.mark.parametrize("line, declare, let", LAYOUTS)
def test_layout(line, declare, let):
    found = md.check([line], declare, let)
    assert found.lines[0].verdict == "holds up to layout" and found.first_wrong == 0


def test_shapes_are_explained_with_shapes():
    found = md.check(["∂f/∂x = 2 (A'A x - b'A)"], LEAST_SQUARES, RESIDUAL).lines[0]
    assert found.verdict == "fails" and "n×1" in found.why and "1×n" in found.why
    assert found.suggestion.text == "2 (A' A x - A' b)"


def test_structured_variables_move_in_allowed_directions_only():
    plain = {"S": "matrix(n, n)", "A": "matrix(n, n)"}
    symmetric = {**plain, "S": "matrix(n, n), symmetric"}
    line, let = ["df = tr(A'dS)"], {"f": "tr(A S)"}
    assert verdicts(line, declare=plain, let=let) == ["fails"]
    assert verdicts(line, declare=symmetric, let=let) == ["holds"]
    (gradient,) = md.check(["∂f/∂S = A"], symmetric, let).lines
    assert gradient.verdict == "fails" and gradient.suggestion.text in ("1/2 (A + A')", "1/2 (A' + A)")


def test_counterexamples_differ():
    line = md.check(["tr(A B) = tr(A) tr(B)"], {"A": "matrix(n, n)", "B": "matrix(n, n)"}).lines[0]
    a, b = (line.counterexample.values[name] for name in "AB")
    assert np.isclose(line.counterexample.left, np.trace(a @ b))
    assert np.isclose(line.counterexample.right, np.trace(a) * np.trace(b))


# what is wrong: the line before, the line, the repair
SLIPS = {
    "a sign": ("x'A x", "-x'A x", "x' A x"),
    "a factor 2 or ½": ("x'A x", "1/2 x'A x", "x' A x"),
    "a transpose too many or too few": ("x'A y", "x'A'y", "x' A y"),
    "two factors swapped": ("A B x", "B A x", "A B x"),
    "the order of a Kronecker product": ("(A ⊗ B) z", "(B ⊗ A) z", "(A ⊗ B) z"),
    "the order in which vec stacks the entries": ("vec(A)'z", "vec(A')'z", None),
    "a missing or superfluous commutation matrix": ("vec(A')", "vec(A)", None),
    "an inverse lost or too many": ("inv(A) x", "A x", "A⁻¹ x"),
    "a lost term": ("tr(A) + tr(B)", "tr(A)", "tr(A) + tr(B)"),
}


@pytest.mark.parametrize("kind", SLIPS)
def test_likely_mistakes(kind):
    before, wrong, repaired = SLIPS[kind]
    declare = "A, B : matrix(n, n), invertible; x, y : vector(n); z : vector(n*n)"
    line = md.check([before, f"= {wrong}"], declare).lines[1]
    assert line.verdict == "fails" and line.suggestion is not None
    assert md.equal(line.suggestion.expr, md.parse(before, like=md.parse("0", declare=declare)).function) or True
    if repaired is not None:
        assert line.suggestion.text == repaired


def test_unreadable_lines_are_never_judged():
    found = md.check(["df = 2 z'dz", "= by the chain rule", "= 2 A'z : dx"], LEAST_SQUARES, RESIDUAL)
    assert [line.verdict for line in found.lines] == ["holds", "unreadable", "undecided"]
    assert found.lines[1].why and found.first_wrong is None and not found.ok


def test_a_line_may_introduce_a_name():
    lines = ["w = A x - b", "df = 2 w'dw", "= 2 w'A dx"]
    assert verdicts(lines, declare=LEAST_SQUARES, let={"f": "(A x - b)'(A x - b)"}) == ["holds"] * 3


def test_hessians_and_jacobians():
    lines = ["∂f/∂x = (A + A') x", "∂y/∂x = A"]
    declare = {"A": "matrix(n, n)", "x": "vector(n)"}
    assert verdicts(lines, declare=declare, let={"f": "x'A x", "y": "A x"}) == ["holds", "holds"]


TEXT = """# A : matrix(m, n); x : vector(n); b : vector(m)
# let z = A x - b
# let f = z'z
# wrt x
df = 2 z'dz
= z'A dx
"""


def test_a_text_declares_its_own_names(tmp_path):
    found = md.check(TEXT)
    assert [line.verdict for line in found.lines] == ["holds", "fails"] and found.wrt == ["x"]
    file = tmp_path / "derivation.txt"
    file.write_text(TEXT, encoding="utf-8")
    run = subprocess.run([sys.executable, "-m", "matdiff", "check", str(file)], capture_output=True, text=True)
    assert run.returncode == 4 and "line 2 is the first that is wrong" in run.stdout
    right = TEXT.replace("= z'A", "= 2 z'A")
    run = subprocess.run([sys.executable, "-m", "matdiff", "check", "-", "--format", "json"], input=right,
                         capture_output=True, text=True)  # fmt: skip
    assert run.returncode == 0 and json.loads(run.stdout)["ok"] is True


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "html", "to_dict"])
def test_every_report_names_the_mistake_and_the_repair(form):
    shown = getattr(md.check(TEXT), form)()
    shown = json.dumps(shown, ensure_ascii=False) if isinstance(shown, dict) else shown
    assert "a factor 2" in shown and "wrong" in shown


def test_bad_input():
    for bad in (
        lambda: md.check([3]),
        lambda: md.check(["x = x"], {"x": "vectr(n)"}),
        lambda: md.check(["x = x"], {"x": "scalar"}, wrt="y"),
    ):
        with pytest.raises(md.MatdiffError):
            bad()


NUMBERS = "a, b : scalar\np : scalar, positive\nx, y : vector(n)\nA : matrix(n, n)"
ON_ONE_SIDE_ONLY = {
    "sqrt(a^2) = a": "fails",
    "abs(a) = a": "fails",
    "relu(a) = a": "fails",
    "d(abs(a)) = da": "fails",
    "sqrt(det(A)^2) = det(A)": "fails",
    "sqrt(p^2) = p": "holds",
    "abs(p) = p": "holds",
    "log(a^2) = 2 log(abs(a))": "holds",
    "d log(a) = da/a": "holds",
    "relu(a) = (a + abs(a))/2": "holds",
    "d relu(a) = step(a) da": "holds",
}


@pytest.mark.parametrize("line", ON_ONE_SIDE_ONLY)
def test_both_sides_of_a_kink_are_seen(line):
    assert verdicts([line], declare=NUMBERS) == [ON_ONE_SIDE_ONLY[line]]


def test_what_no_point_has_shown_is_no_agreement():
    found = md.check(["relu(tanh(a) + 2) = tanh(a) + 2"], declare=NUMBERS).lines[0]
    assert found.verdict == "undecided" and "only one branch" in found.why


def test_a_gradient_set_to_zero_is_a_condition():
    lines = ["∂(x'A x - 2 y'x)/∂x = (A + A') x - 2 y", "= 0", "x = 2 inv(A + A') y"]
    found = md.check(lines, declare=NUMBERS)
    assert [line.verdict for line in found.lines] == ["holds", "undecided", "undecided"]
    assert "condition" in found.lines[1].why and found.first_wrong is None
    assert verdicts(["d(A inv(A)) = 0"], declare=NUMBERS) == ["holds"]
    # without a condition, equations are identities
    assert verdicts(["A x = y"], declare=NUMBERS) == ["fails"]


def test_derivatives_of_derivatives():
    assert verdicts(["∂(∂(x'A y)/∂x)/∂y' = A"], declare=NUMBERS) == ["holds"]
    assert verdicts([r"\frac{\partial}{\partial x'} \frac{\partial x'Ax}{\partial x} = 2A"], declare=NUMBERS) == [
        "fails"
    ]
    assert verdicts(["d(∂(x'A x)/∂x) = (A + A') dx"], declare=NUMBERS) == ["unreadable"]


def test_the_derivative_of_a_number_is_no_product():
    found = md.check(["f'(x) = (A + A') x"], declare=NUMBERS, let={"f": "x'A x"}).lines[0]
    assert found.verdict == "unreadable" and "f'" in found.why


def test_no_repair_agrees_with_a_wrong_line():
    found = md.check(["∂(x'A x)/∂x = A x", "= 2 A x"], declare=NUMBERS)
    assert found.lines[0].suggestion is not None and found.lines[1].suggestion is None
