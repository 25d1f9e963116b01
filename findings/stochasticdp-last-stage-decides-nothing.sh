#!/usr/bin/env bash
# stochasticdp 0.4: transitions of the last stage are taken and left out, and from and to are exchanged in what is printed.
#
# Guess: with stages 0, 1 and 2, as documented, a reward of 1 for `go` in each is worth 3 from the first state, as every stage has
#        its transitions; boundary(state=, value=) is called as the README calls it; a transition from a to b is printed so.
# Seen:  the value is 2: the last of the stages is the boundary itself, and transitions that are added to it count for nothing, also
#        ones whose probabilities sum to 1/2, which in the other stages are a ValueError. boundary(...) raises
#        TypeError (add_boundary is meant). And printing the probabilities says "from_state: b, to_state: a" of a transition
#        that was added from a to b.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stochasticdp==0.4
cd "$work"
"$work/venv/bin/python" - <<'PY'
from stochasticdp import StochasticDP


def program(stages, last=1.0):
    dp = StochasticDP(stages, ["a", "b"], ["go"], minimize=False)
    for stage in range(stages):
        for state in "ab":
            dp.add_transition(stage, state, "go", state, last if stage == stages - 1 else 1.0, 1.0)
    for state in "ab":
        try:
            dp.boundary(state=state, value=0.0)
            raise SystemExit("boundary can be called now")
        except TypeError as error:
            message = str(error)
        dp.add_boundary(state, 0.0)
    return dp, message


dp, message = program(3)
value, policy = dp.solve()
print("TypeError:", message)
print("value of stages 0, 1, 2:", [value[t, "a"] for t in range(3)], "policy of the last:", policy[2, "a"])
assert [value[t, "a"] for t in range(3)] == [2, 1, 0] and policy[2, "a"] is None
assert program(3, last=0.5)[0].solve()[0][0, "a"] == 2  # half a row in the last stage, no word
dp, _ = program(3)
dp.add_transition(1, "a", "go", "b", 0.5, 1.0)  # one and a half in the stage before
try:
    dp.solve()
    raise SystemExit("it is solved now")
except ValueError as error:
    print("ValueError:", error)

dp = StochasticDP(2, ["a", "b"], ["go"])
dp.add_transition(0, "a", "go", "b", 1.0, 7.0)
print(dp.probability)
assert dp.probability["b", "a", 0, "go"] == 1 and "from_state: b, decision: go, to_state: a" in repr(dp.probability)
PY
