#!/usr/bin/env bash
# influence-model 0.1.1: the network is learned from the first observation alone, however many there are.
#
# Expected, after a look at its source, from its words ("learns the network influence matrix" from the observations, a
#        stochastic matrix): the second of two sites, which copies the first, and not itself, has a row near (1, 0),
#        the nearer the more steps are seen.
# Seen:  (0.000006, 0.99999), that it copies itself. The slice of each sequence ends after its first element: two steps,
#        2000 steps, and 2000 steps of two coins that know nothing of each other give the same numbers, in all digits.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile influence-model==0.1.1 numpy==2.2.6 scipy==1.15.3
"$work/venv/bin/python" -W ignore - <<'EOF'
import random

import numpy as np
from influence_model.learning import learn_network_influence_matrix, learn_state_transition_matrix


def follow(steps, seed, copies):
    """A fair coin, and a site that copies it one step later, or tosses a coin of its own."""
    draw = random.Random(seed)
    coin, other = [0], [0]
    for _ in range(steps):
        other.append(coin[-1] if copies else draw.randint(0, 1))
        coin.append(draw.randint(0, 1))
    return {0: coin, 1: other}


def network(seen, transitions):
    return learn_network_influence_matrix(seen, transitions, 2, 2)


seen = follow(2000, 1, True)
transitions = np.block([[learn_state_transition_matrix(seen[i], seen[j], 2, 2) for j in seen] for i in seen])
print("from the coin to the copy:", transitions[:2, 2:].tolist())
assert np.allclose(transitions[:2, 2:], np.eye(2))
full = network(seen, transitions)
short = network({site: values[:2] for site, values in seen.items()}, transitions)
none = network(follow(2000, 2, False), transitions)
print("network of 2000 steps:", full.tolist(), "of the first two:", short.tolist(), "of two coins:", none.tolist())
assert (full == short).all() and (full == none).all()
assert full[1, 0] < 0.01 and full[1, 1] > 0.99
EOF
