#!/usr/bin/env bash
# nlptoolkit-hmm 1.0.9: of second order, the first two states are weighted by the second one alone: B B B for A A A; a state that only ends is a ZeroDivisionError.
#
# Expected, after a look at its source: Hmm2's prior is "the prior probabilities for each pair of states", the share of the sequences that begin with the pair: of ten
#        sequences, five A A A, four A B A A and one B B B, all of them saying x, the likeliest for x x x is A A A, with 1/2. Hmm1 and Hmm2
#        learn from sequences that end in a state which occurs nowhere else, as the full stop of a sentence.
# Seen:  the counts of the pairs are divided by the sum of their row, so that B B has 1 and A A 5/9: viterbi says B B B. With one
#        B more at the beginning of an eleventh sequence, B A A, it is A A A again. A row without a successor is a ZeroDivisionError
#        in both classes; in Hmm2 each pair of states has to have one.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile setuptools==80.9.0 wheel==0.45.1
"$tmp/v/bin/pip" install --quiet --no-compile --no-build-isolation NlpToolkit-DataStructure==1.0.15 NlpToolkit-Math==1.0.21 NlpToolkit-Hmm==1.0.9
"$tmp/v/bin/python" - <<'PY'
from collections import Counter
from itertools import product
from Hmm.Hmm1 import Hmm1
from Hmm.Hmm2 import Hmm2

def silent(sequences):
    return sequences, [["x"] * len(s) for s in sequences]

def by_count(sequences):
    first = Counter(s[:2] for s in sequences)
    triples, pairs = Counter(s[i:i + 3] for s in sequences for i in range(len(s) - 2)), Counter(s[i:i + 2] for s in sequences for i in range(len(s) - 2))
    weight = {"".join(t): first["".join(t[:2])] / len(sequences) * triples["".join(t)] / pairs["".join(t[:2])] for t in product("AB", repeat=3)}
    return max(weight, key=weight.get), weight

ten = ["AAA"] * 5 + ["ABAA"] * 4 + ["BBB"]
for sequences, seen in ((ten, "BBB"), (ten + ["BAA"], "AAA")):
    best, weight = by_count(sequences)
    got = "".join(Hmm2({"A", "B"}, *silent([list(s) for s in sequences])).viterbi(["x"] * 3))
    print(f"{len(sequences)} sequences: viterbi {got}, weight {weight[got]:.3f}; by counts {best}, weight {weight[best]:.3f}")
    assert got == seen and best == "AAA"

for name, model, states, sequences in (("Hmm1", Hmm1, "AS", ["AAS", "AS"]), ("Hmm2", Hmm2, "AB", ["AAAB", "ABA"])):
    try:
        model(set(states), *silent([list(s) for s in sequences]))
        raise SystemExit(f"{name} learns from {sequences}")
    except ZeroDivisionError:
        print(f"{name} of {sequences}: ZeroDivisionError")
PY
