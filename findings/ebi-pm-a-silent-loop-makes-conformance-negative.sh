#!/usr/bin/env bash
# ebi-pm 0.3.14 (Python 3.11 to 3.13): a silent transition that leaves the marking as it is turns an exact conformance of 13/18 into -3/2 and a probability of 8/9 into 0.
#
# Guess (1 December 2026, 00:09, blind): the probability of a trace in a stochastic Petri net is that of the absorbing chain, silent loops included.
# Seen:  with one silent transition on a place, both input and output, whose firing changes nothing but the time, traces have probability 0 (probability_log), -3/2 as unit earth
#        movers' conformance, 79/30 as chi-squared, both of [0, 1], and entropic relevance cannot be computed. analyse_most_likely_traces has the right
#        shares, and a silent loop over two places is right everywhere.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile ebi-pm==0.3.14
cd "$work"
"$work/venv/bin/python" - > seen <<'PY'
import ebi


def net(marking, transitions):
    lines = ["stochastic labelled Petri net", str(len(marking)), *map(str, marking), str(len(transitions))]
    for label, weight, before, after in transitions:
        lines += [f"label {label}" if label else "silent", str(weight)]
        lines += [str(len(before)), *map(str, before), str(len(after)), *map(str, after)]
    return "\n".join(lines) + "\n"


# From place 0: a with weight 1 stays there, b with weight 2 ends. b has 2/3, ab 2/9, with or without what is silent.
a, b = ("a", 1, [0], [0]), ("b", 2, [0], [1])
nets = {
    "no silent transition": net([1, 0], [a, b]),
    "a silent loop on the place": net([1, 0], [a, b, (None, 1, [0], [0])]),
    "a silent loop by another place": net([1, 0, 0], [a, b, (None, 1, [0], [2]), (None, 1, [2], [0])]),
}
log = "\n".join(["finite stochastic language", "2", "1/2", "1", "b", "1/2", "2", "a", "b"]) + "\n"
found = {}
for name, model in nets.items():
    shares = [line for line in ebi.analyse_most_likely_traces(model, 2).split("\n") if "/" in line]
    found[name] = [ebi.probability_log(model, log)[1:], ebi.conformance_unit_earth_movers(log, model)[1:], ebi.conformance_chi_squared(log, model)[0]]
    print(name, "| probability of b or ab, unit earth movers, chi-squared:", found[name], "| shares of the likeliest", shares)
    assert shares == ["3/4", "1/4"]
without, looped, around = found.values()
assert without == around and [int(x) for x in without[0]] == [8, 9] and [int(x) for x in without[1]] == [13, 18]
value = ebi.conformance_unit_earth_movers(log, nets["a silent loop on the place"])
assert value[0] == -1.5 and int(looped[0][0]) == 0 and abs(looped[2] - 79 / 30) < 1e-9
PY
cat seen
