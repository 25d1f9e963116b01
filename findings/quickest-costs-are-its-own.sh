#!/usr/bin/env bash
# quickest 1.1.1 (Python 3.11 or 3.12): the costs of a quickest change problem are 0.001 and 1 whatever is asked for.
#
# Guess: ChangeProcess(delay_cost=0.5, false_alarm_cost=10, max_duration=50), and a configuration with these, charges them; an alarm
#        after the change is no false one.
# Seen:  the three arguments are not used: dict(process) says 0.001, 1 and 10000, a false alarm costs 1 and a delay of 4 steps 0.004,
#        so what is learned with other costs is the policy of these. In a process that starts after its change the first alarm is
#        a false one, and the change at time 0 is not in the result. Ellipsoids(), one of the three policies, raises TypeError
#        without coefficients. (The package is imported with PyInquirer, which needs names that `collections` lost in Python 3.10;
#        here they are put back.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile setuptools==79.0.1 wheel==0.45.1 numpy==2.4.6 scipy==1.17.1 marshmallow==3.26.1 appdirs==1.4.4 \
    pyfiglet==1.0.4 PyInquirer==1.0.3
"$work/venv/bin/pip" install --quiet --no-compile --no-deps --no-build-isolation quickest==1.1.1
"$work/venv/bin/python" -W ignore - <<'EOF'
import collections
import collections.abc

for name in ("Mapping", "MutableMapping", "Sequence", "Callable"):
    setattr(collections, name, getattr(collections.abc, name))

from quickest import StoppingProblem
from quickest.core.lib import CONTINUE, STOP, ChangeProcess, Ellipsoids

asked = {"delay_cost": 0.5, "false_alarm_cost": 10, "max_duration": 50}
process = ChangeProcess(**asked, num_states=2)
has = dict(process)
print("asked for:", asked, "| has:", {name: has[name] for name in asked})
assert [has[name] for name in asked] == [0.001, 1, 10000]

process.reset()
false_alarm = process(STOP, lambda state: 0)
process.reset()
for _ in range(4):
    assert process(CONTINUE, lambda state: 1) == 0
delay = process(STOP, lambda state: 1)
print("a false alarm costs", false_alarm, "a delay of 4 steps", delay)
assert false_alarm == 1 and abs(delay - 0.004) < 1e-12

changed = StoppingProblem.from_config(
    {
        "change_process": {**asked, "num_states": 2, "initial_distribution": [0, 1], "observation_pdfs": [[0, 1], [100, 1]]},
        "policy": {"type": "Threshold", "threshold": 0.5},
        "dynamics": {"type": "AugmentedHMM", "pre_change_point_matrix": [[1.0]], "post_change_point_matrix": [[1.0]]},
    }
)
result = changed.run()
print("changed from the start, belief", result["filter_history"][0].round(6).tolist(), "alarm at once: cost", result["cost"], result.get("change_point"))
assert result["cost"] == 1 and len(result["state_history"]) == 1 and "change_point" not in result

try:
    Ellipsoids(num_states=3, num_pre_change_states=1)
    raise SystemExit("Ellipsoids can be made now")
except TypeError as error:
    print("TypeError:", error)
EOF
