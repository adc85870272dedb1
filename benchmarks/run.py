"""What matdiff costs, and what others cost on the same problems.

    python benchmarks/run.py            # everything; writes benchmarks/RESULTS.md
    python benchmarks/run.py --no-peers # without SymPy and tensorgrad
    python benchmarks/run.py --no-speed # without the speed of generated code (speed.py), some ten minutes
    python benchmarks/run.py --peers-python PATH  # an environment that already has them

The others are installed into a temporary environment for the occasion.  All figures are for one core.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import venv
import warnings
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
PEERS = {"sympy": "sympy==1.14", "tensorgrad": "tensorgrad==0.3"}
# tensorgrad evaluates with named tensors, which later versions of torch do not have.
ALSO = ["torch==2.8", "numpy", "scipy"]
ONE_CORE = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(HERE.parent)}
# A fresh process finds compiled modules, as everywhere after the first start.
ONE_CORE.pop("PYTHONDONTWRITEBYTECODE", None)


def best(run: Any, times: int = 3) -> float:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        found.append(time.perf_counter() - began)
        if found[-1] > 5:
            break
    return min(found)


def ms(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{1e3 * seconds:.1f}" if seconds < 0.1 else f"{1e3 * seconds:.0f}"


# ---------------------------------------------------------------- matdiff alone


def corpus() -> list[str]:
    """Warm times over the corpus, with and without validation."""
    from problems import records, text

    import matdiff as md

    bare, checked = [], []
    for record in records().values():
        source, wrt = text(record), record["wrt"]
        try:
            md.derive(source, wrt=wrt)
        except md.MatdiffError:
            continue
        bare.append(best(lambda s=source, w=wrt: md.derive(s, wrt=w, validate=False)))
        checked.append(best(lambda s=source, w=wrt: md.derive(s, wrt=w)))
    rows = ["| over the corpus, warm | median | 95 % | max | wanted |", "|---|---|---|---|---|"]
    for label, found, wanted in (("derive", bare, 5), ("derive and validate", checked, 30)):
        found.sort()
        late = found[int(0.95 * (len(found) - 1))]
        rows.append(
            f"| {label}, {len(found)} problems | {ms(statistics.median(found))} ms | {ms(late)} ms "
            f"| {ms(found[-1])} ms | median ≤ {wanted} ms |"
        )
    return rows


def start() -> list[str]:
    """Import and command line in fresh processes, in alternation, relative to importing NumPy and lark."""
    commands = {
        "import numpy, lark": ["-c", "import numpy, lark"],
        "import matdiff": ["-c", "import matdiff"],
        "import matdiff and its public names": ["-c", "import matdiff; matdiff.derive"],
        "matdiff derive, cold, validated": ["-m", "matdiff", "derive", "logdet(X)", "--wrt", "X"],
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(15):
        for name, arguments in commands.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, *arguments], env=ONE_CORE, check=True, stdout=subprocess.DEVNULL)
            found[name].append(time.perf_counter() - began)
    base = statistics.median(found["import numpy, lark"])
    wanted = {"import matdiff": "≤ 1.2", "matdiff derive, cold, validated": "≤ 2.5"}
    rows = ["| in a fresh process | median | relative | wanted |", "|---|---|---|---|"]
    for name, times in found.items():
        middle = statistics.median(times)
        rows.append(f"| {name} | {ms(middle)} ms | {middle / base:.2f} | {wanted.get(name, '')} |")
    return rows


def growth(peers: dict[str, dict[str, Any]]) -> list[str]:
    """Time against the size of the answer (nodes and edges of its graph), for the two families."""
    from problems import chain, network

    import matdiff as md
    from matdiff.core.expr import walk

    rows = []
    for title, family, wrt, sizes in (
        ("k-layer network, sum(tanh(W_k … tanh(W_1 x))), in W_1", network, "W_1", (1, 10, 32, 100, 300, 1000)),
        ("tr(A_1 X A_2 X … A_k X), in X", chain, "X", (1, 4, 8, 16, 32, 64)),
    ):
        rows += [
            f"**{title}**",
            "",
            "| k | read, ms | derive, ms | validate, ms | size of the answer | derive, µs by size | "
            + " | ".join(f"{p}, ms" for p in peers) + (" |" if peers else ""),
            "|---" * (6 + len(peers)) + "|",
        ]  # fmt: skip
        for k in sizes:
            source = family(k)
            try:
                reading = best(lambda s=source: md.parse(s))
                deriving = []
                # A parsed problem remembers what was tidied in it, so each time counts from a fresh one.
                for _ in range(3 if k <= 100 else 1):
                    problem = md.parse(source)
                    deriving.append(best(lambda p=problem, w=wrt: md.derive(p, wrt=w, validate=False), 1))
                d = md.derive(source, wrt=wrt, validate=False)
            except md.MatdiffError as error:
                rows.append(f"| {k} | {error.message[:60]} |")
                continue
            size = sum(1 + len(e.args) for e in walk(d.run.answer))
            validating = ms(best(d.validate, 1)) if k <= 300 else "–"
            others = [shown(found.get(f"{family.__name__} {k}")) for found in peers.values()]
            cells = [
                str(k),
                ms(reading),
                ms(min(deriving)),
                validating,
                str(size),
                f"{1e6 * min(deriving) / size:.0f}",
                *others,
            ]
            rows.append("| " + " | ".join(cells) + " |")
        rows.append("")
    return rows


# ---------------------------------------------------------------- beside others


def shown(found: dict[str, Any] | None) -> str:
    if found is None:
        return "–"
    if found["outcome"] in ("right", "answered"):
        return ms(found["seconds"])
    return found["outcome"] + (f" ({found['detail'].partition(':')[0]})" if found.get("detail") else "")


def exchange() -> list[dict[str, Any]]:
    """The shared problems and the growing families as plain data, with values and right answers."""
    import numpy as np
    from exchange import exchanged
    from problems import SHARED, chain, network, records, text

    import matdiff as md
    from tests.truth import Truth

    out = []
    everything = records()
    for name in SHARED:
        record = everything[name]
        values, wanted = Truth(record).sample(1)
        out.append(
            {
                "name": name, "nodes": exchanged(md.parse(text(record)).function), "wrt": record["wrt"],
                "sizes": record["dims"], "values": {n: np.asarray(v).tolist() for n, v in values.items()},
                "answer": wanted.tolist(),
            }
        )  # fmt: skip
    for family, wrt, sizes in ((network, "W_1", (1, 10, 32)), (chain, "X", (1, 4, 8, 16, 32, 64))):
        for k in sizes:
            nodes = exchanged(md.parse(family(k)).function)
            out.append({"name": f"{family.__name__} {k}", "nodes": nodes, "wrt": wrt, "sizes": {}, "values": {}})
    return out


def run_peers(python: str | None, folder: Path) -> dict[str, dict[str, Any]]:
    """Both others on all problems, in an environment of their own."""
    if python is None:
        venv.create(folder / "venv", with_pip=True)
        python = str(folder / "venv" / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "-q", *PEERS.values(), *ALSO], check=True)
    data = folder / "problems.json"
    data.write_text(json.dumps(exchange()), encoding="utf-8")
    found = {}
    for name in PEERS:
        run = subprocess.run(
            [python, str(HERE / "peers.py"), name, str(data)],
            env=ONE_CORE,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        found[name] = json.loads(run.stdout)
    return found


def is_right(record: dict[str, Any]) -> bool:
    """matdiff's answer to a record, judged as those of the others are."""
    import numpy as np
    from problems import text

    import matdiff as md
    from tests.truth import Truth

    values, wanted = Truth(record).sample(1)
    got = np.asarray(md.derive(text(record), wrt=record["wrt"]).function("numpy")(**values))
    return bool(np.max(np.abs(got - wanted)) <= 1e-6 * max(1e-3, np.max(np.abs(wanted))))


