#!/usr/bin/env bash
# ebi-pm 0.3.14 (Python 3.11 to 3.13): two stochastic languages without a common trace have a Hellinger conformance of 0.29 and a chi-squared one of 1/2, for 0; which is first makes a difference.
#
# Guess (1 December 2026, not written down before the run; names of functions seen, not their source): distances of stochastic languages are those of their distributions, computed exactly.
# Seen:  sums go over the traces of the first language alone; what only the second has is left out, half of the square of the Hellinger distance where nothing is
#        common. Languages of the same traces are right, and so are Jensen-Shannon and earth movers' conformance. All of them are exact fractions.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile ebi-pm==0.3.14
cd "$work"
"$work/venv/bin/python" - > seen <<'PY'
import math

import ebi


def language(traces):
    lines = ["finite stochastic language", str(len(traces))]
    for trace, probability in traces.items():
        lines += [probability, str(len(trace)), *trace]
    return "\n".join(lines) + "\n"


def right(p, q):
    p, q = ({trace: eval(probability) for trace, probability in x.items()} for x in (p, q))
    traces = set(p) | set(q)
    pairs = [(p.get(trace, 0), q.get(trace, 0)) for trace in traces]
    hellinger = math.sqrt(sum((math.sqrt(a) - math.sqrt(b)) ** 2 for a, b in pairs) / 2)
    return 1 - hellinger, 1 - sum((a - b) ** 2 / (a + b) for a, b in pairs) / 2


even, tilted = {"a": "1/2", "b": "1/2"}, {"a": "1/4", "b": "3/4"}
other, partly = {"c": "1/3", "d": "2/3"}, {"a": "1/4", "c": "3/4"}
found = {}
for name, p, q in (("same traces", even, tilted), ("nothing common", even, other), ("a in common", even, partly), ("the other way", partly, even)):
    first, second = language(p), language(q)
    found[name] = ebi.conformance_hellinger(first, second)[0], ebi.conformance_chi_squared(first, second)[0]
    print(name, "| Hellinger, chi-squared:", found[name], "right:", right(p, q), "| earth movers:", ebi.conformance_unit_earth_movers(first, second)[0])
    if name == "same traces":
        assert all(abs(x - y) < 1e-9 for x, y in zip(found[name], right(p, q)))
    else:
        assert all(x > y + 0.1 for x, y in zip(found[name], right(p, q)))
assert abs(found["nothing common"][0] - (1 - math.sqrt(0.5))) < 1e-9 and found["nothing common"][1] == 0.5
assert abs(found["a in common"][0] - found["the other way"][0]) > 0.05
assert ebi.conformance_unit_earth_movers(language(even), language(other))[0] == 0
PY
cat seen
