"""`m.batch` of 10,000 tabular softmax policies beside jitted, vectorised JAX in float64 on one core.

    XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1" OPENBLAS_NUM_THREADS=1 \
        taskset -c 0 python benches/compare/batch_jax.py

Both give J, v and the gradient of every policy from theta on. JAX runs by hand on the states that act
alone, in three forms, of which the fastest counts: one LU of LAPACK for both systems under `vmap`;
the adjoint of `jnp.linalg.solve` by `value_and_grad`; and an elimination without pivoting (the systems
are diagonally dominant) whose innermost axis is the policies, so that it fills wide registers.
"""

import time

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import lu_factor, lu_solve

import exact_mdp

POLICIES = 10_000


class Dense:
    """P [S, A, S] and r [S, A] among the states that act, which all have the same actions."""

    def __init__(self, model):
        acting = np.flatnonzero(~model.terminal)
        actions = len(model.pairs) // len(acting)
        outcomes = model.outcomes
        p = np.zeros((len(model.pairs), len(model)))
        pair = np.repeat(np.arange(len(model.pairs)), np.diff(outcomes.indptr))
        np.add.at(p, (pair, outcomes.successors), outcomes.probabilities)
        self.p = jnp.asarray(p[:, acting].reshape(len(acting), actions, len(acting)))
        self.r = jnp.asarray(np.asarray(model.rewards).reshape(len(acting), actions))
        self.start = jnp.asarray(model.initial[acting])
        self.discount = model.discount
        self.eye = jnp.eye(len(acting))

    def chain(self, theta):
        pi = jax.nn.softmax(theta, axis=-1)
        return pi, self.eye - self.discount * jnp.einsum("sa,sat->st", pi, self.p), (pi * self.r).sum(-1)

    def answers(self, pi, v, rho):
        q = self.r + self.discount * self.p @ v
        return self.start @ v, v, rho[:, None] * pi * (q - v[:, None])


def by_lu(dense):
    """One LU for v and for the occupancy."""

    def one(theta):
        pi, system, reward = dense.chain(theta)
        factors = lu_factor(system)
        return dense.answers(pi, lu_solve(factors, reward), lu_solve(factors, dense.start, trans=1))

    return jax.jit(jax.vmap(one))


def by_autodiff(dense):
    """What one would write first."""

    def value(theta):
        _, system, reward = dense.chain(theta)
        v = jnp.linalg.solve(system, reward)
        return dense.start @ v, v

    def one(theta):
        (j, v), gradient = jax.value_and_grad(value, has_aux=True)(theta)
        return j, v, gradient

    return jax.jit(jax.vmap(one))


def by_elimination(dense, block):
    """Policies on the innermost axis, in blocks that stay in the cache."""
    n = dense.eye.shape[0]

    def some(thetas):
        pi = jax.nn.softmax(thetas, axis=-1)
        system = dense.eye[:, :, None] - dense.discount * jnp.einsum("ksa,sat->stk", pi, dense.p)
        reward = jnp.einsum("ksa,sa->sk", pi, dense.r)

        def solve(matrix, right):
            def eliminate(i, both):
                matrix, right = both
                row = matrix[i] / matrix[i, i]
                known = right[i] / matrix[i, i]
                factor = jnp.where(jnp.arange(n)[:, None] == i, 0.0, matrix[:, i])
                matrix = matrix - factor[:, None] * row[None]
                right = right - factor * known
                return matrix.at[i].set(row), right.at[i].set(known)

            both = (matrix, right)
            if n <= 16:
                for i in range(n):
                    both = eliminate(i, both)
                return both[1]
            return jax.lax.fori_loop(0, n, eliminate, both)[1]

        v = solve(system, reward)
        start = jnp.broadcast_to(dense.start[:, None], v.shape)
        rho = solve(system.transpose(1, 0, 2), start)
        q = dense.r[:, :, None] + dense.discount * jnp.einsum("sat,tk->sak", dense.p, v)
        gradient = rho.T[:, :, None] * pi * (q.transpose(2, 0, 1) - v.T[:, :, None])
        return dense.start @ v, v.T, gradient

    def all_of(thetas):
        blocks = thetas.reshape(-1, block, *thetas.shape[1:])
        j, v, gradient = jax.lax.map(some, blocks)
        return j.reshape(-1), v.reshape(-1, n), gradient.reshape(thetas.shape)

    return jax.jit(all_of)


def best(runs, f):
    times = []
    for _ in range(runs):
        begun = time.process_time()
        f()
        times.append(time.process_time() - begun)
    return min(times)


def compare(name, model, runs, forms):
    thetas = np.random.default_rng(0).normal(size=(POLICIES, len(model.pairs)))
    ours = best(runs, lambda: model.batch(thetas))
    print(f"{name}: exact_mdp {POLICIES / ours:,.0f} policies a second ({ours / POLICIES * 1e6:.2f} µs each)")
    batch = model.batch(thetas)
    dense = Dense(model)
    given = jnp.asarray(thetas.reshape(POLICIES, *dense.r.shape))
    fastest = np.inf
    for form, run in forms(dense).items():
        j, _, gradient = jax.block_until_ready(run(given))
        assert np.allclose(j, batch.j, rtol=1e-10, atol=1e-12), form
        assert np.allclose(np.asarray(gradient).reshape(POLICIES, -1), batch.gradient, rtol=1e-8, atol=1e-11), form
        took = best(runs, lambda: jax.block_until_ready(run(given)))
        fastest = min(fastest, took)
        print(f"    JAX, {form:24} {POLICIES / took:12,.0f} a second: {took / ours:6.1f} times as long")
    print(f"    ratio to the fastest: {fastest / ours:.1f}")


def forms(dense):
    blocks = [8, 40, 200, 1000] if dense.eye.shape[0] < 50 else [8, 40]
    return {"LU": by_lu(dense), "autodiff": by_autodiff(dense)} | {
        f"elimination, blocks of {block}": by_elimination(dense, block) for block in blocks
    }


if __name__ == "__main__":
    garnet = "discount: 0.95\ngarnet: {states: 100, actions: 4, branching: 5, seed: 1}\ninitial: uniform"
    compare("two states", exact_mdp.bundled("two-state"), 7, forms)
    compare("FrozenLake 4x4", exact_mdp.bundled("frozenlake-4x4"), 5, forms)
    compare("garnet of 100 states", exact_mdp.parse(garnet), 2, forms)