def side_by_side(peers: dict[str, dict[str, Any]]) -> list[str]:
    from problems import SHARED, records, text

    import matdiff as md

    everything = records()
    mine: dict[str, float] = {}
    right_of_mine = {name for name in SHARED if is_right(everything[name])}
    rows = ["| problem | function | matdiff, ms | " + " | ".join(f"{p}, ms" for p in peers) + " |"]
    rows.append("|---" * (3 + len(peers)) + "|")
    for name in SHARED:
        record = everything[name]
        source = text(record)
        md.derive(source, wrt=record["wrt"])
        mine[name] = best(lambda s=source, r=record: md.derive(s, wrt=r["wrt"], validate=False))
        function = record["expr"].replace("|", "\\|")
        own = ms(mine[name]) if name in right_of_mine else "wrong"
        cells = [name, f"`{function}`", own, *(shown(found[name]) for found in peers.values())]
        rows.append("| " + " | ".join(cells) + " |")
    summary = [
        "| | right | wrong | failing | slow | median where right | matdiff is faster, where right |",
        "|---" * 7 + "|",
    ]
    middle = ms(statistics.median(mine[name] for name in right_of_mine))
    summary.append(f"| matdiff | {len(right_of_mine)} | {len(SHARED) - len(right_of_mine)} | 0 | 0 | {middle} ms | |")
    for peer, found in peers.items():
        of = {name: found[name] for name in SHARED}
        right = [f["seconds"] for f in of.values() if f["outcome"] == "right"]
        count = [sum(f["outcome"] == kind for f in of.values()) for kind in ("right", "wrong", "failing", "slow")]
        timed = {n: f["seconds"] for n, f in of.items() if f["outcome"] == "right"}
        faster = sum(n in right_of_mine and mine[n] < s for n, s in timed.items())
        middle = ms(statistics.median(right)) if right else "–"
        cells = [PEERS[peer].replace("==", " "), *map(str, count), f"{middle} ms", f"{faster} of {len(timed)}"]
        summary.append("| " + " | ".join(cells) + " |")
    return [*summary, "", *rows]


