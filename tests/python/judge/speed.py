"""How long `judge` takes: a sample of 10^6 x 44 numbers beside NumPy, the dictionary on FrozenLake 8x8.

Run: EXACT_MDP=target/release/exact-mdp python tests/python/judge/speed.py
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

from test_samples import BINARY

MODELS = os.path.join(os.path.dirname(__file__), "../../../mdps")
NUMPY = 'import numpy as np; x = np.load("{}"); print(x.mean(axis=0)[0], np.cov(x.T)[0, 0])'


def seconds(command):
    best = np.inf
    for _ in range(5):
        begun = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        best = min(best, time.perf_counter() - begun)
        assert done.returncode in (0, 1), done.stderr
    return best


def gradient(model):
    done = subprocess.run(
        [BINARY, "gradient", model, "--policy", "random:1", "-q", "--format", "json"], capture_output=True, text=True
    )
    return np.array(json.loads(done.stdout)["gradient"])


with tempfile.TemporaryDirectory() as folder:
    rng = np.random.default_rng(0)
    model, path = f"{MODELS}/frozenlake-4x4.yaml", os.path.join(folder, "x.npy")
    right = gradient(model)
    np.save(path, right + 0.01 * rng.normal(size=(10**6, len(right))))
    ours = seconds([BINARY, "judge", model, "--policy", "random:1", "--samples", path])
    theirs = seconds([sys.executable, "-c", NUMPY.format(path)])
    print(f"samples of 10^6 x {len(right)}: {ours:.2f} s, NumPy's load, mean and covariance {theirs:.2f} s: {ours / theirs:.2f}")
    model, path = f"{MODELS}/frozenlake-8x8.yaml", os.path.join(folder, "g.json")
    right = gradient(model)
    noise = right + 0.1 * np.abs(right).max() * rng.normal(size=len(right))
    for name, vector in [("right", right), ("sign", -right), ("scale", 2.7 * right), ("none", noise)]:
        with open(path, "w") as file:
            json.dump(vector.tolist(), file)
        ours = seconds([BINARY, "judge", model, "--policy", "random:1", "--gradient", path])
        print(f"FrozenLake 8x8, {len(right)} parameters, {name}: {1e3 * ours:.0f} ms")
