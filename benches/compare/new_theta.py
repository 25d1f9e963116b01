"""∇J of new parameters on FrozenLake 4x4 from Python, and in the library alone, on one core.

    cargo bench --bench new_theta --no-run       # names the program
    taskset -c 0 python benches/compare/new_theta.py PROGRAM

Each side makes 2,000 policies one after the other, each factored anew; the best of 15 runs, the two sides in turn.
"""

import subprocess
import sys
import time

import numpy as np

import exact_mdp

POLICIES, RUNS = 2_000, 15


def ours(model, thetas):
    begun = time.perf_counter()
    for theta in thetas:
        model.solve_policy(model.softmax(theta)).gradient
    return (time.perf_counter() - begun) / len(thetas) * 1e6


if __name__ == "__main__":
    model = exact_mdp.bundled("frozenlake-4x4")
    thetas = np.random.default_rng(0).normal(size=(POLICIES, len(model.pairs)))
    for _ in range(3):
        alone = float(subprocess.run(sys.argv[1:2], capture_output=True, check=True, text=True).stdout)
        python = min(ours(model, thetas) for _ in range(RUNS))
        print(f"library {alone:.2f} µs, Python {python:.2f} µs a policy: {python / alone:.2f} times")