def generated_code() -> list[str]:
    """What generated code costs, and a fit with it, each in a process of its own."""
    import speed

    fit = subprocess.run(
        [sys.executable, str(HERE / "fit.py")], env=ONE_CORE, check=True, stdout=subprocess.PIPE, text=True
    )
    return [*speed.sections(), "", "**A fit by L-BFGS** (`fit.py`: several tasks with a Gaussian process prior)", "",
            *fit.stdout.splitlines()]  # fmt: skip


def machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    import numpy

    import matdiff

    versions = f"matdiff {matdiff.__version__}, Python {platform.python_version()}, NumPy {numpy.__version__}"
    return f"{datetime.date.today()}, {model}, {platform.system()}; {versions}."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--peers-python")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        peers = {} if given.no_peers else run_peers(given.peers_python, Path(folder))
    parts = [
        "# Benchmark",
        "",
        "Written by `python benchmarks/run.py`. " + machine(),
        "Times are of one core and mean little elsewhere; ratios travel better.",
        "",
        *corpus(), "", *start(), "", "## Growth", "", *growth(peers),
    ]  # fmt: skip
    if peers:
        parts += [
            "## Beside SymPy and tensorgrad",
            "",
            "Problems of the corpus that all three can express, the same expression given to each, symbolic sizes,",
            "best of three with caches cleared. matdiff: from text, without validation. The others: building the",
            "expression and differentiating (and `full_simplify` for tensorgrad). A result is right if it evaluates to",
            "the derivative found by differences of the record's own NumPy function; failing: an exception on the way.",
            "",
            *side_by_side(peers),
        ]  # fmt: skip
    if not given.no_speed:
        parts += ["", *generated_code()]
    text = "\n".join(parts) + "\n"
    (HERE / "RESULTS.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
