#!/usr/bin/env bash
# masa-safe-rl 0.3.6, jax 0.10.2: a state that is surely safe fails P>=1 [G safe], an unsafe one has the action value 1.
#
# Guess: ExactModelChecker.check_state says which states satisfy a bounded PCTL formula under a policy, and
#        check_state_action with which probability it holds after each action: on 0 -> {1, 2}, two traps, `a` holding in 1,
#        F<=3 a has 1/2 in state 0; a and b, which hold in one trap each, are both reached with probability 0; P>=1 [G<=3 !c]
#        holds where c is never reached, and has probability 0 where c holds already.
# Seen:  check_state raises NameError for every policy (a size is used that is not defined). The formulas' own `sat` has
#        G with the threshold p as "not F with 1 - p", both with >=: at equality, so for P>=1 in every safe state, it is
#        false. "F a and F b" has the product, 1/4. And check_state_action looks at the successors alone: in the state
#        where c holds the action has G !c with 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
# what it declares has the whole of TensorFlow; pctl needs NumPy and JAX
"$work/venv/bin/pip" install --quiet --no-compile jax==0.10.2 numpy==2.4.6
"$work/venv/bin/pip" install --quiet --no-compile gymnasium==1.4.0 pettingzoo==1.26.1 tqdm==4.70.1 scipy==1.17.1
"$work/venv/bin/pip" install --quiet --no-compile --no-deps masa-safe-rl==0.3.6
cd "$work"
JAX_PLATFORMS=cpu "$work/venv/bin/python" -W ignore - <<'PY'
import jax
import numpy as np
from masa.common.pctl import Always, And, Atom, Eventually, ExactModelChecker, Neg

kernel = np.zeros((4, 4, 1))  # next state, state, action
for s, row in enumerate([[0, 0.5, 0.5, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0.5, 0.5, 0]]):
    kernel[:, s, 0] = row
labels = [set(), {"a"}, {"b"}, {"c"}]


def ask(formula):
    """sat in each state, the formula's probability, and the value of the only action."""
    checker = ExactModelChecker(formula, lambda s: labels[s], ["a", "b", "c"], transition_matrix=kernel)
    policy = np.ones((4, 1))
    try:
        checker.check_state(jax.random.PRNGKey(0), policy)
        raise SystemExit("check_state works now")
    except NameError as error:
        message = str(error)
    chain = kernel[:, :, 0]
    sat = formula.sat(chain, checker.vec_label_fn, checker.atom_dict)
    probability = formula._prob_seq(chain, checker.vec_label_fn, checker.atom_dict)[-1]
    return message, sat.tolist(), probability.tolist(), checker.check_state_action(jax.random.PRNGKey(0), policy).ravel().tolist()


message, sat, probability, value = ask(Eventually(0.5, 3, Atom("a")))
print("NameError:", message)
print("F a       ", sat, probability, value)
assert probability == [0.5, 1, 0, 0.5] and sat == [1, 1, 0, 1]
_, sat, probability, value = ask(Always(1.0, 3, Neg(Atom("c"))))
print("G !c      ", sat, probability, value)
assert probability == [1, 1, 1, 0] and sat == [0, 0, 0, 0] and value[3] == 1
_, sat, probability, value = ask(Always(0.5, 3, Neg(Atom("a"))))
print("G !a      ", sat, probability, value)
assert probability[0] == 0.5 and sat[0] == 0
_, sat, probability, value = ask(And(Eventually(0.5, 3, Atom("a")), Eventually(0.5, 3, Atom("b"))))
print("F a and F b", sat, probability, value)
assert probability[0] == 0.25
PY
