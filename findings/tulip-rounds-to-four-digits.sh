#!/usr/bin/env bash
# tulip 1.4.0, stormpy 2.0.0 (Python 3.11 or 3.12): TuLiP writes probabilities with four digits after the point for Storm.
#
# Guess: to_prism_file writes a Markov chain with its probabilities, so that Storm's answers are the chain's; model_checking
#        gives the chain to stormpy and returns the probabilities for its states.
# Seen:  `0.3333 : ... + 0.3333 : ... + 0.3333 : ...` for thirds, which sum to 0.9999: Storm says 0.49993 for 1/2, without a word. A
#        step with 0.00006 beside one with 0.00004 becomes 0.0001 beside 0: 1 for 0.6. Where both are below 0.00005, 0 for 0.8.
#        (Storm adds rows up only when asked, by set_exploration_checks.) model_checking and to_tulip_transys raise with stormpy 2.0.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile setuptools==79.0.1 wheel==0.45.1 stormpy==2.0.0 omega==0.4.0 polytope==0.2.5 pydot==4.0.1 \
    networkx==3.4.2 numpy==2.3.5 scipy==1.16.3 gr1py==0.3.1 natsort==8.4.0
"$work/venv/bin/pip" install --quiet --no-compile --no-deps --no-build-isolation tulip==1.4.0
cd "$work"
"$work/venv/bin/python" -W ignore - 2>/dev/null <<'PY'
import stormpy
from tulip.interfaces.stormpy import model_checking, to_prism_file, to_tulip_transys
from tulip.transys import MarkovChain


def race(stay, first, second):
    """Wait in s0 with `stay`, else to one of two traps."""
    chain = MarkovChain()
    chain.states.add_from(["s0", "s1", "s2"])
    chain.states.initial.add("s0")
    chain.atomic_propositions.add_from(["l0", "l1", "l2"])
    for s in range(3):
        chain.states[f"s{s}"]["ap"] = {f"l{s}"}
    for source, target, p in ((0, 0, stay), (0, 1, first), (0, 2, second), (1, 1, 1.0), (2, 2, 1.0)):
        chain.transitions.add(f"s{source}", f"s{target}", {MarkovChain.probability_label: p})
    return chain


for probabilities, right, seen in (
    ((0.5, 0.3, 0.2), 0.6, 0.6),
    ((1 / 3, 1 / 3, 1 / 3), 0.5, 0.3333 / 0.6667),
    ((0.9999, 0.00006, 0.00004), 0.6, 1.0),
    ((0.99995, 0.00004, 0.00001), 0.8, 0.0),
):
    to_prism_file(race(*probabilities), "race.prism")
    with open("race.prism") as file:
        line = next(line.strip() for line in file if "s=0 ->" in line)
    program = stormpy.parse_prism_program("race.prism")
    formulas = stormpy.parse_properties('P=? [F "l1"]', program)
    model = stormpy.build_model(program)
    found = stormpy.model_checking(model, formulas[0]).get_value(model.initial_states[0])
    print(line, "|", found, "for", right)
    assert abs(found - seen) < 1e-5

for name, call in {
    "model_checking": lambda: model_checking(race(0.5, 0.3, 0.2), 'P=? [F "l1"]', "race.prism"),
    "to_tulip_transys": lambda: to_tulip_transys("race.prism"),
}.items():
    try:
        call()
        raise SystemExit(f"{name} works now")
    except AttributeError as error:
        print(f"{name}: AttributeError: {error}")
PY
