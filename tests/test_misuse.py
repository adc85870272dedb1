"""The Python surface called wrongly: always a MatdiffError, never a surprise from inside."""

from __future__ import annotations

import numpy as np
import pytest

import matdiff as md

CALLS = {
    "no text": (lambda: md.derive(None), "text, not NoneType"),
    "a number for a text": (lambda: md.parse(3), "text, not int"),
    "a number to evaluate": (lambda: md.evaluate(3.0), "text, not float"),
    "a list to rearrange": (lambda: md.rearrangements(["A : B"]), "text, not list"),
    "a path that is none": (lambda: md.load_rules(3), "given by its path"),
    "declare is no mapping": (lambda: md.derive("x'x", declare=3), "mappings"),
    "let is text": (lambda: md.derive("x'x", let="S = A"), "mappings"),
    "wrt is no name": (lambda: md.derive("x'x", wrt=3), "name of a variable"),
    "wrt is empty": (lambda: md.derive("x'x", wrt=[]), "name of a variable"),
    "names in one string": (lambda: md.derive("x'y", wrt="x,y"), 'wrt=["x", "y"]'),
    "order in words": (lambda: md.derive("x'x", order="second"), "order 1 and 2"),
    "no such layout": (lambda: md.derive("x'x", layout="mixed"), "numerator or denominator"),
    "time in words": (lambda: md.derive("x'x", timeout="soon"), "number of seconds"),
    "no draws": (lambda: md.derive("x'x").validate(0), "at least one draw"),
    "no such target": (lambda: md.derive("x'x").function("fortran"), "no target `fortran`"),
    "no such source": (lambda: md.derive("x'x").code("cobol"), "no target `cobol`"),
    "text is not called": (lambda: md.derive("x'x").function("julia"), "text"),
    "no such part": (lambda: md.derive("x'x").code(what="all"), "what is one of"),
    "no operator of a gradient": (lambda: md.derive("x'x").function(form="operator"), "Jacobian or a Hessian"),
    "no such form": (lambda: md.derive("x'x").function(form="long"), "no form called `long`"),
    "no such style": (lambda: md.derive("x'x").latex(style="bold"), "no style `bold`"),
    "no such detail": (lambda: md.derive("x'x").text(detail="all"), "no detail `all`"),
    "complex numbers": (lambda: md.derive("x'x").function()(x=np.array([1j])), "real numbers"),
    "words for numbers": (lambda: md.derive("x'x").function()(x="one"), "real numbers"),
    "one name, two spellings": (lambda: md.derive("mu^2").function()(**{"mu": 1, "μ": 2}), "given twice"),
    "a value too few": (lambda: md.derive("x'A x", wrt="x").function()(x=[1.0]), "no value was given for A"),
    "a value too many": (lambda: md.derive("x'x").function()(x=[1.0], y=2), "not a variable"),
    "sizes that differ": (lambda: md.derive("x'A x", wrt="x").function()(x=[1.0], A=np.eye(2)), "one of its sizes"),
    "a singular matrix": (lambda: md.derive("logdet(X)").function()(X=np.zeros((2, 2))), "singular"),
    "a singular value": (lambda: md.evaluate("inv(X)", X=np.zeros((2, 2))), "Singular matrix"),
}


@pytest.mark.parametrize("call, message", CALLS.values(), ids=list(CALLS))
def test_misuse(call, message):
    with pytest.raises(md.MatdiffError) as caught:
        call()
    assert message in caught.value.render()


def test_softmax_of_one_entry():
    """A vector with one entry is a number inside; its softmax is 1."""
    d = md.derive("x : vector(1)\nsum(softmax(x)) + logsumexp(x)", wrt="x")
    assert d.validation.ok
    assert d.function()(x=0.3) == pytest.approx(1.0)
