#!/usr/bin/env bash
# quant-gameth 0.1.0: in the Moran process twice as fit is eleven times, and a strategy that has died out changes who wins; minimax takes bounds of its table for values.
#
# Expected, after a look at its source: a mutant of relative fitness 2 among 10 takes over with (1 - 1/2) / (1 - 1/2^10) = 0.50, in whatever unit payoffs are; one that nobody plays does not
#        matter. Minimax with pruning and a table of positions has the value of plain minimax.
# Seen:  fitness is the payoff above the lowest one of all strategies, played or not, plus 1. Payoffs of 20 and 10 are 11 and 1: 0.88 of 400 mutants take over. With payoffs 2 and 1
#        it is 0.50 as it should be, and 0.13 where a third strategy that nobody plays has -50: 53 and 52. In 15 of 300 random games whose positions are reached in several
#        ways minimax_solve has another value than without its table (the default): a value where the search was cut is a bound and is kept as the value.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile quant-gameth==0.1.0 numpy==2.3.5 scipy==1.16.3
cd "$work"
MPLCONFIGDIR="$work" MPLBACKEND=Agg "$work/venv/bin/python" -W ignore - <<'PY'
import random

import numpy as np
from quant_gameth.games.evolutionary import moran_process
from quant_gameth.games.minimax import minimax_solve


def takes_over(payoffs):
    """The share of 400 populations of ten in which one mutant, of the first strategy, takes over."""
    A = np.repeat(np.array(payoffs, float)[:, None], len(payoffs), axis=1)
    start = np.array([1, 9] + [0] * (len(payoffs) - 2))
    return np.mean([moran_process(A, 10, start.copy(), mutation_rate=0, seed=s).metadata["final_counts"][0] == 10 for s in range(400)])


book = (1 - 1 / 2) / (1 - 1 / 2**10)
twenty, two, extinct = takes_over([20, 10]), takes_over([2, 1]), takes_over([2, 1, -50])
print(f"fitness 2:1 by the book {book:.3f} | payoffs 20 and 10: {twenty} | 2 and 1: {two} | with one at -50 that nobody plays: {extinct}")
assert 0.83 < twenty < 0.93 and abs(two - book) < 0.07 and extinct < 0.2

WIDTH, DEPTH = 5, 5
rng = random.Random(0)
values = moves = 0
for _ in range(300):
    leaf = {(DEPTH, i): rng.randint(0, 9) for i in range(WIDTH)}
    after = {(d, i): [(d + 1, j) for j in rng.sample(range(WIDTH), 2)] for d in range(DEPTH) for i in range(WIDTH)}
    for here in after:
        rng.shuffle(after[here])

    def plain(position, maximizes):
        if position[0] == DEPTH:
            return leaf[position]
        return (max if maximizes else min)(plain(p, not maximizes) for p in after[position])

    rules = (lambda p: leaf.get(p, 0), lambda p: after.get(p, []), lambda p, move: move, (0, 0))
    right = plain((0, 0), True)
    assert minimax_solve(*rules, max_depth=DEPTH, use_transposition_table=False).energy == right
    found = minimax_solve(*rules, max_depth=DEPTH)
    values += found.energy != right
    moves += plain(after[0, 0][found.metadata["best_move"]], False) != right
print("of 300 games: another value", values, "another move", moves)
assert 5 <= values <= 40 and moves >= 1
PY
