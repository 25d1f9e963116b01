#!/usr/bin/env bash
# aalpy 2.0.0, stormpy 2.0.0 (Python 3.11 or 3.12): an MDP made of a stochastic Mealy machine has two states of one name, which become one state.
#
# Guess: to_mdp() of a learned machine, as AALpy gives it to PRISM, has the machine's probabilities; so have the model that
#        mdp_2_prism_format writes and the file of save_automaton_to_file.
# Seen:  the states of the MDP are called by the machine's state and a count of the outputs with which it is entered, with nothing between:
#        the eleventh of s1 and the first of s11 are both s110. Both writers go by names: the two are one state. Below,
#        where `goal` is reached with 0.001 at best, Storm says 1/11 of the written program; the .dot file has
#        13 states for 14, with the same 1/11. The object in memory is right when it is stepped.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile aalpy==2.0.0 stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import stormpy
from aalpy.automata import StochasticMealyMachine, StochasticMealyState
from aalpy.utils import load_automaton_from_file, mdp_2_prism_format, save_automaton_to_file


def machine(goal):
    """x: to s1 for ever, with eleven outputs; y: to the goal with 0.001, else to a trap."""
    start, s1, trap, end = (StochasticMealyState(name) for name in ("s0", "s1", "s2", goal))
    start.transitions["x"] = [(s1, f"o{k}", 1 / 11) for k in range(11)]
    start.transitions["y"] = [(end, "goal", 0.001), (trap, "trap", 0.999)]
    for action in "xy":
        s1.transitions[action] = [(s1, "o0", 1.0)]
        trap.transitions[action] = [(trap, "trap", 1.0)]
        end.transitions[action] = [(end, "goal", 1.0)]
    return StochasticMealyMachine(start, [start, s1, trap, end])


def best(mdp):
    """The highest probability to reach the goal in the program that is written, by Storm."""
    mdp_2_prism_format(mdp, "m", "m.prism")
    program = stormpy.parse_prism_program("m.prism")
    formulas = stormpy.parse_properties('Pmax=? [F "goal"]', program)
    model = stormpy.build_model(program, formulas)
    return stormpy.model_checking(model, formulas[0]).get_value(model.initial_states[0])


for goal, probability, read in (("s11", 1 / 11, 13), ("s3", 0.001, 14)):
    mdp = machine(goal).to_mdp()
    save_automaton_to_file(mdp, "m")
    again = load_automaton_from_file("m.dot", "mdp")
    names = sorted(state.state_id for state in mdp.states)
    print(f"goal {goal}: names", names, "Pmax", best(mdp), "of the file read again", best(again), len(again.states), "states")
    assert len(mdp.states) == 14 and len(again.states) == read
    assert abs(best(mdp) - probability) < 1e-9 and abs(best(again) - probability) < 1e-9

mdp = machine("s11").to_mdp()
goals = 0
for _ in range(20_000):
    mdp.reset_to_initial()
    goals += "goal" in {mdp.step("x"), mdp.step("x")}
print("goals in 20000 runs of x, x in memory:", goals)
assert goals == 0
PY
