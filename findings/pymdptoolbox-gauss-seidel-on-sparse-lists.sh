#!/usr/bin/env bash
# pymdptoolbox 4.0b3 with numpy 2.4.6: Gauss-Seidel value iteration does not take sparse transitions.
#
# Guess: every solver takes the list of sparse matrices that the documentation offers; dense and sparse agree.
# Seen:  ValueIterationGS raises TypeError, "only 0-dimensional arrays can be converted to Python scalars": a row
#        times a vector is an array of one number, which it stores as a number, an old habit that NumPy has ended.
#        Policy iteration, relative and plain value iteration take the same list and agree with the dense form.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps \
    pymdptoolbox==4.0b3 numpy==2.4.6 scipy==1.17.1
"$work/venv/bin/python" - <<'EOF'
import scipy.sparse
from mdptoolbox import example, mdp

dense, R = example.forest()
sparse = [scipy.sparse.csr_matrix(p) for p in dense]


def value(solver, P):
    arguments = (P, R) if solver is mdp.RelativeValueIteration else (P, R, 0.9)
    model = solver(*arguments)
    model.run()
    return [round(v, 9) for v in model.V]


for solver in (mdp.PolicyIteration, mdp.ValueIteration, mdp.RelativeValueIteration):
    assert value(solver, sparse) == value(solver, dense), solver
print("dense, Gauss-Seidel:", value(mdp.ValueIterationGS, dense))
try:
    print(value(mdp.ValueIterationGS, sparse))
except TypeError as error:
    print("sparse, Gauss-Seidel: TypeError:", error)
else:
    raise SystemExit("changed: it takes sparse matrices")
EOF
