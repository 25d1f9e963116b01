#!/usr/bin/env bash
# PetriPy 0.3.2, numpy 2.4.6 (Python 3.11 to 3.13): a transition that fires takes every token of its places: three become one; of one token that two transitions want both take it, and there are two.
#
# Guess (30 November 2026, 20:02, blind): timed transitions move tokens as a Petri net does, and a cycle's throughput is the one computed by hand.
# Seen:  on firing the marks of the places before are set to 0, not taken one by one: of three machines in need of repair one
#        comes back and the others are gone. What waits is not asked again whether its places are still marked, so that two
#        transitions in conflict both fire, and the number of tokens of a closed net grows. With one token and no conflict, as in its demonstration,
#        all is well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile numpy==2.4.6 PetriPy==0.3.2
cd "$work"
"$work/venv/bin/python" - > seen <<'PY'
from PetriPy.Petri import Network, generatePlaces, generateTransitions


def net(arcs, marks):
    """Transition t takes from places arcs[t][0] and gives to arcs[t][1]; each waits for one step."""
    places, transitions = generatePlaces(range(len(marks))), generateTransitions(range(len(arcs)))
    for transition, (before, after) in zip(transitions, arcs):
        transition.wait_time = 1
        for place in before:
            places[place].addNext(transition)
        for place in after:
            transition.addNext(places[place])
    return Network(places, transitions, marks)


def run(network, steps):
    network.fastForward(steps)
    return [place.marks for place in network.places]


cycle = [([0], [1]), ([1], [0])]
one = run(net(cycle, [1, 0]), 50)
three = run(net(cycle, [3, 0]), 2)
print("one token in a cycle:", one, "three tokens after the first firing:", three)
assert sum(one) == 1 and three == [0, 1]
# Two transitions want the token of place 0; each gives one to a place of its own.
conflict = run(net([([0], [1]), ([0], [2])], [1, 0, 0]), 2)
print("one token, two transitions that want it:", conflict)
assert conflict == [0, 1, 1]
PY
grep token seen
