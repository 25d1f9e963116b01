"""The long measurements behind docs/judge.md, too long for a test: 200 seeds of 100,000 episodes, and
10,000 right vectors that were rounded.

Run: EXACT_MDP=target/release/exact-mdp python tests/python/judge/campaign.py [samples|rounding]
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter

import numpy as np

import plants
from test_samples import BINARY, MODEL, episodes, returns

MISTAKES = [
    "right", "sign", "gamma-dropped", "gamma-twice", "occupancy-normalised", "reward-shifted", "return-from-next",
    "values-undiscounted",
]
GAMMA = 0.75


def estimates(drawn, mistake):
    """As test_samples.estimates, from episodes that are drawn once for all mistakes."""
    rewards, scores, running = drawn
    weight = GAMMA ** np.arange(rewards.shape[1])
    weight = weight ** {"gamma-dropped": 0, "gamma-twice": 2}.get(mistake, 1)
    if mistake == "reward-shifted":
        last = running & ~np.c_[running[:, 1:], np.zeros(len(running), bool)]
        rewards = np.where(last, rewards, np.c_[rewards[:, 1:], np.zeros(len(rewards))]) * running
    psi = returns(rewards, 1.0 if mistake == "values-undiscounted" else GAMMA)
    if mistake == "return-from-next":
        psi = np.c_[psi[:, 1:], np.zeros(len(psi))]
    x = np.einsum("t,nt,ntk->nk", weight, psi, scores)
    return {"sign": -x, "occupancy-normalised": (1 - GAMMA) * x}.get(mistake, x)


def judge(*arguments, **options):
    command = [BINARY, "judge", *arguments, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def samples(seeds=200, episodes_each=100_000):
    inconsistent, named, alone = Counter(), Counter(), Counter()
    with tempfile.TemporaryDirectory() as folder:
        policy, path = os.path.join(folder, "policy.yaml"), os.path.join(folder, "x.npy")
        with open(policy, "w") as file:
            file.write("parametrization: softmax\ntheta: [0.3, -0.2, 0.1, 0.4]\n")
        for seed in range(seeds):
            drawn = episodes(seed, episodes_each)
            for mistake in MISTAKES:
                np.save(path, estimates(drawn, mistake))
                report = judge(MODEL, "--policy", policy, "--samples", path)
                names = [d["name"] for d in report["diagnoses"]]
                inconsistent[mistake] += report["verdict"] == "inconsistent"
                named[mistake] += mistake in names
                alone[mistake] += names[:1] == [mistake]
    print(f"{seeds} seeds of {episodes_each} episodes: inconsistent, named, named first")
    for mistake in MISTAKES:
        print(f"{mistake:22} {inconsistent[mistake]:5} {named[mistake]:5} {alone[mistake]:5}")
    assert inconsistent["right"] <= 1  # at a rate of 1e-4: 2 of 200 would be 2e-4
    assert all(named[mistake] >= 0.9 * seeds for mistake in MISTAKES[1:])


def rounding(vectors=10_000):
    wrong, each = 0, vectors // (2 * len(plants.MODELS))
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        for model in plants.MODELS:
            path = os.path.join(folder, "model.yaml")
            with open(path, "w") as file:
                file.write(model.yaml())
            right = plants.flatten(model, plants.gradient(model))
            for size, kinds in [(1e-12, set()), (1e-6, {"float32"})]:
                for _ in range(each):
                    vector = right * (1 + size * rng.normal(size=len(right)))
                    report = judge(path, "--gradient", "-", input=json.dumps(vector.tolist()))
                    names = {d["name"] for d in report["diagnoses"]}
                    wrong += report["verdict"] != "right" or not names <= kinds
    print(f"{2 * each * len(plants.MODELS)} right vectors, rounded: {wrong} called wrong or given another name")
    assert wrong == 0


if __name__ == "__main__":
    for name in sys.argv[1:] or ["samples", "rounding"]:
        {"samples": samples, "rounding": rounding}[name]()
