#!/usr/bin/env bash
# queuelab 0.2.0: MM1.simulate()'s queue length only grows while the server is busy: 2 for 0.5, 93 for 8.1; compare_mm1 sets the wait in the queue against the time in the system.
#
# Guess: avg_wait_time and avg_queue_length of MM1(lam, mu, n).simulate() are,
#   within 10 percent for a large n, avg_waiting_queue and
#   avg_customer_queue of mm1_metrics(lam, mu): 0.25 and 0.5 for 2 and 4. A
#   second call is a new simulation. compare_mm1 compares like with like.
# Seen: the wait is right (0.25). The "queue" goes up by one with each customer
#   who finds the server busy and back to 0 with the first who does not:
#   nobody leaves it. At 2 and 4 its mean is 2.0 (rho / (1 - rho)^2 for
#   rho^2 / (1 - rho) = 0.5), at 3.6 and 4 near 90 (for 8.1). A second call
#   of simulate() appends to the first one's lists. compare_mm1 has an MM1 of
#   its own, whose avg_queue_length is the mean wait once more, and prints
#   "Avg wait time (W)" with the wait in the queue (0.25) as the simulation's
#   and the time in the system (0.5) as the theory's. All six
#   names that mm1_metrics returns end in a blank: ["avg_customer_queue"] is a
#   KeyError, "avg_customer_queue " is the name.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile queuelab==0.2.0 matplotlib==3.10.8
MPLBACKEND=Agg MPLCONFIGDIR="$tmp" "$tmp/v/bin/python" -W ignore - <<'PY'
import contextlib
import io
import random
from queuelab import MM1, compare_mm1, mm1_metrics

def lindley(lam, mu, n):                      # waits, and the queue by Little's law
    w = total = 0.
    for _ in range(n):
        total += w
        w = max(0., w + random.expovariate(mu) - random.expovariate(lam))
    return total / n, lam * total / n

random.seed(1)
for lam, mu in ((2., 4.), (3.6, 4.)):
    rho = lam / mu
    theory = mm1_metrics(lam, mu)
    sim, own = MM1(lam, mu, 1_000_000).simulate(), lindley(lam, mu, 1_000_000)
    print(f"{lam} and {mu}: wait {sim['avg_wait_time']:.3f} (own {own[0]:.3f}, theory {theory['avg_waiting_queue ']:.3f}),",
          f"queue {sim['avg_queue_length']:.2f} (own {own[1]:.2f}, theory {theory['avg_customer_queue ']:.2f})")
    assert abs(sim["avg_wait_time"] / theory["avg_waiting_queue "] - 1) < .2
    assert abs(own[1] / theory["avg_customer_queue "] - 1) < .2
    assert abs(sim["avg_queue_length"] / (rho / (1 - rho) ** 2) - 1) < .2
assert all(k.endswith(" ") for k in theory) and len(theory) == 6
print("names:", sorted(theory))

model = MM1(2., 4., 1000)
model.simulate(), model.simulate()
assert len(model.wait_times) == 2000

out = io.StringIO()
with contextlib.redirect_stdout(out):
    both = compare_mm1(2., 4., 200_000)
print(out.getvalue())
s, t = both["simulation"], both["theoretical"]
assert s["avg_queue_length"] == s["avg_wait_time"] and abs(s["avg_wait_time"] - .25) < .03
assert t["avg_wait_time_system"] == .5 and t["avg_customer_queue"] == .5
PY
