#!/usr/bin/env bash
# stormpy 2.0.0: the simulator's step() returns the action's reward plus that of the state it enters.
#
# Guess: step(a) returns r(s) + r(s, a) of the state that is left, the term that the checker sums: 101, then 1010.
# Seen:  110, then 1000: the state's reward is that of the next state, the first state's comes from restart().
#        Undiscounted sums agree once restart() is added. With one power of gamma per step() a state's reward is
#        discounted once less than its action's, and a run cut after one step has paid 111, of which the
#        10 belong to the state not yet left (R=? [C<=1] is 101).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import stormpy
import stormpy.simulator

with open("walk.nm", "w") as file:
    file.write("""mdp
module walk
  x : [0..2] init 0;
  [go] x<2 -> (x'=x+1);
  [] x=2 -> true;
endmodule
rewards
  x=0 : 1;
  x=1 : 10;
  [go] x=0 : 100;
  [go] x=1 : 1000;
endrewards
""")
program = stormpy.parse_prism_program("walk.nm")
model = stormpy.build_model(program)
simulator = stormpy.simulator.create_simulator(model, seed=1)
seen = [simulator.restart()[1], simulator.step(0)[1], simulator.step(0)[1]]
print("restart, step, step:", seen)
assert seen == [[1], [110], [1000]]
for steps, value in ((1, 101), (2, 1111)):
    formula = stormpy.parse_properties(f"Rmax=? [C<={steps}]", program)[0]
    checked = stormpy.model_checking(model, formula).get_value(0)
    print(f"R=? [C<={steps}]:", checked)
    assert checked == value
EOF
