"""Every command of a given binary on hostile models: no crash, no hang, no memory, no silent number.

    python3 tests/python/fuzz_commands.py target/release/exact-mdp [seconds, default 600] [seed]

A model is a mutated file of the repository, or a small random one with numbers at the edges: γ an ulp
below 1, exits of 1e-300, rewards of 1e150, rows that do not sum, huge horizons. `check`, `evaluate`, `gradient`,
`solve`, `compare`, `verify`, `ascend` and `reference` are asked of each, as processes of their own. A fault is
an exit code other than 0, 1, 2; an error without a message; 2 s of processor time (10 s by the clock); 500 MB;
JSON with NaN, or without J. Models with faults are kept in a folder that is named at the end. Only the standard
library.
"""

import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS, MEMORY = 2.0, 500_000  # of one command; kB
COMMANDS = {
    "check": [],
    "evaluate": ["--format", "json"],
    "gradient": ["--format", "json", "--hessian", "--natural"],
    "solve": ["--format", "json"],
    "compare": ["--format", "json", "-n", "20"],
    "verify": ["--format", "json"],
    "ascend": ["--format", "json", "-n", "5"],
    "reference": ["--format", "json"],
}
SMALL = ["1e-300", "1e-16", "1e-12", "1e-9", "1e-3", "1/3", "1/2", "9/10"]
REWARDS = ["0", "1", "-1", "1e150", "-1e-300", "1/7", "1e9", "-3", "1e308"]
DISCOUNTS = ["0", "1/2", "0.99", "0.999999", "0.9999999999", "0.999999999999999", "1", "1"]
HORIZONS = ["1", "2", "7", "10000", "1000000", "10000000000000"]


def edge(rng):
    """A small random model of numbers at the edges."""
    states, actions = rng.randint(1, 5), rng.randint(1, 3)
    lines = [f"discount: {rng.choice(DISCOUNTS)}"]
    kind = rng.randrange(8)
    if kind == 0:
        lines = ["criterion: average"]
    elif kind == 1:
        lines.append(f"horizon: {rng.choice(HORIZONS)}")
    lines += [f"states: {states}", f"actions: {actions}", "initial: 0"]
    ends = rng.randrange(states)
    if ends:
        lines.append(f"terminal: [{ends}]")
    lines.append("transitions:")
    off = rng.choice(["", "", "", "5e-10", "-5e-10", "1e-13"])
    for s in range(states):
        if s == ends and ends:
            continue
        for a in range(rng.randint(1, actions)):
            p = rng.choice(SMALL)
            t, u = rng.randrange(states), rng.randrange(states)
            lines.append(f"  - [{s}, {a}, {t}, {p}, {rng.choice(REWARDS)}]")
            lines.append(f"  - [{s}, {a}, {u}, {complement(p, off)}, {rng.choice(REWARDS)}]")
    return "\n".join(lines) + "\n"


def complement(p, off):
    """1 - p, off by as much as is accepted."""
    return str(1 - Fraction(p) + Fraction(off or 0))


def mutant(rng, corpus):
    """A file of the repository with some bytes, lines or numbers changed."""
    path, data = rng.choice(corpus)
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        kind = rng.randrange(5)
        at = rng.randrange(len(data) + 1)
        if kind == 0 and data:
            data[at % len(data)] = rng.choice(b"0123456789.,:-[]{} \n\"eE/#xN")
        elif kind == 1:
            data[at:at] = rng.choice([b"1e-300", b"0.999999999999999", b"-", b"1e400", b"9" * 30, b"null", b"\n"])
        elif kind == 2:
            del data[at : at + rng.randint(1, 8)]
        elif kind == 3:
            lines = bytes(data).split(b"\n")
            i = rng.randrange(len(lines))
            lines[i:i] = [rng.choice(lines)]
            data = bytearray(b"\n".join(lines))
        else:
            end = min(len(data), at + rng.randint(1, 40))
            data[at:at] = data[at:end]
    return path.suffix, bytes(data)


def corpus():
    files = [*(ROOT / "mdps").glob("*.yaml"), *(ROOT / "tests/exchange/fixtures").iterdir()]
    files += (ROOT / "tests/model_errors").glob("*.yaml")
    keep = [f for f in files if f.is_file() and f.stat().st_size < 16_384 and f.suffix not in (".lab", ".sta", ".npz")]
    return [(f, f.read_bytes()) for f in sorted(keep)]


def limited():
    resource.setrlimit(resource.RLIMIT_CPU, (4, 5))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def fault(program, command, flags, path):
    """What is wrong with a command on a file, or None."""
    started = [program, command, path, "--threads", "1", *flags]
    process = subprocess.Popen(started, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, preexec_fn=limited)
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "hangs"
    if process.returncode not in (0, 1, 2):
        return f"exit {process.returncode}: {err[-200:].decode(errors='replace')}"
    if process.returncode == 2 and not err.strip():
        return "no message"
    if process.returncode == 2 or command == "check":
        return None
    try:
        report = json.loads(out, parse_constant=lambda name: "NaN")
    except ValueError as error:
        return f"no JSON: {error}"
    if '"NaN"' in json.dumps(report):
        return "NaN"
    if command in ("evaluate", "gradient", "solve") and report.get("j") is None:
        return "J is null"
    return None


def measured(program, command, flags, path):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = fault(program, command, flags, path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if found is None and used > SECONDS:
        found = f"{used:.1f} s"
    return found


def main():
    program = os.path.abspath(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 600.0
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng, files = random.Random(seed), corpus()
    begin, models, runs, faults = time.monotonic(), 0, 0, 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fuzz-commands-"))
    peak = 0
    while time.monotonic() - begin < seconds:
        suffix, data = (".yaml", edge(rng).encode()) if rng.random() < 0.5 else mutant(rng, files)
        path = folder / f"model{suffix}"
        path.write_bytes(data)
        models += 1
        for command, flags in COMMANDS.items():
            found = measured(program, command, flags, str(path))
            runs += 1
            most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            if most > max(peak, MEMORY) and found is None:
                found = f"{most} kB"
            peak = max(peak, most)
            if found is not None:
                faults += 1
                kept = folder / f"fault-{faults}-{command}{suffix}"
                kept.write_bytes(data)
                print(f"{kept}: {found}", flush=True)
    print(f"{models} models, {runs} commands, seed {seed}: {faults} faults, at most {peak} kB; {folder}")
    sys.exit(faults > 0)


main()
