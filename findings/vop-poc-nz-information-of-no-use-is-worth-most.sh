#!/usr/bin/env bash
# vop-poc-nz 0.1.8: the value of partial perfect information does not depend on the parameters asked for: 386 for 0, which is all there is to know.
#
# Expected, after a look at its source: the expected value of partial perfect information (EVPPI) about a parameter on which nothing depends is 0, that about the only one that matters is the value of
#        perfect information (EVPI), and no EVPPI is above the EVPI.
# Seen:  calculate_evppi reads parameter_group for a warning only and regresses on all parameters: with one that decides and one that does nothing both have 386.2 (EVPI 386.5). The forest is
#        fitted and read on the same draws: alone, the one that does nothing has 258 of 386; and with a mean gain of -0.5 an EVPPI is above the EVPI.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile vop-poc-nz==0.1.8 numpy==2.3.5 scipy==1.16.3 pandas==2.3.3 scikit-learn==1.7.2
cd "$work"
MPLCONFIGDIR="$work" MPLBACKEND=Agg "$work/venv/bin/python" -W ignore - 2>&1 <<'PY'
import numpy as np
import pandas as pd
from vop_poc_nz.value_of_information import calculate_evpi, calculate_evppi

rng = np.random.default_rng(0)
decides, idle, zero = rng.normal(size=2000), rng.normal(size=2000), np.zeros(2000)
for gain in (0.0, -0.5):
    # one QALY for each unit of the parameter that decides, at 1000 a QALY, no costs
    draws = pd.DataFrame({"qaly_sc": zero, "cost_sc": zero, "qaly_nt": gain + decides, "cost_nt": zero, "decides": decides, "idle": idle})
    both = ["decides", "idle"]
    evpi = calculate_evpi(draws, 1000.0)
    exact = 1000 * (np.maximum(0, gain + decides).mean() - max(0, (gain + decides).mean()))
    of = {name: calculate_evppi(draws, [name], both, [1000.0])[0] for name in both}
    alone = calculate_evppi(draws, ["idle"], ["idle"], [1000.0])[0]
    print(f"gain {gain}: EVPI {evpi:.1f} (exact {exact:.1f}) | EVPPI of the one that decides {of['decides']:.1f}, of the idle one {of['idle']:.1f}; idle, alone {alone:.1f}")
    assert abs(evpi - exact) < 1e-6 and of["decides"] == of["idle"] > 0.95 * evpi and alone > 0.3 * evpi
assert of["idle"] > evpi
PY
