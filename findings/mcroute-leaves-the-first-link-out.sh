#!/usr/bin/env bash
# mcroute 1.1.0: the matrix of a path lacks its first link, a delay "centred around no change" is half a state, and a trajectory is no path.
#
# Guess: multi_step(path) is the product of the matrices that traverse(path) takes. truncnorm(states, mean=0) is symmetric about no
#        change, and what lies outside of the states is "redistributed across all probabilities" of the row. A trajectory along links
#        that change nothing stays in its state.
# Seen:  multi_step leaves out the link from the first node to the second. truncnorm gives a state the
#        mass from its neighbour below up to itself, so that no change and one more are equally likely, 0.34, and the mean is 0.5 for
#        0; SciPy's bounds, which count in standard deviations from the mean, are given in the states' unit: from the first state with mean 2 and
#        deviation 1 the delays 0 to 2 have probability 0. trajectories() draws each step by itself from the marginals, and raises
#        TypeError with its default smoothing=None. A row of 0.7, 0.2 and 0.1 does not "sum to one".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile mcroute==1.1.0 numpy==2.3.5 scipy==1.16.3 networkx==3.5 decorator==5.2.1
"$work/venv/bin/python" - <<'EOF'
import numpy as np
from mcroute import Network, StateSpace, matrix
from mcroute.mcroute import MatrixIntegrityError

still, swap = np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]])


def line(first):
    """Three stops in two states, where only the first link may change the state."""
    network = Network(StateSpace.from_range(0, 2))
    for name in "ABC":
        network.add_node(name, still)
    network.add_edge("A", "B", first)
    network.add_edge("B", "C", still)
    return network


there = line(swap).traverse(list("ABC"), np.array([1.0, 0.0]))[-1]
product = np.array([1.0, 0.0]) @ line(swap).multi_step(list("ABC"))
print("traverse:", there, "multi_step:", product)
assert there.tolist() == [0, 1] and product.tolist() == [1, 0]

minutes = StateSpace.from_range(0, 11)
delay = matrix.truncnorm(minutes, mean=0, std=1)
print("from 5, mean 0:", delay[5].round(3), "mean change:", delay[5] @ minutes.values - 5)
assert abs(delay[5, 5] - delay[5, 6]) < 1e-9 and abs(delay[5] @ minutes.values - 5.5) < 1e-3
late = matrix.truncnorm(minutes, mean=2, std=1)
print("from 0, mean 2:", late[0].round(3))
assert (late[0, :3] == 0).all() and late[0, 3] > 0.68

np.random.seed(0)
runs = np.array(line(still).trajectories(list("ABC"), np.array([0.5, 0.5]), n=200, smoothing=9))
moved = int((np.diff(runs, axis=1) != 0).any(axis=1).sum())
print("trajectories that change their state:", moved, "of 200")
assert moved > 150

three = Network(StateSpace.from_range(0, 3))
for raised, call in (
    (TypeError, lambda: line(still).trajectories(list("ABC"), np.array([0.5, 0.5]))),
    (MatrixIntegrityError, lambda: three.add_node("A", [[0.7, 0.2, 0.1]] * 3)),
):
    try:
        call()
        raise SystemExit("no error any more")
    except raised as error:
        print(f"{raised.__name__}: {error}")
EOF
