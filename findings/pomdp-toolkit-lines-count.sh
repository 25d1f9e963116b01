#!/usr/bin/env bash
# pomdp-toolkit 0.0.4: its reader of Cassandra's format wants `identity` and `uniform` on a line of their own.
#
# Guess: white space separates, as in the format's grammar, which knows no lines: `T: stay identity` is read as
#        `T: stay` with `identity` below it.
# Seen:  on one line the word is taken for a number: ValueError, "could not convert string to float:
#        'identity'"; the same with `O: * uniform`. (Its metadata names no dependency; its import needs
#        the packages below.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile pomdp-toolkit==0.0.4 numpy==2.2.6 matplotlib==3.10.3 scipy==1.15.3
cd "$work"
"$work/venv/bin/python" - <<'EOF'
from pomdp_toolkit.parsers import POMDPParser

FILE = """discount: 0.5
values: reward
states: left right
actions: stay swap
observations: none
start: left
T: stay%sidentity
T: swap
0.0 1.0
1.0 0.0
O: *%suniform
R: stay : right : * : * 1
"""


def read(after_t, after_o):
    with open("two.POMDP", "w") as file:
        file.write(FILE % (after_t, after_o))
    return POMDPParser.parse("two.POMDP")


print("own lines:", read("\n", "\n"))
for places, word in (((" ", "\n"), "identity"), (("\n", " "), "uniform")):
    try:
        print(read(*places))
    except ValueError as error:
        print("one line:", error)
        assert word in str(error), error
    else:
        raise SystemExit(f"changed: `{word}` is read on the same line")
EOF
