#!/usr/bin/env bash
# tucoopy 0.1.0: the Gately point gives a third to a player who adds nothing: where each is worth nothing alone all get alike.
#
# Expected, after a look at its source: the Gately point makes the propensities to disrupt equal, (what the others lose without i) over (what i loses): with zero-normalized games it
#        pays in proportion to M(i) = v(N) - v(N without i) (Gately 1974; Littlechild and Vaidya 1976), so that who adds nothing gets nothing.
# Seen:  the propensity is taken as (v(N) - x(i)) / (x(i) - v(i)), so its docstring, though the head of the module names the utopia payoffs M: they are not read, nor is any coalition of two.
#        Two players who earn 10 together and a third who adds nothing get 3.33 each (5, 5, 0; so the Shapley value and the tau value of the same package).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile tucoopy==0.1.0 numpy==2.3.5 scipy==1.16.3
"$work/venv/bin/python" - <<'PY'
import numpy as np
from tucoopy import Game
from tucoopy.solutions.gately import gately_point
from tucoopy.solutions.shapley import shapley_value
from tucoopy.solutions.tau import tau_value, utopia_payoff


def by_definition(game):
    """x(i) = v(i) + (M(i) - v(i)) times one factor: (M(i) - x(i)) / (x(i) - v(i)) is the same for all."""
    alone = np.array([game.value(1 << i) for i in range(game.n_players)])
    above = np.array(utopia_payoff(game)) - alone
    return alone + above * (game.value(game.grand_coalition) - alone.sum()) / above.sum()


two = {0: 0, 1: 0, 2: 0, 3: 10, 4: 0, 5: 0, 6: 0, 7: 10}
uneven = {0: 0, 1: 0, 2: 0, 3: 4, 4: 0, 5: 2, 6: 0, 7: 6}
for name, v, right in (("two earn 10", two, [5, 5, 0]), ("uneven", uneven, [18 / 6, 4 * 6 / 12, 2 * 6 / 12])):
    game = Game(n_players=3, v={S: float(w) for S, w in v.items()})
    x, book = gately_point(game).x, by_definition(game)
    print(name + ": Gately", np.round(x, 4), "for", np.round(book, 4), "| Shapley", np.round(shapley_value(game), 4), "| tau", np.round(tau_value(game), 4))
    assert np.allclose(book, right)
    assert np.allclose(x, np.full(3, v[7] / 3))
null = Game(n_players=3, v={S: float(w) for S, w in two.items()})
assert np.allclose(shapley_value(null), [5, 5, 0]) and np.allclose(tau_value(null), [5, 5, 0])
PY
