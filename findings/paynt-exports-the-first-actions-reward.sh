#!/usr/bin/env bash
# paynt 0.5.0, stormpy 2.0.0: the .pomdp file that --export pomdp writes pays the first action's reward for every action, and paynt does not read it.
#
# Guess: --export pomdp writes what paynt solves: a reward r(s, a) is a line R: a : s : * : * r, and paynt, which reads
#        files of this format, finds the same optimum in its own. A state with fewer actions has its own rows only.
# Seen:  of two actions that pay 1 and 5 the file has R: * : 0 : * : * 1.0: the optimum is 5 for 13, and which action
#        one takes makes no difference. A discount of 0.95 is written, which the model does not have. "T: * : 1 : 2 1.0", as for each
#        state with one action, is refused by paynt's own reader; written out, it finds 4.62 for 12.24. A third action, which is
#        there in one state only, has no row T in the others.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile paynt==0.5.0 stormpy==2.0.0 numpy==2.4.6 scipy==1.16.3 scikit-learn==1.8.0 z3-solver==5.0.0.0
cd "$work"
"$work/venv/bin/python" - <<'PY'
import re
import subprocess
import sys
from pathlib import Path

MODEL = """pomdp
observable "fork" = s=0;
observable "end" = s=2;
module m
  s : [0..2] init 0;
  [low]  s=0 -> 0.5:(s'=1) + 0.5:(s'=0);
  [high] s=0 -> 0.5:(s'=1) + 0.5:(s'=0);
  [go] s=1 -> (s'=2);
  %s
  [stay] s=2 -> (s'=2);
endmodule
rewards "r"
  [low] s=0 : 1;
  [high] s=0 : 5;
  [go] s=1 : 3;
endrewards
label "target" = s=2;
"""


def paynt(folder, *options):
    run = subprocess.run([sys.executable, "-m", "paynt", folder, *options], capture_output=True, text=True, timeout=200)
    found = re.search(r"^optimum: (\S+)", run.stdout + run.stderr, re.M)
    return (float(found.group(1)) if found else None), run.stdout + run.stderr


def written(name, more=""):
    folder = Path(name)
    folder.mkdir()
    (folder / "sketch.templ").write_text(MODEL % more)
    (folder / "sketch.props").write_text('R{"r"}max=? [F "target"]\n')
    optimum, _ = paynt(name)
    paynt(name, "--export", "pomdp")
    return optimum, (folder / "sketch.pomdp").read_text()


def best(text, discount):
    """Value of state 0 where every observation tells the state, by the file's T and R."""
    moves, pays = {}, {}
    for line in text.splitlines():
        match = re.match(r"T: (\S+) : (\d+) : (\d+) (\S+)$", line)
        if match:
            for action in "01" if match.group(1) == "*" else match.group(1):
                moves.setdefault((int(match.group(2)), action), []).append((int(match.group(3)), float(match.group(4))))
        match = re.match(r"R: (\S+) : (\d+) : \* : \* (\S+)$", line)
        if match:
            for action in "01" if match.group(1) == "*" else match.group(1):
                pays[int(match.group(2)), action] = float(match.group(3))
    value = [0.0] * 3
    for _ in range(2000):
        value = [max(pays.get((s, a), 0) + discount * sum(p * value[t] for t, p in moves[s, a]) for a in "01") for s in range(3)]
    return value[0]


optimum, text = written("fork")
print("paynt's optimum:", optimum, "of the exported file:", best(text, 1))
print("\n".join(line for line in text.splitlines() if line[:2] in ("T:", "R:", "di")))
assert abs(optimum - (5 / 0.5 + 3)) < 1e-4 and abs(best(text, 1) - 5) < 1e-9
assert [line for line in text.splitlines() if line.startswith("R:")] == ["R: * : 0 : * : * 1.0", "R: * : 1 : * : * 3.0"]
assert "discount: 0.95" in text

again, log = paynt("fork", "--sketch", "sketch.pomdp", "--props", "none.props")
print("its own file read again:", again, log.strip().splitlines()[-1])
assert again is None and "unknown format of input file" in log
plain = re.sub(r"^T: \* (.*)$", r"T: 0 \1\nT: 1 \1", text, flags=re.M)
Path("fork/plain.pomdp").write_text(plain)
again, _ = paynt("fork", "--sketch", "plain.pomdp", "--props", "none.props")
right = (5 + 0.95 * 0.5 * 3) / (1 - 0.95 * 0.5)
print("with T: * written out:", again, "for", round(right, 4))
assert abs(again - best(text, 0.95)) < 1e-3 and abs(again - 4.619) < 0.01 and abs(right - 12.238) < 0.001

_, text = written("three", "[back] s=1 -> (s'=0);\n  [wait] s=1 -> (s'=1);")
rows = sorted({tuple(line.split(" : ")[:2]) for line in text.splitlines() if line.startswith("T:")})
print("rows of T with a state of three actions:", rows)
assert "actions: 3" in text and ("T: 2", "1") in rows and ("T: 2", "0") not in rows and ("T: *", "0") not in rows
PY
