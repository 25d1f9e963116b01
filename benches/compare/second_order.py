"""The alternatives to `cargo bench --bench second_order`: NumPy by hand, LAPACK's inverse, JAX.

    OPENBLAS_NUM_THREADS=1 python benches/compare/second_order.py [jax]

Dense models with 4 actions at γ = 0.95, policy parameters in, matrix out. With `jax` also
jax.hessian and jax.jacrev, jitted, where JAX is installed. Each line is the best of many runs, in
milliseconds of processor time.
"""

import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import time

import numpy as np
import scipy.linalg

GAMMA, ACTIONS = 0.95, 4


def best(name, runs, f):
    f()
    times = []
    for _ in range(runs):
        start = time.process_time()
        f()
        times.append(time.process_time() - start)
    print(f"{name:42} {min(times) * 1e3:10.3f} ms", flush=True)


def model(states):
    rng = np.random.default_rng(7)
    p = rng.random((states, ACTIONS, states))
    p /= p.sum(axis=2, keepdims=True)
    return p, rng.random((states, ACTIONS)), np.full(states, 1 / states)


def parameters(states):
    return (np.arange(states * ACTIONS) % 7 / 7).reshape(states, ACTIONS)


def softmax(theta):
    e = np.exp(theta - theta.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def evaluated(p, r, theta):
    """π, N = (I − γp^π)⁻¹ and A."""
    pi = softmax(theta)
    chain = np.einsum("sa,sat->st", pi, p)
    n = np.linalg.inv(np.eye(len(chain)) - GAMMA * chain)
    v = n @ (pi * r).sum(axis=1)
    return pi, n, r + GAMMA * (p @ v) - v[:, None]


def jacobian(p, r, theta):
    """∂v(t)/∂θ(s,a) = N(t,s) π(a|s) A(s,a): one column of N per state."""
    pi, n, advantage = evaluated(p, r, theta)
    return n[:, :, None] * (pi * advantage)[None]


def hessian(p, r, rho0, theta):
    """C + Cᵀ + a block per state, C(sa, tb) = ρ(s) π(a|s) (γpN − its mean)(sa, t) π(b|t) A(t,b)."""
    states = len(r)
    pi, n, advantage = evaluated(p, r, theta)
    rho, weight = rho0 @ n, pi * advantage
    ahead = GAMMA * (p.reshape(-1, states) @ n).reshape(states, ACTIONS, states)
    ahead -= np.einsum("sa,sat->st", pi, ahead)[:, None, :]
    ahead *= (rho[:, None] * pi)[:, :, None]
    cross = (ahead[:, :, :, None] * weight).reshape(states * ACTIONS, -1)
    h = cross + cross.T
    blocks = h.reshape(states, ACTIONS, states, ACTIONS)
    bend = -pi[:, :, None] * pi[:, None, :] * (advantage[:, :, None] + advantage[:, None, :])
    every, action = np.arange(states), np.arange(ACTIONS)
    bend[:, action, action] += weight
    blocks[every, :, every, :] += rho[:, None, None] * bend
    return h


def with_jax():
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def values(theta, p, r):
        pi = jax.nn.softmax(theta, axis=1)
        chain = jnp.einsum("sa,sat->st", pi, p)
        return jnp.linalg.solve(jnp.eye(len(chain)) - GAMMA * chain, (pi * r).sum(axis=1))

    p, r, rho0 = model(50)
    second = jax.jit(jax.hessian(lambda theta, p, r: rho0 @ values(theta, p, r)))
    found = second(parameters(50), p, r).reshape(200, 200)
    assert np.abs(found - hessian(p, r, rho0, parameters(50))).max() < 1e-10
    best("jax.hessian, 50 states", 200, lambda: second(parameters(50), p, r).block_until_ready())
    p, r, _ = model(200)
    first = jax.jit(jax.jacfwd(values))
    found = first(parameters(200), p, r)
    assert np.abs(found - jacobian(p, r, parameters(200))).max() < 1e-10
    best("jax.jacfwd, 200 states", 30, lambda: first(parameters(200), p, r).block_until_ready())


def main():
    p, r, rho0 = model(50)
    best("Hessian of J, 50 states, NumPy", 300, lambda: hessian(p, r, rho0, parameters(50)))
    p, r, _ = model(200)
    best("Jacobian of v, 200 states, NumPy", 200, lambda: jacobian(p, r, parameters(200)))
    p, r, _ = model(1000)
    theta = parameters(1000)
    best("Jacobian of v, 1000 states, NumPy", 10, lambda: jacobian(p, r, theta))
    chain = np.einsum("sa,sat->st", softmax(theta), p)
    matrix = np.eye(1000) - GAMMA * chain
    best("one inverse, 1000 states, LAPACK getri", 20, lambda: scipy.linalg.inv(matrix))
    best("one inverse, 1000 states, LAPACK gesv", 20, lambda: np.linalg.inv(matrix))
    if "jax" in sys.argv[1:]:
        with_jax()


main()
