#!/usr/bin/env bash
# nashpy 0.0.43: where a player has one strategy, two of three algorithms raise an error that names neither.
#
# Guess: a game of one row is solved by all algorithms: the other player's best reply, which is what support enumeration
#        says.
# Seen:  Lemke-Howson raises KeyError: 2, vertex enumeration Qhull's message that a
#        dimension must be above 1. A Markov game solved state by state has such tables wherever one player has no choice.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile nashpy==0.0.43
"$work/venv/bin/python" -W ignore - <<'EOF'
import nashpy
import numpy as np

game = nashpy.Game(np.array([[2, 1, 3]]), np.array([[1, 5, 2]]))
(row, column), = game.support_enumeration()
print("support enumeration:", row, column)
assert row.tolist() == [1] and column.tolist() == [0, 1, 0]
kinds = []
for name, run in (
    ("vertex enumeration", lambda: list(game.vertex_enumeration())),
    ("Lemke-Howson", lambda: game.lemke_howson(0)),
):
    try:
        print(name, run())
    except Exception as error:
        kinds.append(type(error).__name__)
        print(name, kinds[-1], str(error).split("\n")[0])
assert kinds == ["QhullError", "KeyError"], kinds
EOF
