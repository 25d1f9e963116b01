#!/usr/bin/env bash
# simple_rl 0.811 (Python 3.11 or 3.12): value iteration makes the probabilities of three samples a pair: the value of a grid is another one each time.
#
# Guess: ValueIteration of a GridWorldMDP with slip_prob 0.3 knows the world's probabilities, 0.7, 0.15 and 0.15, and gives its
#        values to `delta`, 1e-4: one number, and one policy, in each run.
# Seen:  an MDP there is a function that draws a next state. By default three draws of each pair are its probabilities, so that slips have 0, 1/3,
#        2/3 or 1. Ten runs on a grid of 4 by 3 give values of the start from 0.57 to 0.66 for 0.585, most of them too high, as the best
#        of chance is taken; with sample_rate=2000 they are right. And each product of a backup is printed, hundreds of lines a run.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile simple_rl==0.811 numpy==1.26.4 matplotlib==3.10.8 pandas==2.3.3
"$work/venv/bin/python" -W ignore - <<'EOF' 2>&1
import contextlib
import io
import random

from simple_rl.planning import ValueIteration
from simple_rl.tasks import GridWorldMDP

WIDTH, HEIGHT, GOAL = 4, 3, (4, 3)
MOVES = {"up": (0, 1), "down": (0, -1), "left": (-1, 0), "right": (1, 0)}
SIDES = {"up": ("left", "right"), "down": ("left", "right"), "left": ("up", "down"), "right": ("up", "down")}


def exact(slip, discount):
    """v* of the start by value iteration: a step into the goal pays 1 and ends; next to the goal that step does not slip."""
    cells = [(x, y) for x in range(1, WIDTH + 1) for y in range(1, HEIGHT + 1)]
    value = dict.fromkeys(cells, 0.0)

    def after(cell, move):
        x, y = cell[0] + MOVES[move][0], cell[1] + MOVES[move][1]
        return (x, y) if (x, y) in value else cell

    def worth(cell, move):
        step = lambda m: 1.0 if after(cell, m) == GOAL else discount * value[after(cell, m)]
        if after(cell, move) == GOAL:
            return 1.0
        return (1 - slip) * step(move) + slip / 2 * sum(step(side) for side in SIDES[move])

    for _ in range(500):
        value = {cell: 0.0 if cell == GOAL else max(worth(cell, move) for move in MOVES) for cell in cells}
    return value[1, 1]


def theirs(**options):
    world = GridWorldMDP(WIDTH, HEIGHT, init_loc=(1, 1), goal_locs=[GOAL], slip_prob=0.3, gamma=0.9)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        value = ValueIteration(world, **options).run_vi()[1]
    return value, printed.getvalue().count("\n")


right = exact(0.3, 0.9)
random.seed(1)
runs = [theirs() for _ in range(10)]
values = [round(value, 4) for value, _ in runs]
print("exact:", round(right, 4), "three samples:", values, "lines printed:", runs[0][1])
assert max(values) - min(values) > 0.03 and all(lines > 100 for _, lines in runs)
many = theirs(sample_rate=2000)[0]
print("2000 samples:", round(many, 4))
assert abs(many - right) < 0.01
EOF
