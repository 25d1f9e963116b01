"""Random models whose trajectories are drawn here: samples that are cut after T steps, with and without a mistake, and right numbers of
trajectories in 64 bits, in 32 and in both.

Run: EXACT_MDP=target/release/exact-mdp python tests/python/judge/drawn.py [MODELS] [SEED]
"""

import json
import os
import sys
import tempfile
from collections import Counter
from fractions import Fraction

import numpy as np

from campaign import judge

ROWS = 20_000


class Drawn:
    """A model of a few states, every one of which may end if `ends`, and runs of its softmax policy of at most T steps."""

    def __init__(self, generator, runs, steps, ends):
        self.states, self.actions = generator.integers(2, 5), generator.integers(2, 4)
        self.gamma = float(generator.choice([0.7, 0.9, 0.95]))
        shape = (self.states, self.actions)
        self.p = np.zeros(shape + (self.states + 1,))
        for state, action in np.ndindex(shape):
            next_states = generator.choice(self.states, size=generator.integers(1, 3), replace=False)
            weights = generator.integers(1, 5, size=len(next_states))
            self.p[state, action, next_states] = weights
            self.p[state, action, -1] = int(ends)
            self.p[state, action] /= self.p[state, action].sum()
        self.r = np.round(2 * generator.normal(size=shape), 2)
        self.theta = np.round(generator.normal(size=shape), 1)
        self.pi = np.exp(self.theta) / np.exp(self.theta).sum(1, keepdims=True)
        onward = np.einsum("sa,san->sn", self.pi, self.p[:, :, :-1])
        v = np.linalg.solve(np.eye(self.states) - self.gamma * onward, (self.pi * self.r).sum(1))
        self.v = np.append(v, 0.0)
        self.q = self.r + self.gamma * self.p @ self.v
        self.runs = [self.run(generator, steps) for _ in range(runs)]

    def run(self, generator, steps):
        state, run = 0, []
        while state < self.states and len(run) < steps:
            action = generator.choice(self.actions, p=self.pi[state])
            following = generator.choice(self.states + 1, p=self.p[state, action])
            run.append((state, int(action), float(self.r[state, action]), int(following)))
            state = int(following)
        return run

    def write(self, folder):
        """The paths of the model and of the policy."""
        names = [f"s{i}" for i in range(self.states)] + ["end"]
        rows = [
            [names[s], f"a{a}", names[n], str(Fraction(p).limit_denominator(60)), self.r[s, a]]
            for (s, a, n), p in np.ndenumerate(self.p) if p > 0
        ]
        model = {
            "discount": self.gamma, "states": names, "actions": [f"a{a}" for a in range(self.actions)],
            "initial": "s0", "terminal": ["end"], "transitions": rows,
        }
        paths = [os.path.join(folder, name) for name in ("model.yaml", "policy.yaml")]
        for path, content in zip(paths, (model, {"parametrization": "softmax", "theta": self.theta.ravel().tolist()})):
            with open(path, "w") as file:
                json.dump(content, file)
        return paths

    def backwards(self, run, term, decay, kind=np.float64):
        """x_t = term_t + decay x_{t+1}, with a 0 behind."""
        x = np.zeros(len(run) + 1, kind)
        for t in range(len(run) - 1, -1, -1):
            x[t] = kind(term(*run[t])) + kind(decay) * x[t + 1]
        return x

    def to_go(self, run, kind=np.float64):
        return self.backwards(run, lambda s, a, r, n: r, self.gamma, kind)

    def gae(self, run, lambda_, kind=np.float64):
        v = self.v.astype(kind)
        residual = lambda s, a, r, n: kind(r) + kind(self.gamma) * v[n] - v[s]
        return self.backwards(run, residual, kind(self.gamma) * kind(lambda_), kind)

    def sums(self, credits, weight, kind=np.float64):
        """Σ wᵗ ∇log π(Aₜ|Sₜ) Ψₜ of every run [N, d]."""
        x, pi = np.zeros((len(self.runs), self.states, self.actions), kind), self.pi.astype(kind)
        for row, run, credit in zip(x, self.runs, credits):
            power = kind(1)
            for (state, action, _, _), psi in zip(run, credit):
                row[state] -= power * psi * pi[state]
                row[state, action] += power * psi
                power *= kind(weight)
        return x.reshape(len(x), -1)


def cut_samples(m, steps):
    """Rows of a cut, by the estimator and the mistake that is in them."""
    to_go, values = [m.to_go(run) for run in m.runs], [[m.q[s, a] for s, a, _, _ in run] for run in m.runs]
    right, exact = m.sums(to_go, m.gamma), m.sums(values, m.gamma)
    return {
        ("reward-to-go", None): right, ("reward-to-go", "sign"): -right, ("reward-to-go", "scale"): 2.5 * right,
        ("reward-to-go", "gamma-twice"): m.sums(to_go, m.gamma**2), ("reward-to-go", "gamma-dropped"): m.sums(to_go, 1.0),
        ("reward-to-go", "return-from-next"): m.sums([x[1:] for x in to_go], m.gamma),
        ("q", None): exact, ("q", "sign"): -exact,
    }


def cuts(models, seed, counts):
    generator = np.random.default_rng(seed)
    for _ in range(models):
        steps = int(generator.integers(2, 6))
        m = Drawn(generator, ROWS, steps, generator.random() < 0.6)
        with tempfile.TemporaryDirectory() as folder:
            model, policy = m.write(folder)
            path = os.path.join(folder, "rows.npy")
            for (estimator, mistake), rows in cut_samples(m, steps).items():
                np.save(path, rows)
                asked = (model, "--policy", policy, "--samples", path, "--truncation", str(steps), "--as", estimator)
                report = judge(*asked)
                names = [name for one in report["diagnoses"] for name in one["name"].split("+")]
                if mistake is None:
                    counts["right samples"] += 1
                    counts["alarms"] += report["verdict"] == "inconsistent"
                elif report["verdict"] == "inconsistent":
                    counts["wrong samples seen"] += 1
                    counts["named"] += mistake in names


def precisions(models, seed, counts):
    generator = np.random.default_rng(seed)
    for _ in range(models):
        m = Drawn(generator, 40, 200, True)
        columns = {
            "states": [[step[0] for step in run] + [run[-1][3]] for run in m.runs],
            "actions": [[step[1] for step in run] for run in m.runs],
            "rewards": [[step[2] for step in run] for run in m.runs],
        }
        with tempfile.TemporaryDirectory() as folder:
            model, policy = m.write(folder)
            path = os.path.join(folder, "runs.json")
            for lambda_ in (None, 0.8, 0.95):
                for of, kind in ((np.float64, np.float64), (np.float32, np.float32), (np.float32, np.float64)):
                    psi = [m.to_go(run, of) if lambda_ is None else m.gae(run, lambda_, of) for run in m.runs]
                    rows = m.sums([x.astype(kind) for x in psi], m.gamma, kind).astype(float)
                    for name, numbers in (("contributions", rows), ("estimate", rows.mean(0))):
                        with open(path, "w") as file:
                            json.dump(columns | {name: numbers.tolist()}, file)
                        verdict = judge(model, "--policy", policy, "--trajectories", path)["given"][-1]["verdict"]
                        counts[f"right numbers {verdict}"] += 1


if __name__ == "__main__":
    models = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    counts = Counter()
    cuts(models, seed, counts)
    precisions(models, seed, counts)
    print(dict(counts))
    assert counts["alarms"] == 0 and counts["right numbers wrong"] == 0
    assert counts["named"] >= 0.95 * counts["wrong samples seen"]
