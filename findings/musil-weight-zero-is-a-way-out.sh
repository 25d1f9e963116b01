#!/usr/bin/env bash
# musil 0.36.7 (Python 3.12 or 3.13): an action of weight 0 keeps a loop from being closed: the long-run fraction of time there is 0 for 1.
#
# Guess: an action of weight 0, in a state where others have weight, is never taken ("a weight must be non-negative"), so every answer
#        is that of the model without it.
# Seen:  probabilities of reaching are. But the edge of probability 0 stays in the graph: the loop of 0 and 1 with an exit of weight 0
#        is no bottom component, and the "exact" long-run fraction of time in 0 is 0 for 1/2, in any state 0 for 1, P(G F 0) is 0
#        for 1. In an MDP such an exit is a way to the target for the step that looks for schedulers that avoid it: the minimal
#        probability to reach it is 0 or 1, and the maximal number of steps refused as infinite or 1, by the order of the moves.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.12}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile musil==0.36.7
"$work/venv/bin/python" - <<'EOF'
from fractions import Fraction

from musil import Action, Model
from musil.ltl import Always, Atom, Eventually
from musil.probabilistic import (
    expected_reward_mdp,
    long_run_probability,
    probability_ltl,
    reach_probability,
    reach_probability_mdp,
)


def weight(name, state):
    return 0 if name == "slip" else 1


def loop(slips):
    """Between 0 and 1 for ever; with `slips` also from 0 to 2, with weight 0."""
    actions = [Action("go", lambda s: s == 0, lambda s: 1), Action("back", lambda s: s == 1, lambda s: 0)]
    if slips:
        actions.append(Action("slip", lambda s: s == 0, lambda s: 2))
    return Model(init=0, actions=actions, terminal=lambda s: s == 2)


for slips, half, whole in ((False, Fraction(1, 2), 1), (True, 0, 0)):
    model = loop(slips)
    reached = reach_probability(model, lambda s: s == 2, weight=weight)
    in_0 = long_run_probability(model, lambda s: s == 0, weight=weight)
    anywhere = long_run_probability(model, lambda s: True, weight=weight)
    often = probability_ltl(model, Always(Eventually(Atom("zero", lambda s: s == 0))), weight=weight)
    print("an exit of weight 0:", slips, "| reached:", reached, "| long run in 0:", in_0, "anywhere:", anywhere, "| G F 0:", often)
    assert (reached, in_0, anywhere, often) == (0, half, whole, whole)

choice = Model(
    init=0,
    actions=[
        Action("stay", lambda s: s == 0, lambda s: 0),
        Action("slip", lambda s: s == 0, lambda s: 1),
        Action("leave", lambda s: s == 0, lambda s: 1),
    ],
    terminal=lambda s: s == 1,
)
for first, least in ((True, 0), (False, 1)):

    def moves(state, enabled):
        """Stay for ever (or slip, with weight 0), or leave."""
        by_name = {action.name: action for action in enabled}
        found = [[by_name["stay"], by_name["slip"]], [by_name["leave"]]] if by_name else []
        return found if first else found[::-1]

    found = reach_probability_mdp(choice, lambda s: s == 1, moves=moves, weight=weight, optimize="min")
    try:
        steps = expected_reward_mdp(choice, lambda s: s == 1, moves=moves, weight=weight, optimize="max")
    except ValueError as error:
        assert "the maximal expected cost is infinite" in str(error)
        steps = "infinite"
    print("staying listed first:", first, "| minimal probability:", found, "| maximal steps:", steps)
    assert found == least and steps == ("infinite" if first else 1)
EOF
