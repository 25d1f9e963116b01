"""Mistakes of the dictionary and all pairs of them that can be made together, in NumPy, on random models.

Run: EXACT_MDP=target/release/exact-mdp python3 tests/python/judge/pairs.py SEED...
prints what is not named, and counts.
"""

import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter

import numpy as np

import plants

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")

# name -> which choice is made otherwise, and how
CHOICES = {
    "sign": ("sign", -1.0),
    "gamma-dropped": ("weight", 1.0),
    "gamma-twice": ("weight", "square"),
    "initial-uniform": ("start", "alive"),
    "values-undiscounted": ("values", 1.0),
    "values-twice-discounted": ("values", "square"),
    "reward-only": ("values", 0.0),
    "reward-shifted": ("reward", "shifted"),
    "reward-of-next": ("reward", "next"),
    "return-from-next": ("psi", "next"),
    "baseline-of-next": ("psi", "baseline"),
    "last-step-missing": ("psi", "no-last"),
    "residual-undiscounted": ("psi", "residual"),
    "first-step-missing": ("first", True),
    "score-without-mean": ("score", "bare"),
    "score-of-next": ("score", "next"),
    "temperature-forgotten": ("heat", True),
    "occupancy-normalised": ("norm", "horizon"),
    "per-step-mean": ("norm", "steps"),
    "transposed": ("flow", True),
    "action-reversed": ("order", "actions"),
    "permuted": ("order", "columns"),
    "state-missing": ("gone", "state"),
    "action-missing": ("gone", "action"),
}


def credited(m, how):
    """The reward of an outcome [S, A, S] as credited to its step."""
    pi, r = plants.softmax(m), (m.P * m.R).sum(axis=2)
    if how == "shifted":
        later = np.broadcast_to((pi * r).sum(axis=1), m.P.shape)
        return np.where(m.alive, later, m.R)
    if how == "next":
        return np.broadcast_to(np.where(m.mask, r, 0).T[None], m.P.shape)
    return m.R


def made(m, choices):
    """grad J with these choices made otherwise, by time or by linear systems; None if it does not exist."""
    at = lambda choice, right: dict(choices).get(choice, right)
    pi, gamma = plants.softmax(m), m.gamma
    number = lambda x: gamma**2 if x == "square" else x
    weight, values = number(at("weight", gamma)), number(at("values", gamma))
    ends = (~m.alive).any()
    if m.horizon is None and not ends and (weight >= 1 or values >= 1 or at("norm", "") == "steps"):
        return None
    if m.horizon is not None and at("flow", False):
        return None
    Ppi = np.einsum("sa,sat->st", pi, m.P)
    rewards = credited(m, at("reward", ""))
    start = m.alive / m.alive.sum() if at("start", "") else m.rho0 * m.alive
    T = m.horizon
    if T is None:
        v = np.linalg.solve(np.eye(len(pi)) - values * Ppi, (pi[:, :, None] * m.P * rewards).sum(axis=(1, 2)))
        flow = Ppi if at("flow", False) else Ppi.T
        mass = np.linalg.solve(np.eye(len(pi)) - weight * flow, start)
        own = np.linalg.solve(np.eye(len(pi)) - gamma * Ppi, (pi[:, :, None] * m.P * rewards).sum(axis=(1, 2)))
        steps = [(mass - start if at("first", False) else mass, rewards, v, False, own if values == 0 else v)]
    else:
        steps, v, own = [], np.zeros(len(pi)), np.zeros(len(pi))
        mass = [start]
        for t in range(1, T):
            mass.append(weight * mass[-1] @ Ppi)
        for t in reversed(range(T)):
            paid = m.R if t == T - 1 and at("reward", "") == "shifted" else rewards
            if not (t == 0 and at("first", False)):
                steps.append((mass[t], paid, v, t == T - 1, own if values == 0 else v))
            own = (pi[:, :, None] * m.P * (paid + gamma * own)).sum(axis=(1, 2))
            v = (pi[:, :, None] * m.P * (paid + values * v)).sum(axis=(1, 2))
    g = np.zeros(m.mask.shape)
    for rho, paid, v, last, baseline in steps:
        later = np.broadcast_to(v, m.P.shape)
        base = np.broadcast_to(baseline, m.P.shape)
        psi = {
            "": paid + values * later,
            "next": later,
            "baseline": paid + (0 if values == 0 else values) * later - base,
            "residual": paid + later,
            "no-last": np.where(m.alive & (not last), paid + values * later, 0),
        }[at("psi", "")]
        w = rho[:, None, None] * pi[:, :, None] * m.P * psi
        if at("score", "") == "next":
            w = np.einsum("sat->ta", w) * m.mask
        else:
            w = w.sum(axis=2)
        g += w if at("score", "") == "bare" else w - pi * w.sum(axis=1, keepdims=True)
    g = g / (1.0 if at("heat", False) else m.tau) * at("sign", 1.0)
    if at("norm", "") == "horizon":
        g = g * (1 - gamma)
    if at("norm", "") == "steps":
        if at("start", ""):
            return None  # of which start the steps are is not clear
        g = g / plants.steps(m)
    if at("gone", "") == "state":
        g[max(range(len(g)), key=lambda s: np.abs(g[s]).max())] = 0
    if at("gone", "") == "action":
        g[:, max(range(g.shape[1]), key=lambda a: np.abs(g[:, a]).max())] = 0
    if at("order", "") == "actions":
        return np.concatenate([g[s][m.mask[s]][::-1] for s in np.nonzero(m.alive)[0]])
    if at("order", "") == "columns":
        return g[m.alive].T.ravel() if m.mask[m.alive].all() else None
    return plants.flatten(m, g)


