#!/usr/bin/env bash
# pyRDDLGym 2.7 (Python 3.11 to 3.13): the interval analysis of a negative binomial number leaves out 0, which is half of the draws.
#
# Guess: the bounds of RDDLIntervalAnalysis contain what the simulator of the same package draws, and those of RDDLIntervalAnalysisMean
#        are its mean: RDDL's laws are one to both.
# Seen:  NegativeBinomial(1, 0.5) is bounded by 1 and draws 0 in half of the steps, as NumPy counts the failures alone; Pareto(3, 10)
#        by 10, its mean 15, and draws from 0 on, with mean 5. The mean of Gompertz(1, 1) is -0.596, with the sign exchanged, of a
#        law on the positive numbers. Fourteen other laws agree.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pyRDDLGym==2.7 numpy==2.3.5 scipy==1.16.3
cd "$work"
"$work/venv/bin/python" -W ignore - 2> stderr <<'EOF' || { cat stderr; exit 1; }
import contextlib
import io

import numpy as np
import pyRDDLGym
from pyRDDLGym.core.intervals import RDDLIntervalAnalysis, RDDLIntervalAnalysisMean

DOMAIN = """domain law {
  pvariables {
    ZERO : { non-fluent, real, default = 0.0 };
    x    : { state-fluent, KIND, default = 0 };
    idle : { action-fluent, bool, default = false };
  };
  cpfs { x' = LAW; };
  reward = 0.0;
}"""
INSTANCE = """
non-fluents none { domain = law; non-fluents { ZERO = 0.0; }; }
instance once {
  domain = law; non-fluents = none; init-state { x = 0; };
  max-nondef-actions = 1; horizon = 2000; discount = 1.0;
}"""


def seen(law, kind):
    """The bounds of x, of its mean, and 2000 draws of it."""
    zero = "0" if kind == "int" else "0.0"
    open("domain.rddl", "w").write(DOMAIN.replace("LAW", law).replace("KIND", kind).replace("default = 0 ", f"default = {zero} "))
    open("instance.rddl", "w").write(INSTANCE.replace("x = 0;", f"x = {zero};"))
    with contextlib.redirect_stdout(io.StringIO()):
        env = pyRDDLGym.make("domain.rddl", "instance.rddl", vectorized=True)
    env.reset(seed=0)
    drawn = np.array([float(env.step({})[0]["x"][0]) for _ in range(2000)])
    env.model.horizon = 1
    bounds = [[float(np.ravel(end)[0]) for end in kind(env.model).bound()["x"]] for kind in (RDDLIntervalAnalysis, RDDLIntervalAnalysisMean)]
    print(f"{law}: bounds {bounds[0]}, of the mean {bounds[1]}; drawn from {drawn.min():.3f} on, mean {drawn.mean():.3f}")
    return *bounds, drawn


(low, _), (mean, _), drawn = seen("NegativeBinomial(1, 0.5)", "int")
assert low == 1 and mean == 1 and 0.45 < (drawn == 0).mean() < 0.55
(low, _), (mean, _), drawn = seen("Pareto(3.0, 10.0)", "real")
assert low == 10 and mean == 15 and drawn.min() < 0.1 and abs(drawn.mean() - 5) < 1
(low, _), (mean, _), drawn = seen("Gompertz(1.0, 1.0)", "real")
assert low == 0 and abs(mean + 0.5963473623) < 1e-9 and abs(drawn.mean() + mean) < 0.05
(low, _), (mean, _), drawn = seen("Weibull(2.0, 3.0)", "real")
assert low == 0 and abs(drawn.mean() - mean) < 0.1
EOF
