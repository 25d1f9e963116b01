#!/usr/bin/env bash
# mcts-simple 1.1.0, numpy 2.3.5: boards of more than 1000 cells are one state where they differ in the middle: the losing move shares the winning one's node.
#
# Expected, after a look at its source: UCT(game), with its transposition table, which is on by default, joins positions that are the same: a game whose one move is a cell of
#        a NumPy board, one of which wins and one loses, is learned in 200 rounds, whatever the board's size.
# Seen:  the key of a position is str(state), which NumPy shortens to its edges from 1001 cells on: on a board of 40 by 40 the two moves have the same text, the
#        same node and one win rate; the losing move is played where it is listed first. On 30 by 30, or
#        without transpositions, it is learned. get_state() is documented as the current state, of any type.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 tqdm==4.67.1 msgpack==1.1.2 mcts-simple==1.1.0
"$tmp/v/bin/python" - <<'PY' 2> /dev/null
import numpy as np
from mcts_simple import UCT, Game

class OneMove(Game):
    """Player 0 marks one of two cells in the middle: the first one loses, the second one wins."""
    def __init__(self, n):
        self.board = np.zeros((n, n), dtype=int)
    def render(self): pass
    def get_state(self): return self.board
    def number_of_players(self): return 2
    def current_player(self): return int(self.board.any())
    def possible_actions(self): return [0, 1]
    def take_action(self, action):
        middle = len(self.board) // 2
        self.board[middle, middle + action] = 1
    def has_outcome(self): return bool(self.board.any())
    def winner(self):
        middle = len(self.board) // 2
        return [0] if self.board[middle, middle + 1] else [1]

for n, transpositions in ((30, True), (40, True), (40, False)):
    tree = UCT(OneMove(n), allow_transpositions=transpositions, seed=0)
    tree.self_play(200)
    lose, win = tree.root.children[0], tree.root.children[1]
    choice = tree.root.choose_best_action(training=False)
    print(f"{n} by {n}, transpositions {transpositions}: one node {lose is win}, win rates {lose.w / lose.n:.2f} and {win.w / win.n:.2f}, plays {choice}")
    shared = n == 40 and transpositions
    assert (lose is win) == shared and choice == (0 if shared else 1)
    assert shared or (lose.w == 0 and win.w == win.n)
PY
