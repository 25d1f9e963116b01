#!/usr/bin/env bash
# markrel 0.2.0: three similarities that say nothing turn a relevance of 10% into 0.1%: combined by odds, the share of relevant documents is counted once for each.
#
# Expected, after a look at its source: the probability of relevance of a fitted chain is right on average, here 10%, however many measures are combined; Bayes' rule multiplies the prior odds
#        once and a likelihood ratio for each measure.
# Seen:  combine_rule="bayesian" (the default) multiplies the posterior odds of the measures, in each of which the prior is: where relevance has nothing to do with the vectors one measure gives a mean of 0.099,
#        two 0.012, three 0.0013 and all eight 1e-8 or so; combine_rule="mean" has 0.099 always. The likelihood ratios, which log_likelihood_ratio
#        has and nothing uses, are -0.5 to -0.7 for about 0 in each bin: the pseudo-count of 1 is multiplied by all examples in the denominator.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile markrel==0.2.0 numpy==2.3.5 scipy==1.16.3 scikit-learn==1.7.2
"$work/venv/bin/python" -W ignore - <<'PY'
import numpy as np
from markrel.model import MarkovRelevanceModel
from markrel.similarity import SIMILARITY_METRICS, get_metric

rng = np.random.default_rng(0)
queries, documents = rng.normal(size=(10_000, 3)), rng.normal(size=(10_000, 3))
relevant = rng.random(10_000) < 0.1                         # of nothing that the vectors say
some = slice(0, 1000)
measures = ["cosine", "euclidean", "manhattan", "dot_product", "jaccard", "overlap", "dice", "chebyshev"]
assert set(measures) == set(SIMILARITY_METRICS)


def fitted(names, rule):
    return MarkovRelevanceModel(metrics=names, use_text_vectorizer=False, combine_rule=rule, n_bins=4).fit(queries, documents, relevant)


found = {}
for k in (1, 2, 3, 8):
    by_odds = fitted(measures[:k], "bayesian")
    found[k] = by_odds.predict_proba(queries[some], documents[some]).mean()
    mean = fitted(measures[:k], "mean").predict_proba(queries[some], documents[some]).mean()
    print(f"{k} measures: bayesian {found[k]:.2g} mean {mean:.3f}; relevant in truth {relevant.mean():.3f}")
    assert abs(mean - relevant.mean()) < 0.02
assert abs(found[1] - 0.1) < 0.02 and found[2] < 0.02 and found[3] < 0.003 and found[8] < 1e-6

chain = fitted(measures[:1], "bayesian").chains_["cosine"]
counts = [(state.relevant_count, state.not_relevant_count) for state in chain.states_]
book = [np.log(r / chain.total_relevant_) - np.log(n / chain.total_not_relevant_) for r, n in counts]
own = [state.log_likelihood_ratio(chain.total_relevant_, chain.total_not_relevant_, 1.0) for state in chain.states_]
print("log-likelihood ratios of the cosine's bins:", np.round(own, 2), "for", np.round(book, 2))
assert max(own) < -0.4 and max(map(abs, book)) < 0.2
PY
