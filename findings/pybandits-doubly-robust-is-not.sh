#!/usr/bin/env bash
# pybandits 8.4.1: the doubly robust estimate is 0.36 for 0.2 where the reward model is exact; Switch-DR keeps the large weights; the sub-Gaussian estimators are the plain ones.
#
# Expected, after a look at its source: DoublyRobust (Dudik et al.) is right where the propensities are or the reward model is: with the true expected rewards of each
#        action it is the policy's value, in every row where rewards are certain. SwitchDoublyRobust leaves out the correction
#        where the weight is above its threshold, and is doubly robust at the default, infinity. SubGaussianInverseProbabilityWeighting
#        shrinks its weights by its shrinkage_factor.
# Seen:  the correction is the reward less the value of the evaluated policy, not less the expected reward of the action that was taken. With the true
#        propensities that is unbiased, with three times the spread of importance weighting; with other ones it is 0.36 for 0.2 (the direct method is
#        right). The switch keeps weights at or above the threshold: at infinity none, which is the direct method. The
#        shrinkage is never called: 0.3 for factors of 0, 0.5 and 1, the last of which should be the mean of the rewards, 0.75; the
#        sub-Gaussian doubly robust one is the doubly robust one.
set -euo pipefail

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
"${PYTHON:-python3}" -m venv "$tmp/v"
# what it declares has jax, numpyro and bokeh; the estimators need these
"$tmp/v/bin/pip" install --quiet --no-compile numpy==2.3.5 scipy==1.16.3 pydantic==2.12.4 loguru==0.6.0
"$tmp/v/bin/pip" install --quiet --no-compile --no-deps pybandits==8.4.1
"$tmp/v/bin/python" - <<'PY'
import numpy as np
from pybandits.offline_policy_estimator import (DirectMethod, DoublyRobust, InverseProbabilityWeighting, SubGaussianDoublyRobust,
                                                SubGaussianInverseProbabilityWeighting, SwitchDoublyRobust)

# Action 0 pays 1 and action 1 pays 0, for certain. Logged: 3 of 4 times action 0; evaluated: action 0 with 1/5, so the value is 1/5.
action = np.array([0, 0, 0, 1] * 5)
n = len(action)
log = dict(action=action, reward=(action == 0).astype(int), estimated_policy=np.tile([[0.2, 0.8]], (n, 1)),
           expected_reward=np.tile([[1.0, 0.0]], (n, 1)))

def rows(propensity, estimator, **options):
    return estimator(**options).estimate_sample_rewards(propensity_score=propensity, **log)

true, other = np.where(action == 0, 0.75, 0.25), np.full(n, 0.5)
for name, propensity, value in (("true propensities", true, 0.2), ("other propensities", other, 0.36)):
    dm, dr, ipw = (rows(propensity, e) for e in (DirectMethod, DoublyRobust, InverseProbabilityWeighting))
    weight = log["estimated_policy"][np.arange(n), action] / propensity
    book = dm + weight * (log["reward"] - log["expected_reward"][np.arange(n), action])
    print(f"{name}: doubly robust {dr.mean():.3f} (spread {dr.std():.3f}), by the book {book.mean():.3f} (spread {book.std():.3f}); "
          f"direct {dm.mean():.3f}, importance weights {ipw.mean():.3f} (spread {ipw.std():.3f})")
    assert np.allclose(book, 0.2) and np.allclose(dm, 0.2) and np.isclose(dr.mean(), value)
    assert np.allclose(dr, dm + weight * (log["reward"] - dm))
assert rows(true, DoublyRobust).std() > 3 * rows(true, InverseProbabilityWeighting).std()

dm, weight = rows(other, DirectMethod), log["estimated_policy"][np.arange(n), action] / other
for threshold in (1.0, np.inf):
    got = rows(other, SwitchDoublyRobust, switch_threshold=threshold)
    print(f"Switch-DR, threshold {threshold}: corrected are the weights", np.unique(weight[got != dm]), "of", np.unique(weight))
    assert ((got != dm) == (weight >= threshold)).all()

for factor in (0.0, 0.5, 1.0):
    plain, shrunk = rows(other, InverseProbabilityWeighting), rows(other, SubGaussianInverseProbabilityWeighting, shrinkage_factor=factor)
    book = weight / (1 - factor + factor * weight) * log["reward"]
    print(f"sub-Gaussian weights, factor {factor}: {shrunk.mean():.3f}, by its own formula {book.mean():.3f}")
    assert np.array_equal(plain, shrunk) and (factor == 0) == np.allclose(book, shrunk)
assert np.array_equal(rows(other, DoublyRobust), rows(other, SubGaussianDoublyRobust))
PY
