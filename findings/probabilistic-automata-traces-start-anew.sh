#!/usr/bin/env bash
# probabilistic-automata 0.4.2 (Python 3.11 or 3.12): the probability of a trace takes each step from the first state.
#
# Expected, after a look at its source, from its documentation: trace_prob([s2, s2]) of the chain in its README, where s2
#        always goes to s1, is 0, and that of [s2, s1] is 1/2; a chain that dict2pdfa has made of a dictionary can be
#        simulated by trace().
# Seen:  both are 1/4: every state of the trace is multiplied in with its probability from the start, wherever the step
#        before went. prob(), a single step, is right. trace() and run() raise AttributeError: the dictionary's
#        distributions are plain dictionaries and have no `sample`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile probabilistic-automata==0.4.2
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import probabilistic_automata as PA
from probabilistic_automata.markov_chain import from_pdfa

STEPS = {"s1": {"s1": 0.5, "s2": 0.5}, "s2": {"s1": 1}}
made = PA.dict2pdfa(mapping={s: (s == "s1", {"a": law}) for s, law in STEPS.items()}, start="s1")
chain = from_pdfa(made)
for trace, seen in ((["s2"], 0.5), (["s2", "s1"], 0.25), (["s2", "s2"], 0.25), (["s2", "s1", "s2"], 0.125)):
    exact, before = 1.0, "s1"
    for state in trace:
        step = STEPS[before].get(state, 0)
        assert chain.prob(before, state, "a") == step
        exact, before = exact * step, state
    print(trace, chain.trace_prob(trace), "exact", exact)
    assert chain.trace_prob(trace) == seen and (len(trace) == 1) == (seen == exact)
try:
    list(made.trace("aa"))
    raise SystemExit("it can be simulated now")
except AttributeError as error:
    print("AttributeError:", error)
PY
