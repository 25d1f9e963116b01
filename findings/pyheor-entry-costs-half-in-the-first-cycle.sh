#!/usr/bin/env bash
# pyheor 0.4.1: who enters a state in the first cycle pays half of its price, or nothing.
#
# Guess: of two states, alive and dead, the cost of entering "dead" is that of the transition from alive to dead, in
#        every cycle and by each of the three methods: 10000 for a death that is certain in some cycle.
# Seen:  set_entry_cost pays 5000 for a death in the first cycle by the default method (life-table), 0 by "end";
#        set_transition_cost pays 10000. With a death rate of 30% a year half of the first 30% is missing: ten cycles
#        cost 8157 for 9657. MicroSimModel does the same. A flow of the last cycle counts half by "life-table", and
#        not at all by "beginning", both ways, as in heemod, whose conventions the README names.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pyheor==0.4.1 numpy==2.4.6 pandas==2.3.3
cd "$work"
MPLCONFIGDIR="$work" "$work/venv/bin/python" -W ignore - <<'PY'
import pyheor as ph


def paid(kind, method, matrix, cycles=4, model=ph.MarkovModel):
    """The whole cost of deaths at 10000 each, undiscounted."""
    m = model(states=["alive", "dead"], strategies=["care"], n_cycles=cycles, cycle=ph.Cycle(1, "year"), method=method)
    m.set_transitions("care", matrix)
    m.set_state_qaly("health", {"alive": 1.0})
    if kind == "entry":
        m.set_entry_cost("death", "dead", 10000)
    else:
        m.set_transition_cost("death", "alive", "dead", 10000)
    row = m.run_base_case().summary().iloc[0]
    return float(row["Total Cost" if "Total Cost" in row else "Mean Cost"])


def dies_in(cycle):
    return lambda _, k: [[0.0, 1.0], [0, 1]] if k == cycle else [[1.0, 0.0], [0, 1]]


expected = {
    "life-table": ([10000, 10000, 10000, 5000], [5000, 10000, 10000, 5000]),
    "end": ([10000, 10000, 10000, 10000], [0, 10000, 10000, 10000]),
    "beginning": ([10000, 10000, 10000, 0], [10000, 10000, 10000, 0]),
}
for method, pair in expected.items():
    seen = tuple([paid(kind, method, dies_in(cycle)) for cycle in range(1, 5)] for kind in ("transition", "entry"))
    print(method, "a death in cycle 1, 2, 3, 4: transition", seen[0], "entry", seen[1])
    assert seen == pair
patients = [paid(kind, "life-table", [[0.0, 1.0], [0.0, 1.0]], model=ph.MicroSimModel) for kind in ("transition", "entry")]
print("MicroSimModel, a death in cycle 1: transition", patients[0], "entry", patients[1])
assert patients == [10000, 5000]
yearly = [[0.7, 0.3], [0.0, 1.0]]
flows = [0.3 * 0.7**k for k in range(10)]
ways = {kind: paid(kind, "life-table", yearly, cycles=10) for kind in ("transition", "entry")}
print("30% a year, ten cycles:", ways)
assert abs(ways["transition"] - 10000 * (sum(flows) - flows[-1] / 2)) < 1e-6
assert abs(ways["transition"] - ways["entry"] - 10000 * flows[0] / 2) < 1e-6
PY
