"""Several variables at once: one run, and for each the answer it would have alone."""

import pytest

import matdiff as md

PROBLEMS = [
    ("A : matrix(m, m), invertible; B : matrix(n, n), invertible\nw = y - mu; S = A ⊗ B\nlog(a + w' inv(S) w)",
     ["A", "B", "mu", "y", "a", "S"]),
    ("‖W_2 tanh(W_1 x + b) - y‖^2", ["W_1", "W_2", "b", "x"]),
    ("S : matrix(n, n), spd\n-1/2 logdet(S) - 1/2 (x - mu)' inv(S) (x - mu)", ["S", "mu"]),
    ("A X B", ["A", "X", "B"]),
]  # fmt: skip


@pytest.mark.parametrize("text, names", PROBLEMS)
def test_same_as_alone(text, names):
    together = md.derive(text, wrt=names)
    assert list(together) == names
    for name in names:
        alone = md.derive(text, wrt=name)
        assert together[name].validation.ok
        assert set(together[name].validation.lines) <= {"holds"}, together[name].text()
        same = md.parse(f"({together[name].gradient}) - ({alone.gradient})", like=together[name].problem)
        assert md.derive(same, wrt=name).validation.ok
        assert str(together[name].gradient) == str(alone.gradient)


def test_the_work_is_shared():
    text, names = PROBLEMS[1]
    together = md.derive(text, wrt=names)
    runs = [d.run for d in together.values()]
    assert all(run.names is runs[0].names for run in runs)
    shared = min(len(run.rw.steps) for run in runs)
    assert shared < sum(len(md.derive(text, wrt=name).steps) for name in names)


def test_blocks_of_a_hessian():
    blocks = md.derive("x'A y + exp(x'x)", wrt=["x", "y"], order=2)
    assert {pair: str(d.gradient) for pair, d in blocks.items()} == {
        ("x", "x"): "exp(x' x) (4 x x' + 2 I_n)", ("x", "y"): "A", ("y", "x"): "A'", ("y", "y"): "zeros(m, m)",
    }  # fmt: skip
