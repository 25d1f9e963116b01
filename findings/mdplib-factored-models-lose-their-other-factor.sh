#!/usr/bin/env bash
# mdplib 1.0.4 (and mdp-solver-ic): a factored model, whose parameters it takes, is solved without its other factor: 0 for 8, beside mdp-solver-poli.
#
# Expected, after a look at its source: MDP(S, A, Pt, rt, S1=, S1a=) ("for factored models") solves a model of a stock that depends on the decision, and a demand that does
#        not, and gives the values of the same model written in full, as mdp-solver-poli 0.2.0 does, from which it comes.
# Seen:  the parameters are kept and no solver reads them. A stock of 1, the second of two, is taken for the second of the four states:
#        values 0, 0, 0, 5 and "wait" everywhere, for 8, 8, 9, 13 and "order" in three; VI, VIGS and PI agree. mdp-solver-poli is right in both ways.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
cat > "$tmp/shop.py" <<'PY'
import contextlib, io, sys
import numpy as np

# A shop holds 0 or 1; one asks for it with 1/4 a day. Selling pays 5, ordering costs 1; what is ordered is there on the next day.
stock, demand = [0, 1], [(0, 0.75), (1, 0.25)]
S, A = [(s, d) for s in stock for d, _ in demand], ["wait", "order"]
after = lambda x, a: 1 if a == "order" else max(x[0] - x[1], 0)
whole = lambda x, a, y: (after(x, a) == y[0]) * dict(demand)[y[1]]
part = lambda x, a, s: float(after(x, a) == s)
pay = lambda x, a, y: 5 * (x[0] and x[1]) - (a == "order")

# Gamma 0.9: in full, by policy iteration's linear system over all 16 policies.
best = np.full(4, -np.inf)
for k in range(16):
    pi = [A[k >> i & 1] for i in range(4)]
    P = np.array([[whole(x, a, y) for y in S] for x, a in zip(S, pi)])
    best = np.maximum(best, np.linalg.solve(np.eye(4) - 0.9 * P, [pay(x, a, None) for x, a in zip(S, pi)]))
with contextlib.redirect_stdout(io.StringIO()):
    if sys.argv[1] == "mdplib":
        from mdp import MDP
        args = dict(gamma=0.9, tol=1e-12, norm_type=1, max_iter=5000)
        full, factored = MDP(S, A, whole, pay), MDP(S, A, part, pay, S1=stock, S1a=demand)
        results = [list(map(float, getattr(m, solver)(**args).value)) for m in (full, factored) for solver in ("VI", "VIGS", "PI")]
    else:
        from mdp import mdp
        args = dict(lamb=0.9, tol=1e-12, tiponorma=1, nmax=5000)
        full, factored = mdp(S, A, whole, pay), mdp(S, A, part, pay, S1=stock, S1a=demand)
        results = [list(map(float, m.VI(**args).valor)) for m in (full, factored) for solver in range(3)]
print(f"{sys.argv[1]}: exact {best.round(6)}, in full {np.round(results[0], 6)}, factored {np.round(results[3], 6)}")
assert np.allclose(best, [8, 8, 9, 13]) and all(np.allclose(r, best) for r in results[:3])
wrong = sys.argv[1] == "mdplib"
assert all(np.allclose(r, [0, 0, 0, 5] if wrong else best) for r in results[3:])
PY
cd "$tmp"
for package in mdplib==1.0.4 mdp-solver-poli==0.2.0; do
  "${PYTHON:-python3}" -m venv "$tmp/v-${package%%==*}"
  "$tmp/v-${package%%==*}/bin/pip" install --quiet --no-compile numpy==2.3.5 pandas==2.3.3 "$package"
  "$tmp/v-${package%%==*}/bin/python" shop.py "${package%%==*}"
done
