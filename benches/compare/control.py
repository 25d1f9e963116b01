"""Times other programs on the models that `cargo bench --bench control -- --export DIR` wrote.

    python benches/compare/control.py DIR [quantecon] [jax] [mdpsolver]

Prints, for each model and program, the best time of several runs and the true error: the largest
difference from the exported values, which are certified. One thread.
"""

import os
import sys
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np
import scipy.sparse as sparse

TOLERANCE = 1e-9


class Model:
    """A model as arrays; terminal states get one action that stays, with reward 0."""

    def __init__(self, directory):
        read = lambda name, kind: np.fromfile(directory / name, kind)
        states, self.discount, self.certified = read("scalars", "<f8")
        self.states = int(states)
        self.v = read("v", "<f8")
        start, column = read("start", "<u8"), read("column", "<u8")
        state, action = read("state", "<u8"), read("action", "<u8")
        value, r = read("value", "<f8"), read("r", "<f8")
        ends = np.setdiff1d(np.arange(self.states), state)
        tail = start[-1] + 1 + np.arange(len(ends), dtype=np.uint64)
        p = sparse.csr_matrix(
            (
                np.append(value, np.ones(len(ends))),
                np.append(column, ends).astype(np.int32),
                np.append(start, tail).astype(np.int64),
            ),
            shape=(len(r) + len(ends), self.states),
        )
        self.state = np.append(state, ends).astype(np.int64)
        self.action = np.append(action, np.zeros(len(ends))).astype(np.int64)
        self.r = np.append(r, np.zeros(len(ends)))
        order = np.lexsort((self.action, self.state))
        self.state, self.action, self.r = self.state[order], self.action[order], self.r[order]
        self.p = p[order]


def quantecon(model):
    from quantecon.markov import DiscreteDP

    p, state, action, r = model.p, model.state, model.action, model.r
    if p.nnz > 0.5 * p.shape[0] * p.shape[1]:
        actions = action.max() + 1
        problem = DiscreteDP(
            r.reshape(model.states, actions),
            p.toarray().reshape(model.states, actions, model.states),
            model.discount,
        )
    else:
        problem = DiscreteDP(r, p, model.discount, state, action)
    return lambda: problem.solve(method="mpi", epsilon=TOLERANCE, max_iter=10**6).v


def jax(model):
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    if model.p.nnz != len(model.r):
        raise NotImplementedError("value iteration in JAX is written for certain steps")
    actions = model.action.max() + 1
    table = np.full((model.states, actions), -np.inf)
    successor = np.zeros((model.states, actions), np.int32)
    table[model.state, model.action] = model.r
    successor[model.state, model.action] = model.p.indices
    table, successor, gamma = jnp.array(table), jnp.array(successor), model.discount

    @jax.jit
    def solve():
        def body(carry):
            v, _ = carry
            new = jnp.max(table + gamma * v[successor], axis=1)
            return new, jnp.max(jnp.abs(new - v))

        enough = TOLERANCE * (1 - gamma)
        return jax.lax.while_loop(lambda c: c[1] > enough, body, (jnp.zeros(model.states), 1.0))[0]

    return lambda: np.asarray(solve().block_until_ready())


def mdpsolver(model):
    import mdpsolver as package

    rows = [[] for _ in range(model.states)]
    columns = [[] for _ in range(model.states)]
    rewards = [[] for _ in range(model.states)]
    for pair, state in enumerate(model.state):
        span = slice(model.p.indptr[pair], model.p.indptr[pair + 1])
        rows[state].append(model.p.data[span].tolist())
        columns[state].append(model.p.indices[span].tolist())
        rewards[state].append(float(model.r[pair]))
    problem = package.model()
    problem.mdp(
        discount=model.discount, rewards=rewards, tranMatWithZeros=None, tranMatElems=rows, tranMatColumns=columns
    )

    def run():
        problem.solve(algorithm="mpi", tolerance=TOLERANCE, parallel=False, verbose=False)
        return np.array(problem.getValueVector())

    return run


def best(run, seconds=3.0, most=1000):
    v, least, runs = run(), np.inf, 0
    begin, used = time.perf_counter(), time.process_time()
    while runs < most and (runs < 3 or time.perf_counter() - begin < seconds):
        start = time.perf_counter()
        v = run()
        least = min(least, time.perf_counter() - start)
        runs += 1
    return v, least, (time.process_time() - used) / runs


def main():
    directory, chosen = Path(sys.argv[1]), sys.argv[2:] or ["quantecon", "jax", "mdpsolver"]
    programs = {"quantecon": quantecon, "jax": jax, "mdpsolver": mdpsolver}
    for path in sorted(directory.iterdir()):
        model = Model(path)
        for name in chosen:
            try:
                v, least, used = best(programs[name](model))
            except Exception as failure:
                print(f"{path.name:20} {name:10} {failure}")
                continue
            error = np.abs(v[: model.states] - model.v).max()
            print(f"{path.name:20} {name:10} {1e3 * least:12.3f} ms wall {1e3 * used:12.3f} ms processor  true error {error:.1e}", flush=True)


main()
