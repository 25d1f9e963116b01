#!/usr/bin/env bash
# aima3 1.0.11 (Python 3.11 to 3.13): of two grid worlds made of one list the second one is upside down; an MDP given by its transitions has no rewards.
#
# Guess: GridMDP(grid, terminals) of the 4 by 3 world of the textbook has the textbook's values, as often as it is made: 0.296 in
#        the lower left corner at a discount of 0.9. An MDP with `transitions=` can be solved by value_iteration.
# Seen:  the constructor turns the caller's list over, to have its first row at the top, and leaves it so: a second world of the same
#        list has the rewards in the other corner, and the terminals, which stay, elsewhere: 5.6 for 0.296, without a word. The
#        terminal state worth 1 has -0.04. The dictionary of rewards of an MDP by transitions is empty and no parameter fills it:
#        KeyError.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile aima3==1.0.11 numpy==2.3.5
"$work/venv/bin/python" -W ignore - <<'EOF'
from aima3.mdp import MDP, GridMDP, value_iteration

grid = [[-0.04, -0.04, -0.04, 1], [-0.04, None, -0.04, -1], [-0.04, -0.04, -0.04, -0.04]]
ends = [(3, 2), (3, 1)]
first = value_iteration(GridMDP(grid, ends), 1e-6)
print("first:", round(first[0, 0], 4), "end:", first[3, 2])
assert abs(first[0, 0] - 0.2965) < 1e-3 and first[3, 2] == 1
second = value_iteration(GridMDP(grid, ends), 1e-6)
print("second:", round(second[0, 0], 4), "end:", second[3, 2])
assert abs(second[0, 0] - 5.6157) < 1e-3 and second[3, 2] == -0.04
third = value_iteration(GridMDP(grid, ends), 1e-6)
assert third == first
chain = MDP("a", ["go"], [], {"a": {"go": [(1.0, "a")]}}, states={"a"})
missing = None
try:
    value_iteration(chain)
except KeyError as error:
    missing = error.args[0]
print("by transitions: KeyError:", missing)
assert missing == "a"
EOF
