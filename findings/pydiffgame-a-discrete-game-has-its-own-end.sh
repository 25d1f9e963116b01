#!/usr/bin/env bash
# PyDiffGame 2.0.4 (Python 3.11 to 3.13): a discrete game of finite length does not read its terminal condition; DiscreteLQR takes A and B for those of a differential equation.
#
# Guess: (blind) DiscreteLQR ("x[k+1] = A x[k] + B u[k]") has the gain of SciPy's solve_discrete_are, and two players the Nash gains of best responses. With T_f and
#        P_f, the "terminal Riccati condition", P runs back from P_f by the Riccati recursion, as the continuous solver's does.
# Seen:  by default A and B are discretized first (is_input_discrete=False, said of DiscretePyDiffGame, not of DiscreteLQR or in the README): for x' = 0.9 x + u the gain is 2.2
#        for 0.54, with which that system explodes, while is_closed_loop_stable() is True. With is_input_discrete=True the gains are right, of two players
#        too. P_f is replaced with the solution of infinite length: P and the gain are constants for any P_f, without a word. The continuous solver is right.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile PyDiffGame==2.0.4 numpy==2.4.6 scipy==1.17.1 matplotlib==3.10.7
cd "$tmp"
MPLBACKEND=agg "$tmp/v/bin/python" -W error - <<'PY'
import numpy as np
from scipy.linalg import solve_discrete_are
from PyDiffGame import ContinuousPyDiffGame, DiscreteLQR, DiscretePyDiffGame, LQRObjective

A, B, one = np.array([[0.9]]), np.array([[1.0]]), np.eye(1)
assert "x[k+1] = A x[k] + B u[k]" in DiscreteLQR.__doc__
P = solve_discrete_are(A, B, one, one)[0, 0]
gain = 0.9 * P / (1 + P)
for told in ({}, {"is_input_discrete": True}):
    lqr = DiscreteLQR(A=A, B=B, Q=one, R=1.0, **told).solve()
    K = float(np.ravel(lqr.K)[0])
    print(f"DiscreteLQR {told}: gain {K:.5f} for {gain:.5f}, 0.9 - gain = {0.9 - K:.4f}, stable: {lqr.is_closed_loop_stable()}")
    assert lqr.is_closed_loop_stable() and (abs(K - gain) < 1e-6 if told else 0.9 - K < -1)

game = DiscretePyDiffGame(A=A, objectives=[LQRObjective(Q=one, R=1.0), LQRObjective(Q=2 * one, R=3.0)], Bs=[B, B], is_input_discrete=True).solve()
k, p = np.zeros(2), np.zeros(2)
for _ in range(200):                        # best responses in turn
    for i, (q, r) in enumerate(((1.0, 1.0), (2.0, 3.0))):
        rest = 0.9 - k[1 - i]
        for _ in range(300):
            p[i] = q + rest**2 * p[i] * r / (r + p[i])
        k[i] = rest * p[i] / (r + p[i])
print("two players:", np.ravel(game.K), "for", k)
assert np.allclose(np.ravel(game.K), k, atol=1e-6)

for end in (0.0, 1.0, 100.0):
    finite = DiscretePyDiffGame(A=A, objectives=[LQRObjective(Q=one, R=1.0)], Bs=[B], is_input_discrete=True, T_f=5.0, L=6, P_f=[end * one]).solve()
    book = [end]
    for _ in range(5):
        book.append(1 + 0.81 * book[-1] / (1 + book[-1]))
    print(f"P_f = {end:g}: P from the end {np.ravel(finite.P)[::-1].round(4)} for {np.round(book, 4)}")
    assert np.allclose(np.ravel(finite.P), P)
smooth = ContinuousPyDiffGame(A=0 * A, objectives=[LQRObjective(Q=one, R=1.0)], Bs=[B], T_f=3.0, P_f=[0 * one]).solve()
print("continuous, P(0):", np.ravel(smooth.P)[0], "for tanh(3) =", np.tanh(3))
assert abs(np.ravel(smooth.P)[0] - np.tanh(3)) < 1e-4
PY
