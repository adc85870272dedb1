"""The command line: `matdiff derive`, `matdiff check`, `matdiff rules`.

Here: arguments, where the text comes from, exit statuses.  Everything heavy is imported when a command needs it.

Exit status: 0 answered and validated; 1 the input is in error; 2 wrong usage; 3 derived but not validated; 4 validation
failed, or a checked derivation is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

OK, BAD_INPUT, USAGE, NOT_VALIDATED, REFUTED, INTERRUPTED = 0, 1, 2, 3, 4, 130
FORMATS = ("text", "latex", "markdown", "html", "json")
# A function as source: Python with NumPy, or for another target.
CODE = {
    "python": "numpy",
    "jax": "jax",
    "torch": "torch",
    "julia": "julia",
    "matlab": "matlab",
    "pseudocode": "pseudocode",
}
_FILES = (".md", ".txt", ".tex")

_EXAMPLES = """\
examples:
  matdiff derive "log(det(X))" --wrt X
  matdiff derive "tr(A X B X')" --wrt X --declare "A: matrix(n,n), symmetric" --style trace
  matdiff derive problem.md --wrt A,B --format latex
  echo "x'A x" | matdiff derive - --wrt x --detail answer
  matdiff check derivation.tex --declare "A: matrix(m,n); x: vector(n)" --wrt x
  matdiff rules inverse.differential

exit status: 0 answered and validated; 1 the input is in error; 2 usage; 3 derived but not validated, or lines
that could not be judged; 4 validation failed, or a wrong line found
"""

_CHECKING = """\
The text may say what its names are, in comments (% in TeX) or lines of their own:
  % A : matrix(m, n); x : vector(n); b : vector(m)
  % let z = A x - b
  % name \\Sigma = S
  % wrt x
