#!/usr/bin/env bash
# dtrees-analyzer 0.1.4: the path of least cost goes by what is dearest at each later decision, and decides for chance.
#
# Guess: get_optimal_path(start, maximize=False), "minimize expected value", is the path of a decision maker who minimises
#        at every decision; a chance node is where the decision maker's path ends or branches.
# Seen:  later decisions are valued by their maximum, also where one minimises: of 10 now, or a choice of 5 and 100 later, the
#        first is "optimal" for 5 later. At a chance node the path goes on to the best outcome, however improbable: 1 chance in
#        100 of 0 is on the optimal path of costs, the 99 of 8 are not.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile dtrees-analyzer==0.1.4
cd "$work"
"$work/venv/bin/python" - <<'PY'
from dtree import DecisionTree


def tree(decisions, chances, payments, edges):
    made = DecisionTree()
    for node in decisions:
        made.add_decision_node(node, node)
    for node in chances:
        made.add_chance_node(node, node)
    for node, value in payments.items():
        made.add_terminal_node(node, node, value)
    for edge in edges:
        made.add_edge(*edge)
    return made


costs = tree(["now", "later"], [], {"ten": 10, "five": 5, "hundred": 100}, [("now", "ten"), ("now", "later"), ("later", "five"), ("later", "hundred")])
path = costs.get_optimal_path("now", maximize=False)
gains = tree(["now", "later"], [], {"ten": -10, "five": -5, "hundred": -100}, [("now", "ten"), ("now", "later"), ("later", "five"), ("later", "hundred")])
mirrored = gains.get_optimal_path("now", maximize=True)
print("least cost:", path, "greatest gain of the same tree:", mirrored)
assert path == ["now", "ten"] and mirrored == ["now", "later", "five"]
assert costs.calculate_raw_expected_values()["later"] == 100

risky = tree(["choose"], ["lottery"], {"nine": 9, "free": 0, "eight": 8}, [("choose", "nine"), ("choose", "lottery"), ("lottery", "free", 0.01), ("lottery", "eight", 0.99)])
path = risky.get_optimal_path("choose", maximize=False)
print("through a lottery:", path, "expected", risky.calculate_raw_expected_values()["lottery"])
assert path == ["choose", "lottery", "free"]
PY
