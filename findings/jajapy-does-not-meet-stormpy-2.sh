#!/usr/bin/env bash
# jajapy 0.10.8, stormpy 2.0.0: its way to Storm and back raises, its CTMC file is refused, and NumPy 2 is no choice.
#
# Guess: what it says of itself, that its models go to stormpy and come from PRISM files: a chain of three states arrives
#        in Storm, in memory and as a file, and comes back.
# Seen:  toStormpy() reads `stormpy.storage`, and loadPrism() hands parse_prism_program() a second argument; stormpy 2
#        has neither: AttributeError and TypeError. Of its files Storm reads those of chains and MDPs; that of a
#        CTMC has rates in the form of probabilities, which Storm refuses. With NumPy 2, which its metadata allow,
#        `import jajapy` is an ImportError. And createMC() adds "init" to the caller's list of labels, so that the next
#        model with that list is refused.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile jajapy==0.10.8 stormpy==2.0.0 numpy==1.26.4 scipy==1.14.1 sympy==1.14.0 \
  alive-progress==3.3.0 setuptools==80.9.0
cd "$work"
"$work/venv/bin/python" - <<'EOF'
import jajapy
import stormpy

THREE = [(0, 0, 1 / 4), (0, 1, 3 / 4), (1, 0, 1 / 2), (1, 2, 1 / 2), (2, 2, 1.0)]
LABELS = ["a", "b", "c"]
chain = jajapy.createMC(THREE, LABELS, 0, "three")
print("labels after createMC:", LABELS)
assert LABELS == ["a", "b", "c", "init"]
chain.savePrism("three.pm")
read = stormpy.build_model(stormpy.parse_prism_program("three.pm"))
print("Storm reads the chain's file:", read.nr_states, "states")  # three, and one before them
assert read.nr_states == 4
jajapy.createCTMC(THREE, ["a", "b", "c"], 0, "three").savePrism("three.sm")
for name, run, kind in (
    ("in memory", chain.toStormpy, AttributeError),
    ("back from the file", lambda: jajapy.loadPrism("three.pm"), TypeError),
    ("Storm and the file of a CTMC", lambda: stormpy.parse_prism_program("three.sm"), RuntimeError),
):
    try:
        run()
    except Exception as error:
        print(f"{name}: {type(error).__name__}, {str(error)[:110]}")
        assert isinstance(error, kind), error
    else:
        raise SystemExit(f"changed: {name}")
EOF
"$work/venv/bin/pip" install --quiet --no-compile --upgrade numpy==2.2.6 scipy==1.15.3
if "$work/venv/bin/python" -c 'import jajapy' 2>error.txt; then
  echo "changed: it is imported with NumPy 2"
  exit 1
fi
grep "ImportError: cannot import name 'infty' from 'numpy'" error.txt | cut -c1-60
