"""Hostile random models against fractions: no number may be wrong in silence.

    python3 tests/python/against_fractions.py target/release/exact-mdp [models, default 300] [seed]

γ up to 1 - 1e-15 and 1, probabilities down to 1e-300, rewards from 1e-300 to 1e150. Under the uniform policy
v, q, A, ρ, J and ∇J, and v* and J*, are worked out here in fractions, by code of its own. Each number of the
program is then one of: within 1e-9 of the truth (of A and ∇J, relative to the largest entry), within the
bound that stands beside it (`--certify`, `value_error`, `advantage_error`, `tolerance`, `error_bound`), or
refused with exit code 2. A bound that is null, of which standard error says that none could be certified or that it is
infinite, is counted by itself. Anything else is printed, and the exit code is 1. Only the standard library.
"""

import itertools
import json
import pathlib
import random
import subprocess
import sys
import tempfile
from fractions import Fraction as Q

CLOSE = Q(1, 10**9)
# below the smallest normal number digits are lost whatever one does
TINY = Q(1, 2**1022)


def model(rng):
    """A random model: γ, rows[s][a] = [(next, p, reward)], a terminal state n."""
    n = rng.randint(1, 4)
    gamma = rng.choice([Q(1, 2), Q(9, 10), Q(1), Q(1)] + [1 - Q(1, 10**k) for k in (3, 6, 9, 12, 15)])
    size = rng.choice([-300, -150, 0, 0, 0, 100, 150])
    rows = []
    for s in range(n):
        actions = []
        for _ in range(rng.randint(1, 3)):
            nexts = rng.sample(range(n + 1), rng.randint(1, n + 1))
            if s == 0 and gamma == 1 and n not in nexts:
                nexts.append(n)
            small = [Q(1, 10 ** rng.choice([1, 2, 6, 12, 16, 40, 300])) * rng.randint(1, 9) / 10 for _ in nexts[1:]]
            small = [x / (2 * len(nexts)) for x in small]
            probabilities = [1 - sum(small), *small]
            rng.shuffle(probabilities)
            reward = Q(rng.choice([-1, 0, 1, 1]) * rng.randint(1, 99), 7) * Q(10) ** (size + rng.choice([0, 0, 0, -8]))
            actions.append([(t, p, reward) for t, p in zip(nexts, probabilities)])
        rows.append(actions)
    # from every state a way to the terminal one, so that γ = 1 has values
    for s in range(1, n):
        if gamma == 1 and all(t >= s for a in rows[s] for t, _, _ in a):
            p = Q(1, 10 ** rng.choice([1, 6, 12]))
            rows[s][0] = [(s, 1 - p, Q(1) * Q(10) ** size), (s - 1, p, Q(0))]
    return gamma, rows


def written(gamma, rows):
    n = len(rows)
    most = max(len(actions) for actions in rows)
    lines = [f"discount: {gamma}", f"states: {n + 1}", f"actions: {most}", "initial: {0: 1}", f"terminal: [{n}]"]
    lines.append("transitions:")
    for s, actions in enumerate(rows):
        for a, outcomes in enumerate(actions):
            lines += [f"  - [{s}, {a}, {t}, {p}, {r}]" for t, p, r in outcomes]
    return "\n".join(lines) + "\n"


