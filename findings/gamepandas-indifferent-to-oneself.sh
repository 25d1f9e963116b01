#!/usr/bin/env bash
# gamepandas 0.0.3 (pandas 2.3.3): in its mixed equilibrium each player makes himself indifferent, not the other one; a zero-sum game of value 0 or less has no strategies.
#
# Guess: (blind) row_player_nash_equilibrium_mixed_strategies of the battle of the sexes is (0.6, 0.4) and the column player's (0.4, 0.6): each makes the other indifferent.
#        ZeroSumGameFrame has (3/7, 4/7) and (2/7, 5/7) for [[3, -1], [-2, 1]], and (1/2, 1/2) for matching pennies.
# Seen:  they are (0.4, 0.6) and (0.6, 0.4), from the player's own payoffs: against them the other has 1.8 by one action and 0.8 by the other. Pure
#        equilibria are right. The zero-sum program is the one for games of positive value, to which no constant is added: right for the
#        first game, and a TypeError for matching pennies, rock-paper-scissors and every game that the row player loses. With pandas 3 the package does not run (applymap).
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile gamepandas==0.0.3 numpy==2.3.5 pandas==2.3.3 scipy==1.16.3 ipython==9.7.0
cd "$tmp"
"$tmp/v/bin/python" -W ignore - <<'PY'
import numpy as np
from gamepandas import GameFrame, ZeroSumGameFrame

sexes = GameFrame.create([[(3, 2), (0, 0)], [(0, 0), (2, 3)]], ["O", "F"], ["o", "f"])
row = np.ravel(sexes.row_player_nash_equilibrium_mixed_strategies)
col = np.ravel(sexes.col_player_nash_equilibrium_mixed_strategies)
to_row, to_col = np.diag([3, 0]) + np.diag([0, 2]), np.diag([2, 3])
print("pure:", list(sexes.pure_nash_equilibriums), "- mixed:", row, col)
print("row's actions pay", to_row @ col, "column's", row @ to_col)
assert list(sexes.pure_nash_equilibriums) == [("O", "o"), ("F", "f")]
assert np.allclose(row, [0.4, 0.6]) and np.allclose(col, [0.6, 0.4])
assert np.allclose(to_row @ col, [1.8, 0.8]) and np.allclose(to_row @ [0.4, 0.6], 1.2) and np.allclose(np.array([0.6, 0.4]) @ to_col, 1.2)

def strategies(table):
    game = ZeroSumGameFrame.create(table, list("RPS")[: len(table)], list("rps")[: len(table)])
    return game.row_player_mixed_strategy.to_numpy(), game.col_player_mixed_strategy.to_numpy()

row, col = strategies([[3, -1], [-2, 1]])
print("value 1/7:", row, col)
assert np.allclose(row, [3 / 7, 4 / 7]) and np.allclose(col, [2 / 7, 5 / 7])
for table in ([[1, -1], [-1, 1]], [[0, -1, 1], [1, 0, -1], [-1, 1, 0]], [[-3, -5], [-4, -2]]):
    try:
        raise SystemExit(f"{table}: {strategies(table)}")
    except TypeError as error:
        print(table, "TypeError:", error)
PY
