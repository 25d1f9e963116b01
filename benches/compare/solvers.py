"""The alternatives named in docs/benchmarks.md: NumPy by hand, SciPy's LU, splu and gmres.

    OPENBLAS_NUM_THREADS=1 python benches/compare/solvers.py

Each line is the best of a few runs, in milliseconds of processor time.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time

import numpy as np
import scipy.linalg
import scipy.sparse as sparse
import scipy.sparse.linalg as sparse_linalg

GAMMA = 0.99


def best(name, runs, f):
    times = []
    for _ in range(runs):
        start = time.process_time()
        f()
        times.append(time.process_time() - start)
    print(f"{name:42} {min(times) * 1e3:10.4f} ms")


def grid(side):
    """p [4, S, S] of the slippery gridworld, rewards [4, S] on entering the last cell."""
    cells = np.arange(side * side)
    row, column = cells // side, cells % side
    moves = [
        row * side + np.maximum(column - 1, 0),
        np.minimum(row + 1, side - 1) * side + column,
        row * side + np.minimum(column + 1, side - 1),
        np.maximum(row - 1, 0) * side + column,
    ]
    p, r = [], []
    for action in range(4):
        to = [moves[(action + turn) % 4] for turn in (3, 0, 1)]
        ones = np.full(side * side, 1 / 3)
        p.append(sum(sparse.csr_array((ones, (cells, t)), (side**2, side**2)) for t in to))
        r.append(sum(ones * (t == side * side - 1) for t in to))
    return p, np.array(r)


def frozen_lake():
    """Policy parameters in, evaluation and ∇J out, as one writes it in NumPy, and leaner."""
    end = [5, 7, 11, 12, 15]
    p, r = grid(4)
    p = np.array([x.toarray() for x in p]).transpose(1, 0, 2).copy()  # [S, A, S]
    r = r.T.copy()
    p[end], r[end] = 0, 0
    theta, rho0 = np.zeros((16, 4)), np.zeros(16)
    rho0[0] = 1

    def by_hand():
        e = np.exp(theta - theta.max(axis=1, keepdims=True))
        pi = e / e.sum(axis=1, keepdims=True)
        p_pi = np.einsum("sa,sat->st", pi, p)
        r_pi = np.einsum("sa,sa->s", pi, r)
        a = np.eye(16) - GAMMA * p_pi
        v = np.linalg.solve(a, r_pi)
        rho = np.linalg.solve(a.T, rho0)
        q = r + GAMMA * np.einsum("sat,t->sa", p, v)
        advantage = q - v[:, None]
        pair_occupancy = rho[:, None] * pi
        j = rho0 @ v
        score = np.eye(4)[None] - pi[:, None, :]  # ∂ log π(a|s)/∂θ(s, b)
        gradient = np.einsum("sa,sa,sab->sb", pair_occupancy, q, score)
        return v, q, advantage, rho, pair_occupancy, j, gradient

    alive = np.setdiff1d(np.arange(16), end)
    p_alive = p[alive][:, :, alive].copy()
    r_alive, theta_alive, rho0_alive = r[alive], theta[alive], rho0[alive]
    identity = np.eye(11)

    def lean():
        e = np.exp(theta_alive - theta_alive.max(axis=1, keepdims=True))
        pi = e / e.sum(axis=1, keepdims=True)
        p_pi = np.einsum("sa,sat->st", pi, p_alive)
        a = identity - GAMMA * p_pi
        v = np.linalg.solve(a, (pi * r_alive).sum(axis=1))
        rho = np.linalg.solve(a.T, rho0_alive)
        q = r_alive + GAMMA * p_alive @ v
        advantage = q - v[:, None]
        return rho0_alive @ v, rho[:, None] * pi * advantage

    assert np.allclose(by_hand()[-1][alive], lean()[-1])
    for name, f in [("by hand", by_hand), ("lean: 11 states, closed form", lean)]:
        best(f"frozen lake, numpy {name} (x 1000)", 5, lambda: [f() for _ in range(1000)])


def dense(n, runs):
    rng = np.random.default_rng(1)
    p = rng.random((n, n))
    a = np.eye(n) - GAMMA * p / p.sum(axis=1, keepdims=True)
    best(f"dense {n}, scipy.linalg.lu_factor", runs, lambda: scipy.linalg.lu_factor(a))


def grid_316():
    p, r = grid(316)
    p_pi = sum(p).tolil() / 4
    p_pi = p_pi.tocsr()
    p_pi.data[p_pi.indptr[-2] :] = 0
    a = (sparse.eye_array(316**2) - GAMMA * p_pi).tocsc()
    r_pi, rho0 = r.mean(axis=0), np.zeros(316**2)
    rho0[0] = 1

    def run():
        lu = sparse_linalg.splu(a)
        return lu.solve(r_pi), lu.solve(rho0, "T")

    best("grid 316x316, splu and both solves", 3, run)


def garnet(n=100_000, branching=5):
    rng = np.random.default_rng(7)
    w = rng.random((n, branching))
    w /= w.sum(axis=1, keepdims=True)
    to = rng.integers(0, n, (n, branching))
    p = sparse.csr_array((w.ravel(), (np.repeat(np.arange(n), branching), to.ravel())), (n, n))
    a = (sparse.eye_array(n) - GAMMA * p).tocsr()
    at = a.T.tocsr()
    r = (np.arange(n) % 7).astype(float)
    rho0 = np.zeros(n)
    rho0[0] = 1
    # the residuals that certify errors of about 1e-12 and 1e-10 relative to v
    for rtol in 1e-12, 3e-11:
        options = dict(rtol=rtol, restart=50, maxiter=20)
        v, info = sparse_linalg.gmres(a, r, **options)
        bound = np.abs(a @ v - r).max() / (1 - GAMMA) / np.abs(v).max()
        print(f"gmres: info {info}, certified relative error {bound:.1e}")
        best("garnet 100k, gmres, values", 3, lambda: sparse_linalg.gmres(a, r, **options))

        def both():
            sparse_linalg.gmres(a, r, **options)
            sparse_linalg.gmres(at, rho0, **options)

        best("garnet 100k, gmres, values and occupancy", 3, both)


frozen_lake()
dense(1000, 7)
dense(3000, 3)
grid_316()
garnet()
