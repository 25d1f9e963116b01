#!/usr/bin/env bash
# tomsup 1.4.1: its Q-learner learns from the rounds in which both players chose 1, and from no other.
#
# Guess: (blind) the agent "QL", "the Q-learning model by Watkins", updates the value of what it played last, in every round but the first, by the learning rate times
#        the payoff less that value; its role in the game says whose payoff. Against an opponent who always plays 0 it learns that game's column.
# Seen:  "if not the first round" is asked as `if self.choice and op_choice`, and 0 is a choice: rounds with a 0 of either player leave
#        the values alone. Against an opponent who always plays 0 nothing is ever learned, and the value of 0 never moves at all. And what is
#        learned is no payoff but 1 or 0, whether it was above the mean of the game's table, so that values stay between 0 and 1, whatever is at stake.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile tomsup==1.4.1 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 matplotlib==3.10.7 seaborn==0.13.2 joblib==1.5.2 wasabi==1.1.3
cd "$tmp"
MPLBACKEND=agg "$tmp/v/bin/python" -W ignore - <<'PY'
import numpy as np
import tomsup as ts

game = ts.PayoffMatrix("chicken")
print("payoffs of the first player:", [[int(game.payoff(a, b, 0)) for b in (0, 1)] for a in (0, 1)])

def play(opponent, rounds=200, seed=0):
    np.random.seed(seed)
    agent = ts.agent.QL(learning_rate=0.5, b_temp=1.0, expec_val=(0.5, 0.5))
    last, moved = None, set()
    for _ in range(rounds):
        before, own = agent.get_expected_values(), agent.get_choice()
        agent.compete(op_choice=last, p_matrix=game, agent=0)
        after = agent.get_expected_values()
        if after != before:
            moved.add((int(own), int(last)))
        last = opponent()
    return after, moved

values, moved = play(lambda: 0)
print("against 0 for ever:", values)
assert values == (0.5, 0.5) and not moved
values, moved = play(lambda: 1)
print("against 1 for ever:", values, "moved after", moved)
assert values[0] == 0.5 and values[1] > 0.9 and moved == {(1, 1)}
values, moved = play(lambda: int(np.random.binomial(1, 0.5)))
print("against a coin:", values, "moved after", moved)
assert values[0] == 0.5 and moved == {(1, 1)} and 0 <= values[1] <= 1
PY
