#!/usr/bin/env bash
# markov-model-attribution 0.42, tdmca 0.1.0.3, pandas 2.3.3: channels that differ in a digit are one channel; the first says NaN since pandas 2.
#
# Guess: the Markov chain of journeys has a state for each channel, whatever its name: "Email 1" and "Email 2" are two, and their
#        removal effects those of "A" and "B" in their places. Both packages, which share their code, give the same numbers.
# Seen:  everything but Latin letters, blanks and ">" is deleted from the journeys first: of the two one "Email " is left, with all
#        conversions and an effect of 1. Not a word of it. The older package names no dependencies; it fills its matrix by chained
#        assignment, which has assigned nothing since pandas 2: the chain stays 0, with a base rate of 0 and effects of NaN. (With
#        pandas 1.5.3 they are right.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile markov-model-attribution==0.42 tdmca==0.1.0.3 pandas==2.3.3 numpy==2.3.5
"$work/venv/bin/python" -W ignore - <<'EOF'
import math

import markov_model_attribution
import pandas
from tdmca import tdmca


def effects(package, first, second):
    paths = [f"start > {first} > {second} > conv", f"start > {first} > null"]
    paths += [f"start > {second} > conv", f"start > {second} > null"]
    answer = package.run_model(pandas.DataFrame({"Paths": paths}))
    found = {name: round(float(effect), 4) for name, effect in answer["removal_effects"].items()}
    print(package.__name__, first, second, found, "base rate", answer["base_cvr"])
    return found, answer["base_cvr"]


# By hand: B ends in conv with 2/3, A leads to B with 1/2, the start to either with 1/2: 1/2 of all convert. Without A it is 1/3;
# without B nobody does.
letters, rate = effects(tdmca, "A", "B")
assert letters == {"A": 0.3333, "B": 1.0} and abs(rate - 0.5) < 1e-12
digits, _ = effects(tdmca, "Email 1", "Email 2")
assert digits == {"Email ": 1.0}
older, rate = effects(markov_model_attribution, "A", "B")
assert rate == 0 and all(math.isnan(effect) for effect in older.values())
EOF
