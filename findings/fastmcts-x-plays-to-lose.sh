#!/usr/bin/env bash
# fastmcts 0.3.0 (Python 3.11 or 3.12): in the tic-tac-toe of its README the first player plays for the second one: of five moves, one of which wins, it does not take it.
#
# Expected, after a look at its source: MonteCarloTreeSearch(root).best_action(simulations_number=3000) of its own TicTacToeGameState(next_to_move=1), as in the quick start, takes
#        a win in one move, for either player; two such players draw from the empty board.
# Seen:  the players of the game are 1 and -1, those of the tree 0 and 1: who is not player 0 is credited with results of -1. So player -1 is right, and player 1
#        counts what player -1 wins: beside two of its marks it leaves the third cell, whose value is -1, and gives the other one the win. From the empty board
#        player -1 wins. Connect Four, of the README, is made of the same class.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==1.26.4 fastmcts==0.3.0
"$tmp/v/bin/python" - <<'PY'
import random
import numpy as np
from fastmcts.games.tictactoe import TicTacToeGameState
from fastmcts.tree.nodes import TwoPlayersGameMonteCarloTreeSearchNode as Node
from fastmcts.tree.search import MonteCarloTreeSearch

def best(state, n=3000):
    root = Node(state=state)
    child = MonteCarloTreeSearch(root, num_processes=1).best_action(simulations_number=n)
    return child, {(int(c.parent_action.x_coordinate), int(c.parent_action.y_coordinate)): round(c.q / c.n, 2) for c in root.children}

random.seed(0)
board = np.array([[1, 1, 0], [-1, -1, 0], [0, 0, 0]])          # who moves wins at once: player 1 at (0, 2), player -1 at (1, 2)
for player, win in ((1, (0, 2)), (-1, (1, 2))):
    child, values = best(TicTacToeGameState(board.copy(), next_to_move=player))
    move = int(child.parent_action.x_coordinate), int(child.parent_action.y_coordinate)
    print(f"player {player} can win at {win}: takes {move}, values {values}")
    assert (move == win) == (player == -1) and values[win] == (-1 if player == 1 else 1)

results = []
for game in range(5):
    state = TicTacToeGameState(np.zeros((3, 3)), next_to_move=1)
    while state.game_result is None:
        state = best(state, 300)[0].state
    results.append(int(state.game_result))
print("five games from the empty board, by player:", results)
assert all(r == -1 for r in results)
PY
