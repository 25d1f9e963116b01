#!/usr/bin/env bash
# markovianbandit-pkg 0.4: is_indexable(discount) gives the answer for a discount asked before.
#
# Guess: the answer is that of the bandit and of the discount in the call, whatever was asked of the object earlier.
# Seen:  a bandit that is indexable at 0.5 and not at 0.95 says False when it is new. Asked about 0.5 first, then
#        for its indices at 0.95 with check_indexability=False (as gittins_indices does), it says True at 0.95: the
#        indices are stored together with their discount, the verdict without one. (Its import needs numba and SciPy, which its
#        metadata does not name.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile markovianbandit-pkg==0.4 numba==0.62.1 numpy==2.3.5 scipy==1.16.3
"$work/venv/bin/python" - <<'EOF'
import numpy as np
from markovianbandit import restless_bandit_from_P0P1_R0R1

rest = np.array([[0.5, 0, 0.5], [0, 0.5, 0.5], [0.5, 0.5, 0]])
act = np.array([[1.0, 0, 0], [0, 1, 0], [0, 1, 0]])
reward = np.array([1.0, 0, 3])


def bandit():
    return restless_bandit_from_P0P1_R0R1(rest, act, np.zeros(3), reward)


def rests(subsidy, discount):
    """The states where resting is optimal, by value iteration."""
    v = np.zeros(3)
    for _ in range(2000):
        q = subsidy + discount * rest @ v, reward + discount * act @ v
        v = np.maximum(*q)
    return {int(s) for s in np.flatnonzero(q[0] >= q[1])}


def monotone(discount):
    sets = [rests(subsidy, discount) for subsidy in np.linspace(-5, 5, 101) + 1e-3]
    return all(a <= b for a, b in zip(sets, sets[1:]))


new = {discount: bandit().is_indexable(discount=discount) for discount in (0.5, 0.95)}
print("new:", new, "by the definition:", {d: monotone(d) for d in new})
used = bandit()
first = used.is_indexable(discount=0.5)
indices = used.whittle_indices(check_indexability=False, discount=0.95)
second = used.is_indexable(discount=0.95)
print("one object: at 0.5", first, "- indices at 0.95", indices, "- at 0.95", second)
assert new == {0.5: True, 0.95: False} == {d: monotone(d) for d in new}
assert first and second
EOF
