#!/usr/bin/env bash
# phasedist 0.2.1: the probability mass of a discrete phase-type distribution at 0 is 1/3, or -1.
#
# Guess: the number of steps to absorption from a transient phase is 1 or more, so that the mass at 0 is 0 and the masses
#        sum to 1, as getcumprob(0), which is 0, has it.
# Seen:  the formula of n >= 1 is used at 0, with an inverse of the generator: 1/3 for the geometric distribution with
#        1/4, whose masses then sum to 4/3, and -1 for two phases of 1/2 in a row. Absorption after two certain steps,
#        whose generator has no inverse, raises LinAlgError. Means, variances and quantiles are right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile phasedist==0.2.1 numpy==2.4.6 scipy==1.17.1 matplotlib==3.10.3
"$work/venv/bin/python" - <<'EOF'
import numpy as np
import phasedist


def steps(generator):
    generator = np.array(generator)
    start = np.eye(len(generator))[0]
    return phasedist.dist(discrete=True, initdist=start, phgen=generator)


for name, generator, mean, at_zero in (
    ("geometric, 1/4", [[0.75]], 4, 1 / 3),
    ("two phases, 1/2", [[0.5, 0.5], [0, 0.5]], 4, -1),
):
    law = steps(generator)
    mass = [float(law.getdensity(n)) for n in range(200)]
    print(f"{name}: mean {law.getmean():g}, P(X <= 0) {law.getcumprob(0):g}, mass at 0 {mass[0]:g}, sum {sum(mass):g}")
    assert abs(law.getmean() - mean) < 1e-12 and law.getcumprob(0) == 0
    assert abs(sum(mass[1:]) - 1) < 1e-12, "the others are right"
    assert abs(mass[0] - at_zero) < 1e-12, mass[0]
try:
    print("two certain steps:", steps([[0.0, 1.0], [0.0, 0.0]]).getdensity(0))
except np.linalg.LinAlgError as error:
    print("two certain steps: LinAlgError,", error)
else:
    raise SystemExit("changed: a generator without an inverse has a mass at 0")
EOF