"""


def parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        "matdiff", description="Matrix calculus, step by step.", epilog=_EXAMPLES, formatter_class=raw
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    derive = commands.add_parser("derive", help="differentiate a function", epilog=_EXAMPLES, formatter_class=raw)
    add = derive.add_argument
    add("text", metavar="TEXT|FILE|-", help="the problem: text, an existing .md, .txt or .tex file, or - for input")
    add("--wrt", metavar="A[,B]", help="the variable or variables; may be left out where there is only one")
    add("--declare", action="append", default=[], metavar="DECL", help='"X: matrix(n,n), spd"; may be repeated')
    add("--let", action="append", default=[], metavar="DEF", help='a definition, "S = A ⊗ B"; may be repeated')
    add("--order", type=int, choices=(1, 2), default=1, help="first or second derivative")
    add("--layout", choices=("numerator", "denominator"), default="numerator", help="of Jacobians")
    add("--format", choices=(*FORMATS, *CODE), default="text")
    add("--what", choices=("derivative", "value", "both"), default="both", help="of code; default both")
    add("--detail", choices=("answer", "brief", "textbook", "full"), default="textbook")
    add("--style", choices=("frobenius", "trace"), default="frobenius", help="A : B or tr(A'B)")
    add("--timeout", type=_seconds, default=10.0, metavar="SECONDS", help="default 10")
    add("--no-validate", action="store_true", help="leave the numerical check out")
    check = commands.add_parser("check", help="is a derivation right?", epilog=_CHECKING, formatter_class=raw)
    add = check.add_argument
    add("text", metavar="TEXT|FILE|-", help="the lines: LaTeX or matdiff text, an existing file, or - for input")
    add("--wrt", metavar="A[,B]", help="the variables that move; default: those that occur in differentials")
    add("--declare", action="append", default=[], metavar="DECL", help='"X: matrix(n,n), spd"; may be repeated')
    add("--let", action="append", default=[], metavar="DEF", help='a definition, "S = A ⊗ B"; may be repeated')
    add("--name", action="append", default=[], metavar="TEX=NAME", help=r'a spelling, "\Sigma = S"; may be repeated')
    add("--format", choices=FORMATS, default="text")
    rules = commands.add_parser("rules", help="list the rules, or show one")
    rules.add_argument("name", nargs="?", metavar="NAME", help="one rule: conditions, reason, source, an example")
    return top


def _seconds(word: str) -> float:
    value = float(word)
    if not value > 0:
        raise argparse.ArgumentTypeError("must be positive")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    if "numpy" not in sys.modules:
        # Starting a pool of threads costs more than all of matdiff's own arithmetic.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    top = parser()
    options = top.parse_args(arguments)
    if options.version:
        return _version()
    if options.command is None:
        top.print_usage(sys.stderr)
        return USAGE
    try:
        status = {"derive": _derive, "check": _check, "rules": _rules}[options.command](options)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BAD_INPUT
    except Exception as error:
        return _explain(error)


def _explain(error: Exception) -> int:
    """What went wrong, on standard error; never a traceback."""
    from matdiff.errors import MatdiffError, ValidationError

    if isinstance(error, MatdiffError):
        print(error.render(), file=sys.stderr)
        return REFUTED if isinstance(error, ValidationError) else BAD_INPUT
    if isinstance(error, (OSError, UnicodeDecodeError)):
        print(f"cannot read the input: {error}", file=sys.stderr)
        return BAD_INPUT
    print(f"matdiff has a fault: {type(error).__name__}: {error}", file=sys.stderr)
    return BAD_INPUT


def _version() -> int:
    from matdiff import __version__

    print(f"matdiff {__version__}")
    return OK


# ------------------------------------------------------------------- derive


def _derive(options: argparse.Namespace) -> int:
    from matdiff.request import derive

    names = [name for name in (options.wrt or "").split(",") if name.strip()]
    found = derive(
        _text(options.text),
        names or None,
        order=options.order,
        layout=options.layout,
        declare="\n".join(options.declare) or None,
        let=_lets(options.let),
        validate=not options.no_validate,
        timeout=options.timeout,
    )
    derivations = found if isinstance(found, dict) else {"": found}
    print(_code(found, options) if options.format in CODE else _shown(derivations, options))
    return OK if all(d.validation is not None and d.validation.ok for d in derivations.values()) else NOT_VALIDATED


def _text(argument: str) -> str:
    """The problem text: an argument is a file if it is `-` or an existing .md, .txt or .tex path."""
    if argument == "-":
        return sys.stdin.read()
    if argument.endswith(_FILES) and "\n" not in argument and Path(argument).is_file():
        text = Path(argument).read_text(encoding="utf-8-sig")
        return _fenced(text) if argument.endswith(".md") else text
    return argument


def _fenced(text: str) -> str:
    """In Markdown the first fenced block is the problem; without one, all of it."""
    pieces = text.split("\n```") if not text.startswith("```") else ["", *text[3:].split("\n```")]
    return pieces[1].partition("\n")[2] if len(pieces) > 1 else text


def _lets(definitions: Sequence[str]) -> dict[str, str] | None:
    from matdiff.errors import ParseError

    found = {}
    for definition in definitions:
        name, sign, body = definition.partition("=")
        if not sign or not name.strip():
            raise ParseError(f"--let needs a definition, not `{definition}`", suggestion='--let "S = A ⊗ B"')
        found[name.strip()] = body.strip()
    return found or None


def _shown(derivations: dict[str, Any], options: argparse.Namespace) -> str:
    shown = [_rendered(d, options) for d in derivations.values()]
    if options.format != "json":
        return "\n\n".join(shown) if options.format != "text" else f"\n\n{'─' * 100}\n\n".join(shown)
    import json

    data = shown[0] if len(shown) == 1 else {"schema": 1, "derivations": dict(zip(derivations, shown))}
    return json.dumps(data, ensure_ascii=False, indent=2)


def _code(found: Any, options: argparse.Namespace) -> str:
    """One function; of several derivatives one that returns them all."""
    if isinstance(found, dict) and len(found) == 1:
        (found,) = found.values()
    if isinstance(found, dict) and options.order == 2:
        return "\n\n".join(d.code(CODE[options.format], options.what).rstrip() for d in found.values())
    return str(found.code(CODE[options.format], options.what)).rstrip()


def _rendered(d: Any, options: argparse.Namespace) -> Any:
    door = {"text": "text", "latex": "latex", "markdown": "markdown", "html": "html", "json": "to_dict"}
    return getattr(d, door[options.format])(style=options.style, detail=options.detail)


# ------------------------------------------------------------------- check


def _check(options: argparse.Namespace) -> int:
    from matdiff.review.run import check

    wrt = [name for name in (options.wrt or "").split(",") if name.strip()]
    found = check(
        _text(options.text), "\n".join(options.declare) or None, _lets(options.let), _lets(options.name), wrt or None
    )
    if options.format == "json":
        import json

        print(json.dumps(found.to_dict(), ensure_ascii=False, indent=2))
    else:
        print(getattr(found, options.format)())
    return OK if found.ok else NOT_VALIDATED if found.first_wrong is None else REFUTED


# ------------------------------------------------------------------- rules


def _rules(options: argparse.Namespace) -> int:
    from matdiff.book.load import book
    from matdiff.request import derive
    from matdiff.show.catalogue import rule_list, rule_page

    def example(text: str, wrt: str) -> Any:
        return derive(text, wrt, validate=False)

    print(rule_page(book(), options.name, example) if options.name else rule_list(book()))
    return OK


def run() -> None:
    """The entry point of the console script and of `python -m matdiff`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure") and not (stream.encoding or "").lower().startswith("utf"):
            # Better a question mark than no answer on a terminal that knows no Greek.
            stream.reconfigure(errors="replace")
    sys.exit(main())


if __name__ == "__main__":
    run()