def solved(matrix, b):
    """x with A x = b, by elimination in fractions; None if A is singular."""
    n = len(b)
    rows = [[*row, y] for row, y in zip(matrix, b)]
    for k in range(n):
        pivot = next((i for i in range(k, n) if rows[i][k] != 0), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(n):
            if i != k and rows[i][k] != 0:
                rows[i] = [x - rows[i][k] * y for x, y in zip(rows[i], rows[k])]
    return [row[n] for row in rows]


def evaluated(gamma, rows, policy):
    """v and ρ of a policy, π[s][a]."""
    n = len(rows)
    p = [[Q(0)] * n for _ in range(n)]
    r = [Q(0)] * n
    for s, actions in enumerate(rows):
        for pi, outcomes in zip(policy[s], actions):
            for t, x, reward in outcomes:
                r[s] += pi * x * reward
                if t < n:
                    p[s][t] += pi * x
    a = [[(i == j) - gamma * p[i][j] for j in range(n)] for i in range(n)]
    v = solved(a, r)
    rho = solved([list(row) for row in zip(*a)], [Q(s == 0) for s in range(n)])
    return v, rho


def action_values(gamma, rows, v):
    after = [*v, Q(0)]
    return [[sum(p * (r + gamma * after[t]) for t, p, r in outcomes) for outcomes in actions] for actions in rows]


def truth(gamma, rows):
    n = len(rows)
    uniform = [[Q(1, len(actions))] * len(actions) for actions in rows]
    v, rho = evaluated(gamma, rows, uniform)
    if v is None:
        return None
    q = action_values(gamma, rows, v)
    advantage = [[x - v[s] if len(row) > 1 else Q(0) for x in row] for s, row in enumerate(q)]
    flat = lambda table: list(itertools.chain(*table))
    gradient = flat([[rho[s] * pi * a for pi, a in zip(uniform[s], advantage[s])] for s in range(n)])
    best = None
    for choice in itertools.product(*(range(len(actions)) for actions in rows)):
        rule = [[Q(a == c) for a in range(len(actions))] for c, actions in zip(choice, rows)]
        found = evaluated(gamma, rows, rule)[0]
        if found is None or not ends(gamma, rows, choice):
            continue
        best = found if best is None else [max(x, y) for x, y in zip(best, found)]
    return {
        "v": [*v, Q(0)],
        "q": flat(q),
        "advantage": flat(advantage),
        "occupancy": [*rho, Q(0)],
        "j": [v[0]],
        "gradient": gradient,
        "optimal": None if best is None else [*best, Q(0)],
    }


def ends(gamma, rows, choice):
    """Whether at γ = 1 a rule ends from every state."""
    if gamma < 1:
        return True
    n, safe = len(rows), {len(rows)}
    for _ in range(n):
        safe |= {s for s in range(n) if any(t in safe for t, _, _ in rows[s][choice[s]])}
    return len(safe) == n + 1


def run(program, command, path, *flags):
    done = subprocess.run([program, command, path, "--format", "json", "-q", *flags], capture_output=True, check=False)
    if done.returncode == 2 and done.stderr:
        return None
    if done.returncode not in (0, 1):
        raise SystemExit(f"{command} {flags}: exit {done.returncode}\n{done.stderr.decode()}")
    return json.loads(done.stdout)


def shown(x):
    """A fraction in a float's digits, however large."""
    return repr(float(x)) if abs(x) < 10**300 else f"10^300 * {float(x / 10**300)!r}" if abs(x) < 10**600 else "huge"


class Tally:
    def __init__(self):
        self.counts = {"within 1e-9": 0, "within their bound": 0, "refused": 0, "said to be unbounded": 0, "WRONG": 0}

    def refuse(self):
        self.counts["refused"] += 1

    def judge(self, what, found, expected, bounds, together, unbounded=False):
        """Numbers beside the truth; `together`: relative to the largest of them."""
        largest = max((abs(x) for x in expected), default=Q(0))
        for i, (x, y) in enumerate(zip(found, expected)):
            size = largest if together else abs(y)
            if x is None:
                self.counts["refused"] += 1
                continue
            off = abs(Q(x) - y)
            bound = bounds[i] if bounds else None
            if off <= CLOSE * size or off <= TINY:
                self.counts["within 1e-9"] += 1
            elif bound is not None and off <= Q(bound):
                self.counts["within their bound"] += 1
            elif unbounded:
                self.counts["said to be unbounded"] += 1
            else:
                self.counts["WRONG"] += 1
                print(f"{what}[{i}]: {x!r}, not {shown(y)}; bound {bound!r}")


def over_models(prepared, check):
    """Checks models until enough of them are usable, as the command line says: PROGRAM [MODELS [SEED]] [-v].

    `prepared(gamma, rows)` is what a check needs of a model, None where it is of no use; `check(program, path, gamma,
    rows, what was prepared, tally)` counts. Exits with 1 where anything is wrong.
    """
    program = sys.argv[1]
    models = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng, tally, made = random.Random(seed), Tally(), 0
    with tempfile.TemporaryDirectory() as folder:
        while made < models:
            gamma, rows = model(rng)
            known = prepared(gamma, rows)
            if known is None:
                continue
            path = pathlib.Path(folder) / f"{made}.yaml"
            path.write_text(written(gamma, rows))
            before = tally.counts["WRONG"]
            check(program, str(path), gamma, rows, known, tally)
            if tally.counts["WRONG"] > before:
                print(f"  in model {made}:\n{path.read_text()}" if "-v" in sys.argv else f"  in model {made}")
            made += 1
    print(f"{models} models, seed {seed}:", ", ".join(f"{n} {what}" for what, n in tally.counts.items()))
    sys.exit(tally.counts["WRONG"] > 0)


def always_ends(rows):
    """Whether every state leads to the end."""
    n, reached = len(rows), {len(rows)}
    for _ in rows:
        reached |= {s for s in range(n) if any(t in reached for a in rows[s] for t, _, _ in a)}
    return len(reached) > n


def check(program, path, gamma, _rows, right, tally):
    for flags in [(), ("--certify",)]:
        report = run(program, "evaluate", path, *flags)
        if report is None:
            tally.refuse()
            continue
        bounds = report.get("bounds", {})
        for name in ["v", "q", "advantage", "occupancy", "j"]:
            found, allowed = report[name], bounds.get(name)
            if name == "j":
                found, allowed = [found], [allowed] if allowed is not None else None
            beside = "advantage_error" if name == "advantage" else "value_error"
            # a bound that is infinite is `null`, and standard error says so
            unbounded = not flags and name != "occupancy" and report.get(beside, 0) is None
            if not flags and name != "occupancy" and report.get(beside) is not None:
                allowed = [report[beside]] * len(found)
            tally.judge(f"evaluate {' '.join(flags)} {name}", found, right[name], allowed, name == "advantage", unbounded)
    report = run(program, "gradient", path)
    if report is None:
        tally.refuse()
    else:
        tolerance = [report["tolerance"]] * len(right["gradient"])
        tally.judge("gradient", report["gradient"], right["gradient"], tolerance, True)
    report = run(program, "solve", path)
    if report is None:
        tally.refuse()
    elif right["optimal"] is not None:
        bound = report["error_bound"]
        bounds = None if bound is None else [bound] * len(right["optimal"])
        tally.judge(f"solve {gamma}", report["v"], right["optimal"], bounds, False, bound is None)


if __name__ == "__main__":
    over_models(truth, check)
