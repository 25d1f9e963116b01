#!/usr/bin/env bash
# nashypy 0.0.2: "all Nash equilibria" are the pure ones: matching pennies has none, and in the prisoner's dilemma one mixes with the probability -1.
#
# Guess: (blind) find_nash_equilibria(game), "compute and list all Nash equilibria" of a 2 by 2 game, lists (1/2, 1/2) twice for matching pennies and three for the battle of the sexes;
#        solve_mixed_nash(game) gives the mixed one where there is one.
# Seen:  after "8 vertices visited" none and two: only pure pairs are returned. solve_mixed_nash has the mixed one of both games, and for
#        the prisoner's dilemma, which has none, {'p': -1, 'q': -1} beside the pure one, with no check.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile nashypy==0.0.2 numpy==2.3.5 scipy==1.16.3 sympy==1.14.0 matplotlib==3.10.7
cd "$tmp"
MPLBACKEND=agg "$tmp/v/bin/python" -W ignore - <<'PY'
import contextlib
import io

import nashypy.lrsnash as nashypy

games = {
    "matching pennies": ([[1, -1], [-1, 1]], [[-1, 1], [1, -1]], 0, (0.5, 0.5)),
    "battle of the sexes": ([[3, 0], [0, 2]], [[2, 0], [0, 3]], 2, (0.6, 0.4)),
    "prisoner's dilemma": ([[3, 0], [5, 1]], [[3, 5], [0, 1]], 1, (-1, -1)),
}
for name, (A, B, pure, mixed) in games.items():
    game = nashypy.NashGame(A, B, name)
    with contextlib.redirect_stdout(io.StringIO()):
        found, visited = nashypy.find_nash_equilibria(game)
        solved = nashypy.solve_mixed_nash(game)[1]
    print(f"{name}: {len(found)} of {visited} visited, solve_mixed_nash: p = {solved['p']}, q = {solved['q']}")
    assert len(found) == pure and all(set(map(float, a + b)) <= {0.0, 1.0} for a, b, *_ in found)
    assert abs(solved["p"] - mixed[0]) < 1e-9 and abs(solved["q"] - mixed[1]) < 1e-9
PY
