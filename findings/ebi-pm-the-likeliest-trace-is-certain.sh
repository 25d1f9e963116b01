#!/usr/bin/env bash
# ebi-pm 0.3.14 (Python 3.11 to 3.13): the mode of a language has the probability 1, for 2/3; the two likeliest traces of 2/3 and 2/9 have 3/4 and 1/4; those of a net that ends with probability 1/2 add up to 1.
#
# Guess (1 December 2026, not written down before the run; names of functions seen, not their source): traces are listed with the probabilities that the model gives them.
# Seen:  analyse_mode, analyse_most_likely_traces, analyse_minimum_probability_traces, analyse_coverage and analyse_all_traces return finite stochastic languages, and these are
#        scaled to a sum of 1: asked for the traces of at least 1/5 one gets 3/4 and 1/4, and of a coverage of 2/3 one trace of 1. Which traces are
#        listed is right, and probability_log has the probability itself.
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


def probabilities(language):
    lines = [line for line in language.splitlines() if line]
    return [lines[i + 1] for i, line in enumerate(lines) if line == "# probability"]


# a with weight 1 stays, b with weight 2 ends: b 2/3, ab 2/9, aab 2/27, ...
model = net([1, 0], [("a", 1, [0], [0]), ("b", 2, [0], [1])])
b = "\n".join(["finite stochastic language", "1", "1", "1", "b"]) + "\n"
seen = {
    "mode": probabilities(ebi.analyse_mode(model)),
    "two likeliest": probabilities(ebi.analyse_most_likely_traces(model, 2)),
    "at least 1/5": probabilities(ebi.analyse_minimum_probability_traces(model, "1/5")),
    "coverage of 2/3": probabilities(ebi.analyse_coverage(model, "2/3")),
}
print(seen, "| b itself:", ebi.probability_log(model, b)[1:])
assert seen == {"mode": ["1"], "two likeliest": ["3/4", "1/4"], "at least 1/5": ["3/4", "1/4"], "coverage of 2/3": ["1"]}
assert [int(x) for x in ebi.probability_log(model, b)[1:]] == [2, 3]
# b with 1/2, or for ever on in silence.
trap = net([1, 0, 0], [("b", 1, [0], [1]), (None, 1, [0], [2]), (None, 1, [2], [2])])
whole = probabilities(ebi.analyse_all_traces(trap))
print("all traces of a net that ends with 1/2:", whole, "| b itself:", ebi.probability_log(trap, b)[1:])
assert whole == ["1"] and [int(x) for x in ebi.probability_log(trap, b)[1:]] == [1, 2]
PY
cat seen
