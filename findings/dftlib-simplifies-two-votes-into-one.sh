#!/usr/bin/env bash
# dftlib 0.9.0, stormpy 2.0.0: simplifying a fault tree takes its mean time to failure from 1.5 to 10.2: of two inputs of a vote that are the same gate one vote is left.
#
# Guess: simplify_dft_all_rules, "the 29 rewrite rules" of fault trees on a diet, keeps the law of the failure: the mean time is Storm's before and
#        after, and that of a vote 2 of 3 over G1, G2 and C, where G1 and G2 are both "a and b" and so fail together, is that of a
#        and b, 3/2 at rates of 1; what is left of (a or b) and (b) can be read by Storm.
# Seen:  10.158: G1 and G2 are merged, which is right, then the double input is dropped as a duplicate, and the vote stays 2, now of 2: C, of
#        rate 1/10, has to fail too, 3/2 + 10 - (2/1.1 - 1/2.1). The default rules leave the vote alone. The common b taken out of the other tree leaves
#        a gate without inputs, which dftlib writes and Storm refuses.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile dftlib==0.9.0 stormpy==2.0.0
cd "$work"
"$work/venv/bin/python" -W ignore - 2>&1 <<'EOF'
import stormpy
import stormpy.dft
from dftlib.io.export_galileo import export_dft_file
from dftlib.io.parser import parse_dft_galileo_file
from dftlib.transformer.simplifier import simplify_dft_all_rules, simplify_dft_default_rules

VOTE = """toplevel "S";
"S" 2of3 "G1" "G2" "C";
"G1" and "a" "b";
"G2" and "a" "b";
"a" lambda=1 dorm=1;
"b" lambda=1 dorm=1;
"C" lambda=0.1 dorm=1;
"""
COMMON = """toplevel "S";
"S" and "G1" "G2";
"G1" or "a" "b";
"G2" or "b";
"a" lambda=1 dorm=1;
"b" lambda=1 dorm=1;
"""


def mean_time(file):
    tree = stormpy.dft.load_dft_galileo_file(file)
    return stormpy.dft.analyze_dft(tree, stormpy.parse_properties('T=? [F "failed"]'))[0]


def simplified(text, simplify):
    with open("before.dft", "w") as file:
        file.write(text)
    tree = parse_dft_galileo_file("before.dft")
    export_dft_file(tree, "same.dft")
    assert abs(mean_time("same.dft") - mean_time("before.dft")) < 1e-9
    simplify(tree)
    export_dft_file(tree, "after.dft")
    with open("after.dft") as file:
        return file.read()


after = simplified(VOTE, simplify_dft_all_rules)
print(after)
both = 1.5  # the later of two exponential times of rate 1
late = both + 10 - (2 / 1.1 - 1 / 2.1)  # and C: the earlier of "both" and C has the mean 2/1.1 - 1/2.1
print("mean time to failure", mean_time("before.dft"), "becomes", mean_time("after.dft"))
assert abs(mean_time("before.dft") - both) < 1e-6
assert abs(mean_time("after.dft") - late) < 1e-6 and '"S" vot2 "G1_G2" "C"' in after
simplified(VOTE, simplify_dft_default_rules)
assert abs(mean_time("after.dft") - both) < 1e-6

after = simplified(COMMON, simplify_dft_all_rules)
print(after)
assert '"G2" or;' in after and abs(mean_time("before.dft") - 1) < 1e-6
try:
    mean_time("after.dft")
    raise SystemExit("Storm reads it now")
except RuntimeError as error:
    print(str(error)[:120])
    assert "No children" in str(error)
EOF
