#!/usr/bin/env bash
# markovonnx 1.0.1 (Python 3.11 or 3.12), onnx 1.19.1, onnxruntime 1.23.2: rows of an exported Markov chain with Kneser-Ney smoothing add up to 1.22 and 1.67; a saved chain has lost its backoff.
#
# Expected, after a look at its source: export_markov_onnx writes the chain that samples and whose perplexity is computed: rows that add up to 1, the same ones. load(save(...)) is the
#        same model ("backoff: if True, train and use lower-order models as fallback").
# Seen:  the chain takes one of three discounts off by the count, the export their mean, 5/3 here: from a count of 1 only 1 can be taken, and
#        5/3 is handed out: ONNX Runtime has 0.417 for each of four tokens after "ca", where the chain has 0.75 and 0.083. Without Kneser-Ney both agree.
#        The file has no lower orders: after a pair that was never seen the loaded chain is uniform, with `backoff` True: a
#        perplexity of 2.31 for 1.15.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 onnx==1.19.1 onnxruntime==1.23.2
"$tmp/v/bin/pip" install --quiet --no-compile --no-deps markovonnx==1.0.1
cd "$tmp"
"$tmp/v/bin/python" - <<'PY'
import contextlib, io
import numpy as np
import onnxruntime
from markovonnx.markov import MarkovChain
from markovonnx.onnx_export import export_markov_onnx
from markovonnx.vocabulary import Vocabulary

words = [list(w) for w in ("abababac", "abcabc", "aab", "bca")]
for smooth in (False, True):
    with contextlib.redirect_stdout(io.StringIO()):
        vocabulary = Vocabulary()
        vocabulary.build_from_sequences(words)
        chain = MarkovChain(2, vocabulary, kneser_ney=smooth, backoff=True)
        chain.fit(words)
        export_markov_onnx(chain, "chain.onnx")
    run = onnxruntime.InferenceSession("chain.onnx")
    sums = {}
    for pair in ("ab", "ba", "ca"):
        ids = np.array(vocabulary.encode(list(pair)), dtype=np.int64)
        out = dict(zip([o.name for o in run.get_outputs()], run.run(None, {run.get_inputs()[0].name: ids})))
        row, own = np.ravel(out["probs"]), chain._get_probs(list(pair))
        sums[pair] = float(row.sum())
        print(f"kneser_ney={smooth}, after {pair}: exported {row.round(3)}, sum {row.sum():.3f}; the chain {np.asarray(own).round(3)}, sum {own.sum():.3f}")
        assert abs(own.sum() - 1) < 1e-5 and np.allclose(row, own, atol=1e-5) == (not smooth)
    if smooth:
        assert abs(sums["ba"] - 11 / 9) < 1e-3 and abs(sums["ca"] - 5 / 3) < 1e-3

chain.save("chain.json")
loaded, test = MarkovChain.load("chain.json"), [list("ccab")]
print(f"perplexity {chain.perplexity(test):.3f}, loaded {loaded.perplexity(test):.3f}; after cc {chain._get_probs(list('cc'))}, loaded {loaded._get_probs(list('cc'))}")
assert loaded.backoff and np.allclose(loaded._get_probs(list("cc")), 0.25) and chain._get_probs(list("cc"))[1] == 1
assert loaded.perplexity(test) > 1.9 * chain.perplexity(test)
PY
