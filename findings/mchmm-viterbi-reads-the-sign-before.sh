#!/usr/bin/env bash
# mchmm 0.4.5: Viterbi's path of a hidden Markov model learned without noise is not the path it was learned from.
#
# Guess: where each state shows a sign of its own, viterbi() reads the states off the signs: 1122 is aabb.
# Seen:  abbb, a path that the model's own emissions make impossible. A step takes the emission of the state before, and
#        the transition matrix the other way round. In a sequence that lacks the first sign the signs are numbered anew:
#        222 is read as 111. The start is drawn at random in from_seq, so the script passes one to viterbi().
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile mchmm==0.4.5 numpy==2.3.5 scipy==1.16.3
"$work/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version
from itertools import product

import numpy as np
from mchmm import HiddenMarkovModel

print("mchmm", version("mchmm"))
model = HiddenMarkovModel().from_seq("11221122", "aabbaabb", seed=0)
print("transitions", model.tp.tolist(), "emissions", model.ep.tolist())
assert np.array_equal(model.ep, np.eye(2))
start = np.array([0.5, 0.5])


def probability(path, signs):
    total = start[path[0]] * model.ep[path[0], signs[0]]
    for before, now, sign in zip(path, path[1:], signs[1:]):
        total *= model.tp[before, now] * model.ep[now, sign]
    return total


def best(signs):
    return max(product((0, 1), repeat=len(signs)), key=lambda path: probability(path, signs))


for text, signs, seen in (("1122", (0, 0, 1, 1), (0, 1, 1, 1)), ("222", (1, 1, 1), (0, 0, 0))):
    path = tuple(int(i) for i in model.viterbi(text, pi=start)[1])
    other = best(signs)
    print(text, ": viterbi", path, probability(path, signs), "; the best", other, probability(other, signs))
    assert path == seen and probability(path, signs) == 0 and probability(other, signs) > 0
PYTHON
