#!/usr/bin/env bash
# reforma 1.0.1, Java 17, stormpy 2.0.0 (Python 3.12): a chain that reaches b with 1/2 reaches it with 0 once exported to PRISM; 0.0003 against 0.0002 is 1/2 for 0.6.
#
# Guess (1 December 2026, 00:28, blind but for its README): an export to PRISM, read by Storm, is the same chain.
# Seen:  weights go into formulas of integers, 10,000 times the probability with what is left cut off: moves of less than 0.0001 have the weight 0, which Storm and PRISM
#        take as impossible, others keep four digits at most: 0.0003 times 10,000 is 2.9999999999999996, and 2. The text says nothing of it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile reforma==1.0.1 networkx==3.4.2 matplotlib==3.10.7 stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" -W ignore - > seen <<'PY'
import re

import stormpy
from reforma import ReForma


def reached(go, fail):
    """The probability to reach b from a in Storm, and the weights exported."""
    model = ReForma()
    model.load(f"name Race\ninit a\na ---> a: stay ({1 - go - fail:.6f})\na ---> b: go ({go:.6f})\na ---> c: fail ({fail:.6f})\n", "model")
    text = model.export_prism()
    open("model.prism", "w").write(text)
    weights = dict(re.findall(r"formula w_int_(\w+) = (\d+);", text))
    target = re.search(r"\(w_int_go / sum_\w+\) : \(s'=(\d)\)", text).group(1)
    program = stormpy.parse_prism_program("model.prism")
    formula = stormpy.parse_properties(f"P=? [F s={target}]", program)
    built = stormpy.build_model(program, formula)
    found = stormpy.model_checking(built, formula[0]).get_value(built.initial_states[0])
    print("go", go, "fail", fail, "weights", weights, "| b is reached with", found, "right", go / (go + fail))
    return found, weights


found, weights = reached(0.001, 0.001)
assert abs(found - 0.5) < 1e-6
found, weights = reached(0.00003, 0.00003)
assert found == 0 and weights["go"] == weights["fail"] == "0"
found, weights = reached(0.00015, 0.0001)
assert abs(found - 0.5) < 1e-6 and weights["go"] == weights["fail"] == "1"
found, weights = reached(0.0003, 0.0002)
assert abs(found - 0.5) < 1e-6 and weights["go"] == weights["fail"] == "2"
PY
cat seen