def judge(path, vector):
    command = [BINARY, "judge", path, "--gradient", "-", "--format", "json"]
    done = subprocess.run(command, input=json.dumps(vector.tolist()), capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def models(seed):
    yield plants.garnet("episodic", seed, 6, 3, 0.85, ends=1)
    yield plants.garnet("ragged", seed + 1, 8, 4, 0.9, ends=2, ragged=True, tau=0.5)
    yield plants.garnet("continuing", seed + 2, 5, 3, 0.8)
    yield plants.garnet("horizon", seed + 3, 5, 3, 0.9, horizon=5, ends=1)
    yield plants.garnet("total", seed + 4, 7, 3, 1.0, ends=1)


def planted(m):
    """name -> gradient: the single mistakes, and the pairs that no single one makes as well."""
    right = made(m, [])
    visible = lambda x: x is not None and np.isfinite(x).all() and 1e-12 < np.abs(x).max() < 1e10
    out = {}
    for names in [*([name] for name in CHOICES), *map(list, itertools.combinations(CHOICES, 2))]:
        chosen = [CHOICES[name] for name in names]
        # r + P v of which values, where only rewards count, is not clear
        if len({choice for choice, _ in chosen}) < len(chosen) or set(names) == {"reward-only", "residual-undiscounted"}:
            continue
        x = made(m, chosen)
        if visible(x) and not same(x, right) and not any(same(x, y) for name, y in out.items() if "+" not in name):
            out["+".join(sorted(names))] = x
    return out


def same(x, y):
    return np.abs(x - y).max() <= 1e-9 * max(np.abs(x).max(), np.abs(y).max())


def found(path, vector):
    report = judge(path, vector)
    return report["verdict"], ["+".join(sorted(d["name"].split("+"))) for d in report["diagnoses"]]


def written(seeds):
    """The models of each seed, and the file in which each of them stands for the time being."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.yaml")
        for seed in seeds:
            for m in models(seed):
                with open(path, "w") as file:
                    file.write(m.yaml())
                yield seed, m, path


def campaign(seeds):
    counts = Counter()
    for seed, m, path in written(seeds):
        for name, x in planted(m).items():
            verdict, names = found(path, x)
            kind = "first" if names[:1] == [name] else "named" if name in names else "other names" if names else "no name"
            counts["pair" if "+" in name else "single", kind] += 1
            if verdict != "wrong" or name not in names:
                print(seed, m.name, name, verdict, names, flush=True)
    for key, count in sorted(counts.items()):
        print(*key, count)


if __name__ == "__main__":
    campaign([int(seed) for seed in sys.argv[1:]] or [1000])
