"""Mistakes that the dictionary does not hold: the verdict is wrong, and no name stands alone.

Run: EXACT_MDP=target/release/exact-mdp python3 tests/python/judge/unlisted.py SEED...
"""

import sys
from collections import Counter
from dataclasses import replace

import numpy as np

import plants
from pairs import judge, same, written


def unlisted(m):
    """name -> gradient of mistakes that nobody has listed."""
    pi, r, gamma = plants.softmax(m), (m.P * m.R).sum(axis=2), m.gamma
    g = plants.gradient(m)
    rng = np.random.default_rng(1)
    ends = (~m.alive).any()
    out = {
        "another-discount": plants.gradient(m, values=0.37),
        "another-weight": plants.gradient(m, weight=0.41),
        "both-discounts": plants.gradient(m, values=0.6, weight=0.6),
        "rewards-clipped": plants.gradient(replace(m, R=np.clip(m.R, -0.4, 0.4))),
        "rewards-absolute": plants.gradient(replace(m, R=np.abs(m.R))),
        "rewards-squared": plants.gradient(replace(m, R=m.R**2)),
        "rewards-signs": plants.gradient(replace(m, R=np.sign(m.R))),
        "rewards-rounded": plants.gradient(replace(m, R=np.round(m.R))),
        "noise": g + 0.01 * np.abs(g).max() * rng.normal(size=g.shape) * m.mask,
        "random": rng.normal(size=g.shape) * m.mask,
        "one-entry-off": g.copy(),
        "one-entry-twice": g.copy(),
        "squared": g * np.abs(g),
        "clipped": np.clip(g, -np.abs(g).max() / 3, np.abs(g).max() / 3),
        "signs-only": np.sign(g),
        "uniform-policy": plants.gradient(replace(m, theta=0 * m.theta)),
        "wrong-temperature": plants.gradient(replace(m, tau=2.5)),
        "theta-negated": plants.gradient(replace(m, theta=-m.theta)),
        "score-squared": plants.gradient(m, scored=lambda x: plants.dpi(pi, x * pi, m.tau)),
        "score-without-pi": plants.gradient(m, scored=lambda x: (x - (pi * x).sum(axis=1, keepdims=True)) * m.mask),
        "plain-mean-baseline-in-score": plants.gradient(
            m, scored=lambda x: (pi * x - (pi * x).sum(axis=1, keepdims=True) / np.maximum(m.mask.sum(axis=1), 1)[:, None]) * m.mask
        ),
        "start-only-first-state": plants.gradient(m, rho0=np.eye(len(pi))[0]),
        "start-last": plants.gradient(m, rho0=np.eye(len(pi))[int(np.nonzero(m.alive)[0][-1])]),
        "p-mixed": plants.gradient(replace(m, P=np.where(m.mask[:, :, None], 0.9 * m.P + 0.1 * m.P[:, :1], m.P))),
        "half-and-half": 0.5 * g + 0.5 * plants.gradient(m, rho0=m.alive / m.alive.sum()),
        "states-weighed-by-number": g * (1 + np.arange(len(g)))[:, None],
        "actions-weighed-by-number": g * (1 + np.arange(g.shape[1]))[None],
        "two-states-missing": g.copy(),
        "halves-of-two": g.copy(),
    }
    k = np.unravel_index(np.abs(g).argmax(), g.shape)
    out["one-entry-off"][k] *= 1.1
    out["one-entry-twice"][k] *= 2
    shown = [s for s in range(len(g)) if np.abs(g[s]).max() > 1e-3]
    out["two-states-missing"][shown[:2]] = 0
    out["halves-of-two"][shown[:2]] *= 0.5
    if m.horizon is None:
        v, q = plants.value(m, pi, gamma)
        rho = plants.visits(m, pi, gamma)[:, None]
        star = v.copy()
        for _ in range(5000):
            star = np.where(m.alive, np.where(m.mask, r + gamma * (m.P @ star), -np.inf).max(axis=1), 0)
        score = lambda x: plants.dpi(pi, x, m.tau)
        out |= {
            "optimal-values": score(rho * (r + gamma * m.P @ star)),
            "one-step-optimal": score(
                rho * (r + gamma * m.P @ np.where(m.alive, np.where(m.mask, q, -np.inf).max(axis=1), 0))
            ),
            "two-steps-undiscounted": score(rho * (r + m.P @ (pi * r).sum(axis=1))),
            "two-steps-then-value": score(rho * (r + gamma * m.P @ (pi * r).sum(axis=1) + gamma * m.P @ v)),
            "rewards-twice": score(rho * (2 * r + gamma * m.P @ v)),
            "reward-missing-discount-squared": score(rho * (gamma * r + gamma**2 * m.P @ v + 0.1 * r)),
            "mean-of-q-and-r": score(rho * (0.3 * q + 0.7 * r)),
            "q-squared": score(rho * q**2),
            "advantage-clipped": score(rho * np.clip(q - v[:, None], -0.2, 0.2)),
            "advantage-positive": score(rho * np.maximum(q - v[:, None], 0)),
            "advantage-normalised-by-state": score(rho * (q - v[:, None]) / (1 + np.abs(v))[:, None]),
            "start-value-learned": score(rho * (r + gamma * m.P @ (v + 0.3 * m.rho0))),
            "occupancy-squared": score(rho**2 * q),
            "occupancy-root": score(rho**0.5 * q),
            "values-of-other-policy": score(rho * plants.value(m, np.where(m.mask, 1 / np.maximum(m.mask.sum(axis=1), 1)[:, None], 0), gamma)[1]),
            "visits-of-other-policy": score(plants.visits(m, np.where(m.mask, 1 / np.maximum(m.mask.sum(axis=1), 1)[:, None], 0), gamma)[:, None] * q),
            "natural-without-inverse": score(rho * q / np.maximum(pi, 1e-9)),
            "lambda-of-wrong-value": score(rho * (r + gamma * m.P @ (0.5 * v + 0.5 * star))),
        }
    return {name: plants.flatten(m, x) for name, x in out.items()}


def campaign(seeds):
    counts = Counter()
    for seed, m, path in written(seeds):
        right = plants.flatten(m, plants.gradient(m))
        for name, x in unlisted(m).items():
            if same(x, right) or not np.isfinite(x).all():
                continue
            report = judge(path, x)
            found = [(d["name"], round(d["scale"], 6)) for d in report["diagnoses"]]
            kind = "not wrong" if report["verdict"] != "wrong" else f"{min(len(found), 2)} names"
            counts[kind] += 1
            if kind != "0 names":
                print(seed, m.name, name, report["verdict"], found[:4], report["diagnoses"][0]["says"] if found else "", flush=True)
    print(dict(counts))


if __name__ == "__main__":
    campaign([int(s) for s in sys.argv[1:]] or [100])
