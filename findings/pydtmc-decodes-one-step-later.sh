#!/usr/bin/env bash
# PyDTMC 10.1.0 (Python 3.12 or 3.13): a hidden Markov model gives its own simulation the probability 0: the initial state of decode() speaks only after a step; targets of hitting_probabilities are names of states.
#
# Expected, after a look at its source: simulate(steps, initial_state) begins in that state and emits its symbol, as the result shows; decode() and predict() of those symbols with
#        the same initial_status give their probability, as the documentation has it ("the initial hidden state"), and hitting_probabilities
#        ("P(Y_t in S for some t >= 0 | X_0 = i)") takes symbols ("the target emitted symbols").
# Seen:  decode() and predict() move before the first symbol. Of a model that goes from A to B and back, and says which, simulate from A is
#        a b a b, and decode from A is None, zero probability; from B, where it does not begin, it is certain. A word
#        that cannot be said from A has 0.02 there, its likelihood, by enumeration, a step later. hitting_probabilities(["a"]) is a ValidationError;
#        ["A"] is the probability to emit `a`, by the number of the name.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3.12}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 scipy==1.16.3 networkx==3.6.1 matplotlib==3.10.7 PyDTMC==10.1.0
MPLBACKEND=agg "$tmp/v/bin/python" - <<'PY'
import itertools
import numpy as np
from pydtmc import HiddenMarkovModel, ValidationError

turns = HiddenMarkovModel([[0, 1], [1, 0]], [[1, 0], [0, 1]], ["A", "B"], ["a", "b"])
states, symbols = turns.simulate(3, initial_state="A", seed=1)
print("simulated from A:", states, symbols)
assert states == ["A", "B", "A", "B"] and symbols == ["a", "b", "a", "b"]
print("decoded from A:", turns.decode(symbols, initial_status="A"), "- from B:", round(turns.decode(symbols, initial_status="B")[0], 12))
assert turns.decode(symbols, initial_status="A") is None and abs(turns.decode(symbols, initial_status="B")[0]) < 1e-12

P, E = np.array([[0.9, 0.1], [0.3, 0.7]]), np.array([[0.8, 0.2, 0.0], [0.1, 0.4, 0.5]])
noisy = HiddenMarkovModel(P, E, ["A", "B"], ["a", "b", "c"])
seen = ["c", "b"]                                    # A does not say `c`

def likelihood(start):
    """The sum over all ways of the hidden states."""
    y = ["abc".index(s) for s in seen]
    return sum(start[x[0]] * np.prod([E[i, j] for i, j in zip(x, y)]) * np.prod([P[i, k] for i, k in zip(x, x[1:])])
               for x in itertools.product(range(2), repeat=len(seen)))

got = np.exp(noisy.decode(seen, initial_status=[1.0, 0.0])[0])
now, later = likelihood(np.array([1.0, 0.0])), likelihood(P[0])
print(f"likelihood of {seen} from A: {got:.6f}; by enumeration {now:.6f}, or {later:.6f} after a step")
assert np.isclose(got, later) and now == 0 and got > 0.01

try:
    noisy.hitting_probabilities(["a"])
    raise SystemExit("symbols are taken")
except ValidationError as e:
    print("hitting_probabilities(['a']): ValidationError:", str(e).splitlines()[0])
got = turns.hitting_probabilities(["A"]), noisy.hitting_probabilities(["A"])
print("hitting_probabilities(['A']):", *got)
# To say `a` at some time, of a model that never says it in B and stays there.
trap = HiddenMarkovModel([[0.5, 0.5], [0.0, 1.0]], [[0.5, 0.5], [0.0, 1.0]], ["A", "B"], ["a", "b"])
h = trap.hitting_probabilities(["A"])                # h = 1/2 + 1/2 (1/2 h)
print("of a model with a trap:", h)
assert np.allclose(h, [2 / 3, 0])
PY
