#!/usr/bin/env bash
# sofic 0.2.1: sampled paths of a Markov chain do not start where it starts, and of two closed classes one is forgotten.
#
# Guess: a chain with initial_distribution {"s": 1} has paths that begin with s, as words_of_length says; where two
#        closed classes can be reached, the entropy rate is their mean, weighted by the chance to end in each, or an
#        error; two coins, one of which is drawn once and for ever, have a statistical complexity of one bit.
# Seen:  sample_path draws its first state from the stationary distribution: no path of a chain that starts in s
#        visits s, and the absorbing state a, where a quarter of the paths end, has none either. The
#        stationary distribution is that of one class, validate() passes; the entropy rate is that class's, 0.667 for 0.5; the
#        mixture of the coins has 0 bits, beside word probabilities that are right. Which class it is depends on the order.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile sofic==0.2.1 numpy==2.4.6
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from sofic import EpsilonMachine, MarkovChain, MealyHMM

ruin = MarkovChain(initial_distribution={"s": 1.0})
for source, target, p in (("s", "a", 0.25), ("s", "b", 0.75), ("a", "a", 1.0), ("b", "b", 0.5), ("b", "c", 0.5), ("c", "b", 1.0)):
    ruin.add_transition(source, target, p)
ruin.validate()
words = ruin.words_of_length(2)
print("words of length 2:", words)
assert abs(words["s", "a"] - 0.25) < 1e-12 and abs(words["s", "b"] - 0.75) < 1e-12 and len(words) == 2
rng = np.random.default_rng(0)
paths = [ruin.sample_path(20, rng) for _ in range(400)]
visited = sorted({state for path in paths for state in path})
print("states on 400 sampled paths:", visited)
assert visited == ["b", "c"]
# b and c: the walk leaves b for c with 1/2, so 2/3 of the time in b, with an entropy of one bit there
expected = 0.25 * 0 + 0.75 * 2 / 3
print("stationary", dict(zip(ruin.states(), np.round(ruin.stationary_distribution(), 4))), "entropy rate", ruin.entropy_rate(), "for", expected)
assert abs(ruin.entropy_rate() - 2 / 3) < 1e-9 and abs(expected - 0.5) < 1e-12

for bias, order in ((0.5, "fair, biased"), (0.9, "biased, fair")):
    coins = MealyHMM(observation_alphabet=frozenset({0, 1}), initial_distribution={"A": 0.5, "B": 0.5})
    for state, p in (("A", bias), ("B", 1.4 - bias)):
        coins.add_transition(state, state, 0, p)
        coins.add_transition(state, state, 1, 1 - p)
    coins.validate()
    machine = EpsilonMachine.from_hmm(coins)
    pair = coins.word_probability([0, 0])
    print(order, "P(00)", pair, "entropy rate", round(coins.entropy_rate(), 4), "bits of the machine", machine.statistical_complexity(), "states", len(list(machine.states())))
    assert abs(pair - (0.5**2 + 0.9**2) / 2) < 1e-9 and abs(machine.word_probability([0, 0]) - pair) < 1e-9
    entropy = {p: -p * np.log2(p) - (1 - p) * np.log2(1 - p) for p in (0.5, 0.9)}
    assert abs(coins.entropy_rate() - entropy[bias]) < 1e-9  # the first coin's, for (1 + 0.469)/2
    assert len(list(machine.states())) == 2 and machine.statistical_complexity() == 0
PY
