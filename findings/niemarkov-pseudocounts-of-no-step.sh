#!/usr/bin/env bash
# NieMarkov 1.0.11: in a chain of order 2 the pseudocounts go to steps that do not exist, and drawn paths are none of the chain.
#
# Guess: add_pseudocount() adds "to all possible transitions": from (a, b) to (b, x). add_path(path, increment_amount=5) is the same as
#        five times add_path(path), and -5 takes these back.
# Seen:  it adds to every pair of nodes, from (a, b) to (c, a) too, where b is followed by c and a at once. generate_path() writes the
#        last letter of each node: after "abcab" with pseudocounts a third of the pairs of letters that it draws is no node of the
#        chain. The start is counted once whatever the increment, also when a path is taken back: then the chain still starts
#        there, on transitions of count 0, and drawing raises ValueError.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile setuptools==79.0.1 wheel==0.45.1
"$work/venv/bin/pip" install --quiet --no-compile --no-deps --no-build-isolation niemarkov==1.0.11
"$work/venv/bin/python" - <<'EOF'
import random

from niemarkov import MarkovChain

chain = MarkovChain(order=2)
chain.add_path(list("abcab"))
chain.add_pseudocount()
counts = {chain.get_label(a, delim=""): {chain.get_label(b, delim=""): n for b, n in row.items()} for a, row in chain.transitions.items()}
print(counts)
assert counts == {"ab": {"bc": 2, "ca": 1}, "bc": {"ca": 2, "ab": 1}, "ca": {"ab": 2, "bc": 1}}

random.seed(0)
path = chain.generate_path(max_len=3000)
strange = sum(a + b not in counts for a, b in zip(path, path[1:]))
print("drawn:", "".join(path[:30]), "| pairs that are no node:", strange, "of", len(path) - 1)
assert strange > 500

weighted, repeated = MarkovChain(order=2), MarkovChain(order=2)
weighted.add_path(list("abc"), increment_amount=5)
for _ in range(5):
    repeated.add_path(list("abc"))
print("increment 5:", weighted.initial_node, weighted.transitions, "| five times:", repeated.initial_node, repeated.transitions)
assert weighted.transitions == repeated.transitions and weighted.initial_node == {(0, 1): 1} and repeated.initial_node == {(0, 1): 5}

weighted.add_path(list("abc"), increment_amount=-5)
print("taken back:", weighted.initial_node, weighted.transitions)
assert weighted.initial_node == {(0, 1): 2}
try:
    weighted.generate_path(max_len=5)
    raise SystemExit("a path is drawn now")
except ValueError as error:
    print("ValueError:", error)
EOF
