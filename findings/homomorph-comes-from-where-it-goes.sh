#!/usr/bin/env bash
# homomorph 0.3.0, numpy 2.4.6, scipy 1.17.1 (Python 3.11 to 3.13): the forward algorithm of a hidden Markov model adds up over the states that one goes to, not those that one comes from: of a machine that breaks for good the likelihood is 0.007 for 0.244.
#
# Guess (30 November 2026, 19:37, blind): discrete log-likelihoods (the product of forward()'s scaling factors) and most probable
#        paths are those of an enumeration of all hidden paths.
# Seen:  where an impossible transition is left out of the dictionary, which the constructor allows, forward() and viterbi() look
#        for the predecessors of a state among its successors. Left-to-right models lose every move to the right: the path
#        is up, up, up for up, up, down. backward() is right, so that the "state probabilities" of forward_backward() add up
#        to 33.5. With the zeros written out, or where every way has a way back, all is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile homomorph==0.3.0 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
from itertools import product
from math import prod

from homomorph import HMM

START = {"up": 1.0}
SHOWS = {"up": {"good": 0.9, "bad": 0.1}, "down": {"good": 0.2, "bad": 0.8}}
SEEN = ["good", "good", "bad"]
WITH_ZEROS = {"up": {"up": 0.3, "down": 0.7}, "down": {"up": 0.0, "down": 1.0}}
WITHOUT = {"up": {"up": 0.3, "down": 0.7}, "down": {"down": 1.0}}


def enumerated(moves):
    weights = {}
    for path in product(SHOWS, repeat=len(SEEN)):
        steps = [moves[a].get(b, 0) for a, b in zip(path, path[1:])]
        weights[path] = START.get(path[0], 0) * prod(steps) * prod(SHOWS[s][o] for s, o in zip(path, SEEN))
    return sum(weights.values()), max(weights, key=weights.get), weights


found = {}
for name, moves in (("zeros written", WITH_ZEROS), ("zeros left out", WITHOUT)):
    model = HMM(moves, SHOWS, START)
    likelihood = prod(model.forward(SEEN)[1])
    beta, scale = model.backward(SEEN)
    backward = sum(START.get(s, 0) * SHOWS[s][SEEN[0]] * beta[s][0] for s in SHOWS) * prod(scale)
    posterior = [sum(column) for column in zip(*model.forward_backward(SEEN).values())]
    found[name] = likelihood, backward, model.viterbi(SEEN), posterior
    print(name, "forward", round(likelihood, 4), "backward", round(backward, 4), found[name][2], [round(x, 3) for x in posterior])
truth, path, _ = enumerated(WITHOUT)
print("enumerated", round(truth, 4), path)
right, wrong = found["zeros written"], found["zeros left out"]
assert abs(right[0] - truth) < 1e-12 and right[2] == [list(path)]
assert abs(right[1] - truth) < 1e-12 and abs(wrong[1] - truth) < 1e-12
assert abs(truth - 0.2442) < 1e-4 and abs(wrong[0] - 0.0073) < 1e-4 and abs(wrong[3][0] - 33.494) < 1e-3
assert all(abs(x - 1) < 1e-9 for x in right[3]) and wrong[2] == [["up", "up", "up"]] != [list(path)]
PY
