"""Measuring: one core, contestants in alternation, first calls, peak memory."""

from __future__ import annotations

import gc
import math
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# One core: thread pools of one, and bound to one processor, because XLA starts a second thread in spite of its flags.
# Small blocks returned to the system at once make the resident size follow the arrays (for peak memory only).
ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}
RETURNING = {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
TOLERANCE = 1e-9
# Until a round has lasted this long in calls of one contestant; and what a contestant may spend on one size.
BATCH, ROUNDS, BUDGET = 0.004, 15, 1.0


def one_core() -> None:
    """Call before NumPy is imported."""
    os.environ.update(ENVIRONMENT)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@dataclass
class Measured:
    """What is known of one contestant on one problem at one size; `failure` in words where it did not get through."""

    seconds: float = math.nan
    first: float = math.nan
    difference: float = 0.0
    failure: str = ""
    call: Callable[[], Any] | None = None
    spent: float = 0.0
    batch: int = 1
    times: list[float] = field(default_factory=list)


def words(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0][:100] if str(error) else ''}"


def started(contestant: Any, problem: Any, size: int, arrays: Any) -> tuple[Measured, Any]:
    """The first call, timed with the building; the result in the common form."""
    from speed_contestants import canonical

    found = Measured()
    try:
        build = contestant.prepare(problem, size, arrays)
        began = time.process_time()
        found.call = build()
        result = found.call()
        found.first = time.process_time() - began
        return found, canonical(problem, result, alone=contestant.name.endswith("value"))
    except Exception as error:
        found.failure, found.call = words(error), None
        return found, None


def fingerprint(arrays: dict[str, Any]) -> list[float]:
    """Sums that betray a contestant who writes into its arguments."""
    return [float(array.sum()) if hasattr(array, "sum") else array for array in arrays.values()]


def alternate(field_: dict[str, Measured], quick: bool = False) -> None:
    """Median seconds of a call, from short batches of all contestants by turns.

    CPU time of the process, all threads: on a machine that does other work too, it is what the call costs.  A slow
    contestant drops out of the rounds when its budget is spent.
    """
    running = {name: found for name, found in field_.items() if found.call is not None}
    for found in running.values():
        once = found.first if found.first > BUDGET else timed(found.call, 1)
        found.batch = max(1, int(BATCH / max(once, 1e-7)))
    gc.collect()
    gc.disable()
    for _ in range(5 if quick else ROUNDS):
        for found in running.values():
            if found.spent < (BUDGET / 4 if quick else BUDGET):
                if found.batch > 1:
                    found.call()  # brings its data back into the caches that the others have used
                seconds = timed(found.call, found.batch)
                found.times.append(seconds)
                found.spent += seconds * found.batch
    gc.enable()
    for found in running.values():
        found.seconds = statistics.median(found.times)


def timed(call: Callable[[], Any], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - began) / times


def measure(problem: Any, size: int, contestants: list[Any], quick: bool = False) -> dict[str, Measured]:
    """All contestants that take this size: agreement with the limit first, then times."""
    from speed_contestants import difference

    arrays = problem.data(size)
    untouched = fingerprint(arrays)
    found: dict[str, Measured] = {}
    wanted: list[Any] = []
    for contestant in sorted(contestants, key=lambda c: c.name != "limit"):
        if not contestant.takes(problem, size):
            continue
        one, result = started(contestant, problem, size, arrays)
        found[contestant.name] = one
        if contestant.name == "limit":
            if one.failure:
                raise RuntimeError(f"the limit of {problem.name} fails: {one.failure}")
            wanted = result
        elif result is not None:
            one.difference = difference(result, wanted[: len(result)])
            if not one.difference <= TOLERANCE:
                one.failure = f"DISAGREES by {one.difference:.1e}"
        if fingerprint(arrays) != untouched:
            raise RuntimeError(f"{contestant.name} changes its arguments on {problem.name} at {size}")
    alternate(found, quick)
    for one in found.values():
        one.call = None
    return found


# ---------------------------------------------------------------- memory


def status(key: str) -> int:
    """A size from /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(key + ":"):
            return 1024 * int(line.split()[1])
    raise OSError(key)


def peak_of(call: Callable[[], Any]) -> int:
    """How far the resident size rises during a call, result included.

    The first call is not counted, compiling is no working memory.  Where the system cannot set the high-water mark
    back, it is how far the mark rises over both.
    """
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        call()
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        resting = status("VmRSS")
        call()
        return status("VmHWM") - resting
    except OSError:
        call()
        return 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


def memory(script: Path, problem: str, contestant: str, size: int) -> int | None:
    """The peak of one contestant, in a process of its own; None where it fails."""
    command = [sys.executable, str(script), "--memory-of", problem, contestant, str(size)]
    run = subprocess.run(
        command, env={**os.environ, **RETURNING}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return int(run.stdout) if run.returncode == 0 else None
