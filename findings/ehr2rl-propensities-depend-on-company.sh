#!/usr/bin/env bash
# ehr2rl 0.2.1 (Python 3.12): the probability with which a logged action was taken depends on what else is scored with it: 0.36 for 0.21.
#
# Guess: BehaviorPolicy.propensity_scores is the fitted policy's probability of each logged action, for a ratio of importance: the same
#        for a trajectory among the data that it was fitted to and for that trajectory alone.
# Seen:  whether actions are put into bins is decided anew by the data that are scored. Ten doses are five bins; a trajectory
#        with few doses is not binned: doses 8 and 9 are looked up as classes 8 and 9, of which there are none, and then
#        the first class's probability is taken (documented for unseen actions): that of the low doses for that of the high ones.
#        One patient at a time, or a part that was held out, gets ratios that are wrong, here by 1.7.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile ehr2rl==0.2.1 numpy==2.4.6 pandas==2.3.3 scikit-learn==1.8.0
"$work/venv/bin/python" -W ignore - <<'EOF'
import numpy as np
from ehr2rl.data.dataset import EHRDataset, PatientTrajectory
from ehr2rl.policy.behavior import BehaviorPolicy

rng = np.random.default_rng(0)


def patient(name, doses):
    ends = np.zeros(len(doses))
    ends[-1] = 1
    times, states = np.arange(len(doses)), rng.normal(size=(len(doses), 2))
    return PatientTrajectory(name, name, times, states, np.array(doses).reshape(-1, 1), np.zeros(len(doses)), ends)


# Dose 0 with 0.37, doses 1 to 9 with 0.07 each, whatever the state is; the last patient gets 8, 9, 8 and 9.
chances = [0.37] + [0.07] * 9
patients = [patient(str(k), rng.choice(10, p=chances, size=200)) for k in range(40)] + [patient("last", [8, 9, 8, 9])]
everyone, alone = EHRDataset(trajectories=patients), EHRDataset(trajectories=patients[-1:])
policy = BehaviorPolicy(n_action_bins=5).fit(everyone)
print("bins of doses:", policy.discretizer.bin_edges_[0])
together = policy.propensity_scores(everyone)[-4:]
single = policy.propensity_scores(alone)
print("among all:", together.round(3), "alone:", single.round(3))
share = np.mean(np.concatenate([p.actions[:, 0] for p in patients]) >= policy.discretizer.bin_edges_[0][-2])
print("share of the last bin:", round(float(share), 3))
assert np.allclose(together, share, atol=0.03)
first = policy.predict_proba(alone[0].states)[:, 0]
assert np.allclose(single, first) and np.all(single > 1.5 * together)
EOF
