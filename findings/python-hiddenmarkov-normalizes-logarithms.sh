#!/usr/bin/env bash
# python-hiddenmarkov 0.1.4: asked to normalise counts, it divides their logarithms: (1, 0) for (3/4, 1/4), 0.64 for 0.7.
#
# Expected, after a look at its source: ConstantTransitionModel(counts, normalize_init_probabilities=True, normalize_transition_probabilities=True) ("the initial
#        distribution will be normalized") divides the counts by their sums: 3 and 1 are 3/4 and 1/4, rows 7 3 and 4 6 are 0.7 0.3 and 0.4 0.6.
# Seen:  so it does with use_log_probabilities=False. By default the attributes are logarithms, and these are what is divided by their
#        sum, and kept as the probabilities: ln 3 and ln 1 are 1 and 0, so that nothing begins in the second state; the first row is
#        0.639 0.361. The rows add up to 1, so that nothing looks wrong; an observation that is a hundred times as likely in the second
#        state is said to come from the first one.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 scipy==1.16.3 python-hiddenmarkov==0.1.4
"$tmp/v/bin/python" -W ignore - <<'PY'
import numpy as np
from hiddenmarkov import HMM, CategoricalObservationModel, ConstantTransitionModel

def model(init, **how):
    m = ConstantTransitionModel(np.array([[7.0, 3.0], [4.0, 6.0]]), np.array(init),
                                normalize_init_probabilities=True, normalize_transition_probabilities=True, **how)
    m.use_log_probabilities = False            # to read probabilities
    return m

plain, default = model([3.0, 1.0], use_log_probabilities=False), model([3.0, 1.0])
for name, m in (("use_log_probabilities=False", plain), ("default", default)):
    print(f"{name}: start {m.init_probabilities.round(4)}, rows {m.transition_probabilities.round(4).tolist()}")
assert np.allclose(plain.init_probabilities, [3 / 4, 1 / 4]) and np.allclose(plain.transition_probabilities, [[0.7, 0.3], [0.4, 0.6]])
logs = np.log([[7, 3], [4, 6]])
assert np.allclose(default.init_probabilities, [1, 0])
assert np.allclose(default.transition_probabilities, logs / logs.sum(axis=1, keepdims=True))
assert abs(default.transition_probabilities[0, 0] - 0.639) < 1e-3

# A start of 3 to 1 and an observation a hundred times as likely in the second state: it begins there, 1/4 x 1 beside 3/4 x 1/100.
see = CategoricalObservationModel(np.array([[0.01, 1.0], [0.99, 0.0]]), ["x", "y"])
for name, start, first in (("use_log_probabilities=False", plain, "second"), ("default", model([3.0, 1.0]), "first")):
    path, _ = HMM(see, start, state_space=["first", "second"]).find_best_sequence(["x"], log_probabilities=False)
    print(f"{name}: the best path for x is {path}")
    assert path.tolist() == [first]
PY
