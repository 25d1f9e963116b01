"""1,000 plain exact ascent steps in NumPy and in jitted JAX, on the models of benches/ascent.rs.

    OPENBLAS_NUM_THREADS=1 python benches/compare/ascent.py [jax] [numpy]

Each line is the best wall time and the mean processor time of a few runs of 1,000 steps, and J at
the end, which `cargo bench --bench ascent -- --print` prints for ours. One thread.
"""

import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np

STEPS, STEP = 1000, 0.1


def lake():
    """p [16, 4, 16] and r [16, 4] of FrozenLake 4x4; rows of terminal states are empty."""
    cells = "SFFFFHFHFFFHHFFG"
    p, r = np.zeros((16, 4, 16)), np.zeros((16, 4))
    ways = [(0, -1), (1, 0), (0, 1), (-1, 0)]
    for cell in range(16):
        if cells[cell] in "HG":
            continue
        for action in range(4):
            for turn in (-1, 0, 1):
                down, right = ways[(action + turn) % 4]
                row = min(max(cell // 4 + down, 0), 3)
                column = min(max(cell % 4 + right, 0), 3)
                following = 4 * row + column
                r[cell, action] += (cells[following] == "G") / 3
                if cells[following] not in "HG":
                    p[cell, action, following] += 1 / 3
    return p, r, np.eye(16)[0], 0.99


def dense():
    """The dense model of benches/ascent.rs: 200 states, 4 actions."""
    state, states = 7, 200

    def random():
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return ((state >> 11) + 1) / 2**53

    p, r = np.zeros((states, 4, states)), np.zeros((states, 4))
    for s in range(states):
        for a in range(4):
            row = np.array([random() for _ in range(states)])
            p[s, a], r[s, a] = row / row.sum(), random()
    return p, r, np.full(states, 1 / states), 0.95


def climb(xp, model, linear):
    """θ ← θ + η ∇J from θ = 0; one step as a function of θ, with J before it."""
    p, r, initial, gamma = model

    def step(theta):
        weights = xp.exp(theta - theta.max(axis=1, keepdims=True))
        pi = weights / weights.sum(axis=1, keepdims=True)
        a = xp.eye(len(initial)) - gamma * xp.einsum("sa,sat->st", pi, p)
        v, rho = linear(a, (pi * r).sum(axis=1), initial)
        advantage = r + gamma * p @ v - v[:, None]
        return theta + STEP * rho[:, None] * pi * advantage, initial @ v

    return step


def in_numpy(model):
    import scipy.linalg

    def linear(a, r, initial):
        factors = scipy.linalg.lu_factor(a, check_finite=False)
        solve = lambda b, transposed: scipy.linalg.lu_solve(factors, b, transposed, check_finite=False)
        return solve(r, 0), solve(initial, 1)

    step = climb(np, model, linear)

    def run():
        theta = np.zeros(model[1].shape)
        for _ in range(STEPS):
            theta, _ = step(theta)
        return step(theta)[1]

    return run


def in_jax(model):
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def linear(a, r, initial):
        factors = jax.scipy.linalg.lu_factor(a)
        solve = lambda b, transposed: jax.scipy.linalg.lu_solve(factors, b, trans=transposed)
        return solve(r, 0), solve(initial, 1)

    p, r, initial, gamma = model
    step = climb(jnp, (jnp.array(p), jnp.array(r), jnp.array(initial), gamma), linear)

    @jax.jit
    def run(theta):
        theta, j = jax.lax.scan(lambda theta, _: step(theta), theta, None, length=STEPS)
        return step(theta)[1]

    start = jnp.zeros(r.shape)
    return lambda: float(run(start).block_until_ready())


def main():
    programs = {"jax": in_jax, "numpy": in_numpy}
    for name, model in (("frozen_lake", lake()), ("dense_200", dense())):
        for program in sys.argv[1:] or programs:
            run = programs[program](model)
            j, least, runs = run(), np.inf, 0
            begin, used = time.perf_counter(), time.process_time()
            while runs < 3 or (runs < 100 and time.perf_counter() - begin < 3):
                start = time.perf_counter()
                run()
                least = min(least, time.perf_counter() - start)
                runs += 1
            used = (time.process_time() - used) / runs
            print(f"{name:12} {program:6} {1e3 * least:10.2f} ms wall {1e3 * used:10.2f} ms processor  J {j:.15f}", flush=True)


main()
