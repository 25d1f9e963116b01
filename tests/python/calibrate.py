"""How often `compare` calls a correct sampler inconsistent, over models with rare rewards.

    python3 tests/python/calibrate.py target/release/exact-mdp [runs of each model, default 2000]

Every run is one seed at a stated false-alarm rate. A model fails where so many alarms (or more) would be
seen in fewer than one of 10,000 such series if the stated rate were right. Only the standard library.
"""

import math
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

RATE = 0.01
ROOT = pathlib.Path(__file__).resolve().parents[2]


def rare(states, chance, reward):
    """Steps to one of some states with a small chance each, that pay on the way in."""
    lines = [
        "discount: 1",
        f"states: [s, {', '.join(f't{i}' for i in range(states))}, over]",
        "actions: [a, b]",
        "initial: s",
        "terminal: [over]",
        "transitions:",
    ]
    for action in "ab":
        lines += [f"  - [s, {action}, t{i}, 1/{chance}, {reward}]" for i in range(states)]
        lines.append(f"  - [s, {action}, over, {chance - states}/{chance}, 0]")
        lines += [f"  - [t{i}, {action}, over, 1, 0]" for i in range(states)]
    return "\n".join(lines) + "\n"


def ladder(steps):
    """Each rung is reached with probability 1/10 from the one below; only the last pays."""
    lines = [
        "discount: 9/10",
        f"states: {steps + 1}",
        "actions: 2",
        "initial: 0",
        f"terminal: [{steps}]",
        "transitions:",
    ]
    for s in range(steps):
        reward = 1000 if s == steps - 1 else 0
        lines += [
            f"  - [{s}, 0, {s + 1}, 1/10, {reward}]",
            f"  - [{s}, 0, {steps}, 9/10, 0]" if s < steps - 1 else f"  - [{s}, 0, 0, 9/10, 0]",
            f"  - [{s}, 1, {s + 1}, 1/5, {reward}]",
            f"  - [{s}, 1, {steps}, 4/5, -1]" if s < steps - 1 else f"  - [{s}, 1, 0, 4/5, -1]",
        ]
    return "\n".join(lines) + "\n"


def cases(folder):
    """(name, file, further arguments)."""
    written = {
        "one rare state of 1/10000": rare(1, 10_000, 100),
        "one rare state of 1/300": rare(1, 300, 1),
        "twenty rare states of 1/70000": rare(20, 70_000, 1),
        "twenty rare states of 1/2000": rare(20, 2_000, 1),
        "ladder of 4": ladder(4),
    }
    for i, (name, text) in enumerate(written.items()):
        path = folder / f"{i}.yaml"
        path.write_text(text)
        yield name, path, ["-n", "200"]
        yield name + ", N = 2000, all", path, ["-n", "2000", "--estimators", "all"]
    for name in ["two-state", "random-walk-5", "frozenlake-4x4"]:
        yield name, ROOT / f"mdps/{name}.yaml", ["-n", "3000", "--estimators", "reward-to-go,advantage,gae:0.95"]
    bet = folder / "0.yaml"
    yield "one rare state, sequential", bet, ["-n", "20000", "--sequential"]


def tail(runs, alarms):
    """P(X >= alarms) for X binomial with the stated rate."""
    below = 0.0
    for k in range(alarms):
        log = math.lgamma(runs + 1) - math.lgamma(k + 1) - math.lgamma(runs - k + 1)
        below += math.exp(log + k * math.log(RATE) + (runs - k) * math.log1p(-RATE))
    return 1.0 - below


def main():
    program = sys.argv[1]
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    failed = total = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        for name, path, arguments in cases(pathlib.Path(folder)):
            command = [program, "compare", str(path), "--false-alarm", str(RATE), "--threads", "1", "-q", *arguments]

            def alarm(seed):
                run = subprocess.run([*command, "--seed", str(seed)], capture_output=True, check=False)
                if run.returncode not in (0, 1):
                    raise SystemExit(run.stderr.decode())
                return run.returncode

            alarms = sum(pool.map(alarm, range(runs)))
            bad = tail(runs, alarms) < 1e-4
            failed += bad
            total += runs
            print(f"{alarms:5d} of {runs} ({RATE:.0%} stated) {'TOO MANY' if bad else 'ok':8s} {name}", flush=True)
    print(f"{total} runs, {failed} models with too many alarms")
    sys.exit(failed > 0)


main()
