#!/usr/bin/env bash
# pm4py 2.7.23.11 (Python 3.11 or 3.12): the steady state of a Petri net whose transitions have one rate is NaN.
#
# Expected, after a look at its source, from the textbook: perform_steadystate of a stochastic Petri net's generator is its
#        stationary distribution: (2/3, 1/3) of a loop with the rates 1 and 2, (1/2, 1/2) of one with 1 and 1; a change of
#        the unit of time changes nothing. The transient analysis of the same net starts from its initial marking.
# Seen:  the vector of the null space is multiplied by the sum of Q times it before it is normalised, which is 0 where the columns
#        of Q add up to 0, as for equal rates: 0/0, (nan, nan). The null space is of absolute tolerance 1e-13: with rates in the
#        thousands it is empty, and so is the answer. transient_analysis_from_petri_net_and_smap raises on any net, as
#        transitions are looked up by other names than the reachability graph gets.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pm4py==2.7.23.11 numpy==2.4.6 scipy==1.17.1
cd "$work"
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from pm4py.objects.petri_net.obj import Marking, PetriNet
from pm4py.objects.petri_net.utils.petri_utils import add_arc_from_to
from pm4py.objects.random_variables import exponential, random_variable
from pm4py.objects.stochastic_petri import ctmc
from pm4py.objects.stochastic_petri.tangible_reachability import get_tangible_reachability_from_net_im_sinfo as tangible


def ring(rates):
    """One token that goes round, with the rates of leaving the places."""
    net, times = PetriNet("ring"), {}
    places = [PetriNet.Place("start" if i == 0 else f"place{i}") for i in range(len(rates))]
    net.places.update(places)
    for i, rate in enumerate(rates):
        step, variable, law = PetriNet.Transition(f"step{i}", f"step{i}"), random_variable.RandomVariable(), exponential.Exponential()
        law.scale = 1 / rate
        variable.random_variable = law
        net.transitions.add(step)
        add_arc_from_to(places[i], step, net)
        add_arc_from_to(step, places[(i + 1) % len(rates)], net)
        times[step] = variable
    return net, Marking({places[0]: 1}), times


def steady(rates):
    net, start, times = ring(rates)
    _, graph = tangible(net, start, times)
    found = ctmc.perform_steadystate(ctmc.get_q_matrix_from_tangible_exponential(graph, times), graph)
    print(rates, found)
    return found


assert np.allclose(sorted(steady([1.0, 2.0])), [1 / 3, 2 / 3])
assert np.isnan(steady([1.0, 1.0])).all() and np.isnan(steady([1.0, 1.0, 1.0])).all()
assert np.allclose(sorted(steady([1.0, 3.0, 70.0])), np.sort(np.array([1, 1 / 3, 1 / 70]) / (1 + 1 / 3 + 1 / 70)))
assert len(steady([1e3, 3e3, 7e4])) == 0
try:
    ctmc.transient_analysis_from_petri_net_and_smap(*ring([1.0, 2.0]), 1.0)
    raise SystemExit("the transient analysis runs now")
except ValueError as error:
    print("ValueError:", error)
PY
