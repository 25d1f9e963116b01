#!/usr/bin/env bash
# LQGames 0.1.0: in the infinite game of two players each one's gain is 0.598 for 0.707: not the limit of its own finite games, and no equilibrium; the controls raise AttributeError.
#
# Guess: (blind) of two players who share the integrator dx = u1 + u2 and pay x^2 + u_i^2 each, the open-loop equilibrium has the gain 1/sqrt(2), as 2 p^2 = 1; the finite game
#        of length 20 begins with it.
# Seen:  the finite game does, to six digits. The infinite one has the root of 3 p^3 + p^2 = 1: what the others do enters the Riccati equation as
#        X S X where S X belongs, with X_j S_j X_j added for the player himself, so that a single player has 0.657 for 1, too. With a drift
#        of 1/2 the iteration ends after 1000 rounds, without a word, with 0.88 for the one and 0.59 for the other of two equal players: 1 is right. Simulation_u and Simulation_x_u misspell their own attributes. (Installed without its requirements, two of which are modules of Python itself.)
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m pip install --quiet --root-user-action=ignore --no-compile --no-deps --target "$tmp/p" LQGames==0.1.0 numpy==2.3.5 scipy==1.16.3
cd "$tmp"
PYTHONPATH="$tmp/p" "${PYTHON:-python3}" -W ignore - <<'PY'
import numpy as np
from LQGames.LQGames import LQGame_Finity, LQGame_Infnity
from scipy.linalg import solve_continuous_are

one = np.array([[1.0]])

def gains(drift):
    game = LQGame_Infnity(np.array([[drift]]), [one, one], [one, one], [one, one], one, tolerance=1e-10)
    finite = LQGame_Finity(np.array([[drift]]), [one, one], [one, one], [one, one], [0 * one, 0 * one], one, T_f=20, M=1)
    finite.Simulation()
    x, first, second = np.ravel(finite.Simulation[0])
    assert abs(first - second) < 1e-9 and abs(x - 1) < 1e-9
    return game, float(np.ravel(game.P[0])[0]), float(np.ravel(game.P[1])[0]), first / x

for drift in (0.0, 0.5):
    game, mine, other, limit = gains(drift)
    right = (drift + np.sqrt(drift**2 + 2)) / 2          # 2 p^2 - 2 a p = 1
    print(f"drift {drift}: infinite {mine:.4f} and {other:.4f}, finite {limit:.4f}, right {right:.4f}, residual {2 * mine**2 - 2 * drift * mine - 1:.3f}")
    assert abs(limit - right) < 1e-6
    if drift == 0:
        assert abs(mine - other) < 1e-6 and abs(3 * mine**3 + mine**2 - 1) < 1e-6
    else:
        assert mine < 0.95 and other < 0.65

alone = LQGame_Infnity(np.array([[0.0]]), [one], [one], [one], one, tolerance=1e-10)
gain = float(np.ravel(alone.P[0])[0])
print(f"one player: {gain:.4f} for {solve_continuous_are(0 * one, one, one, one)[0, 0]:.4f}")
assert abs(2 * gain**3 + gain**2 - 1) < 1e-6 and abs(gain - 0.6573) < 1e-3

try:
    game.Simulation_x()
    game.Simulation_u()
except AttributeError as error:
    print("AttributeError:", error)
else:
    raise SystemExit("Simulation_u runs")
PY
