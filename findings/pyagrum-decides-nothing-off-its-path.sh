#!/usr/bin/env bash
# pyAgrum 3.3.1: the optimal decision after a first one that is not taken is the first in the list: not to drill, for an expected 20.
#
# Guess: ShaferShenoyLIMIDInference solves an influence diagram by backward induction: with no-forgetting, optimalDecision("Drill"), "best choice
#        for decision variable", is the best choice for each history. An oil well is worth -70, 50 or 200 with 0.5, 0.3 and 0.2, a
#        seismic test costs 10: with the test 22.5, without it drilling is worth 20, so that who did not test drills.
# Seen:  MEU 22.5 and the decisions after a test are right, but after "no test", which is not what it chose, the table says not to drill,
#        with 1, and no mark: rows of probability 0 are worth 0 for any choice, the first of which is taken. Under addEvidence("Test", "no")
#        the decision is to drill, for 20; with the drill's choices in the other order the table drills everywhere there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pyagrum==3.3.1
"$work/venv/bin/python" -W ignore - <<'EOF'
import pyagrum as gum

prior = {"dry": 0.5, "wet": 0.3, "soaking": 0.2}
pays = {"dry": -70.0, "wet": 50.0, "soaking": 200.0}
results = {"dry": [0.6, 0.3, 0.1], "wet": [0.3, 0.4, 0.3], "soaking": [0.1, 0.4, 0.5]}  # none, open, closed
without = sum(prior[o] * pays[o] for o in prior)
joint = [{o: prior[o] * results[o][k] for o in prior} for k in range(3)]
after = [sum(p * pays[o] for o, p in row.items()) for row in joint]
with_test = -10 + sum(max(0.0, value) for value in after)
print("without the test", without, "with it", with_test)
assert abs(without - 20) < 1e-9 and abs(with_test - 22.5) < 1e-9


def solve(drill_choices, evidence=None):
    diagram = gum.InfluenceDiagram()
    add = gum.LabelizedVariable
    diagram.addChanceNode(add("Oil", "", list(prior)))
    diagram.addDecisionNode(add("Test", "", ["no", "yes"]))
    diagram.addChanceNode(add("Result", "", ["untested", "none", "open", "closed"]))
    diagram.addDecisionNode(add("Drill", "", drill_choices))
    diagram.addUtilityNode(add("Pays", "", 1))
    diagram.addUtilityNode(add("Costs", "", 1))
    arcs = "Oil Result, Test Result, Result Drill, Test Drill, Oil Pays, Drill Pays, Test Costs"
    for tail, head in (arc.split() for arc in arcs.split(", ")):
        diagram.addArc(tail, head)
    diagram.cpt("Oil").fillWith(list(prior.values()))
    for o in prior:
        diagram.cpt("Result")[{"Oil": o, "Test": "no"}] = [1, 0, 0, 0]
        diagram.cpt("Result")[{"Oil": o, "Test": "yes"}] = [0] + results[o]
        diagram.utility("Pays")[{"Oil": o, "Drill": "drill"}] = pays[o]
        diagram.utility("Pays")[{"Oil": o, "Drill": "leave"}] = 0
    diagram.utility("Costs")[{"Test": "no"}] = 0
    diagram.utility("Costs")[{"Test": "yes"}] = -10
    inference = gum.ShaferShenoyLIMIDInference(diagram)
    inference.addNoForgettingAssumption(["Test", "Drill"])
    if evidence:
        inference.addEvidence(*evidence)
    inference.makeInference()
    table = inference.optimalDecision("Drill")
    drills = {}
    for test, result in (("no", "untested"), ("yes", "none"), ("yes", "open"), ("yes", "closed")):
        drills[result] = table[{"Test": test, "Result": result, "Drill": "drill"}]
    return inference.MEU()["mean"], drills


best = {"none": float(after[0] > 0), "open": float(after[1] > 0), "closed": float(after[2] > 0)}
for choices, evidence, worth, untested in (
    (["leave", "drill"], None, with_test, 0.0),
    (["drill", "leave"], None, with_test, 1.0),
    (["leave", "drill"], ("Test", "no"), without, 1.0),
):
    meu, drills = solve(choices, evidence)
    print(choices, evidence or "no evidence", "MEU", round(meu, 9), "P(drill):", drills)
    assert abs(meu - worth) < 1e-6
    assert drills.pop("untested") == untested
    assert evidence or drills == best
EOF
