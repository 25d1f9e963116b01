"""REINFORCE by jitted, vectorised JAX, the yardstick of benches/simulator.rs.

One core: XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1" \
    taskset -c 0 python benches/compare/simulator_jax.py

Trajectories of at most 100 steps, padded; reward-to-go with discounts, tabular softmax at theta = 0.
Only the sum of the estimate is accumulated: no variance, which our simulator sums as well.
"""

import time

import jax
import jax.numpy as jnp
import numpy as np

STEPS, BATCH, DISCOUNT = 100, 10_000, 0.99


def frozen_lake():
    """Outcomes [S, A, 3]: next state, cumulative probability, reward; terminal states loop."""
    cells = "SFFFFHFHFFFHHFFG"
    move = [(0, -1), (1, 0), (0, 1), (-1, 0)]
    next_state = np.zeros((16, 4, 3), np.int32)
    reward = np.zeros((16, 4, 3), np.float32)
    for s, a, k in np.ndindex(16, 4, 3):
        row, column = divmod(s, 4)
        dr, dc = move[(a + k - 1) % 4]
        t = min(max(row + dr, 0), 3) * 4 + min(max(column + dc, 0), 3)
        t = s if cells[s] in "HG" else t
        next_state[s, a, k] = t
        reward[s, a, k] = float(cells[t] == "G" and cells[s] not in "HG")
    cumulative = np.broadcast_to(np.arange(1, 4, dtype=np.float32) / 3, (16, 4, 3))
    alive = np.array([c not in "HG" for c in cells])
    return next_state, cumulative, reward, alive, np.zeros(BATCH, np.int32)


def garnet(states=1000, actions=4, branching=5):
    rng = np.random.default_rng(7)
    next_state = rng.integers(0, states, (states, actions, branching), dtype=np.int32)
    p = rng.random((states, actions, branching)) + 0.05
    cumulative = np.cumsum(p / p.sum(-1, keepdims=True), -1).astype(np.float32)
    reward = rng.uniform(-1, 1, (states, actions, branching)).astype(np.float32)
    start = rng.integers(0, states, BATCH, dtype=np.int32)
    return next_state, cumulative, reward, np.ones(states, bool), start


def batch(model):
    next_state, cumulative, reward, alive, start = map(jnp.asarray, model)
    actions = next_state.shape[1]

    def step(state, key):
        u = jax.random.uniform(key, (2, BATCH))
        action = (u[0] * actions).astype(jnp.int32)  # the uniform policy, by hand
        outcome = (u[1][:, None] > cumulative[state, action]).sum(-1)
        outcome = jnp.minimum(outcome, next_state.shape[2] - 1)
        live = alive[state]
        out = (state, action, jnp.where(live, reward[state, action, outcome], 0.0), live)
        return next_state[state, action, outcome], out

    def run(key):
        keys = jax.random.split(key, STEPS)
        _, (states, chosen, rewards, live) = jax.lax.scan(step, start, keys)

        def back(g, r):
            g = r + DISCOUNT * g
            return g, g

        _, returns = jax.lax.scan(back, jnp.zeros(BATCH), rewards, reverse=True)
        weights = DISCOUNT ** jnp.arange(STEPS)[:, None] * returns * live
        pairs = (states * actions + chosen).ravel()
        by_pair = jax.ops.segment_sum(weights.ravel(), pairs, next_state.shape[0] * actions)
        by_pair = by_pair.reshape(-1, actions)
        return by_pair - by_pair.sum(-1, keepdims=True) / actions, live.sum()

    return jax.jit(run)


if __name__ == "__main__":
    for name, model in [("frozen-lake", frozen_lake()), ("garnet", garnet())]:
        run = batch(model)
        jax.block_until_ready(run(jax.random.key(0)))
        rates = []
        for i in range(1, 8):
            began = time.process_time()
            _, steps = jax.block_until_ready(run(jax.random.key(i)))
            rates.append(BATCH / (time.process_time() - began))
        print(f"{name}: {max(rates) / 1e6:.3f} million trajectories per CPU second, "
              f"{int(steps) / BATCH:.1f} steps each")
