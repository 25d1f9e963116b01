#!/usr/bin/env bash
# minari 0.5.4 (Python 3.11 to 3.13): a part of a data set, combined, is the whole: the test episodes come back into the training set.
#
# Guess: combine_datasets([part], name) is a data set of the episodes of `part`, where part was made by split_dataset or filter_episodes;
#        training and test part combined are the whole.
# Seen:  a part is a list of indices into its file, and combine_datasets copies the file: of 15 episodes, combined, there are 20, the five
#        test episodes among them; of those that were paid, 20 with the unpaid ones; both parts together are 40, each episode
#        twice. No warning. (Its format "hdf5" cannot be written without Pillow, which minari[hdf5] does not ask for.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile "minari[hdf5]==0.5.4" gymnasium==1.4.0 numpy==2.4.6 h5py==3.16.0 pillow==11.3.0
MINARI_DATASETS_PATH="$work/sets" "$work/venv/bin/python" -W ignore - <<'EOF'
import gymnasium as gym
import numpy as np
from minari import combine_datasets, create_dataset_from_buffers, split_dataset
from minari.data_collector import EpisodeBuffer


def episode(seed, rng=np.random.default_rng(0)):
    """One of a policy that moves at random on the lake."""
    env = gym.make("FrozenLake-v1", is_slippery=False)
    observations, actions, rewards, ends = [env.reset(seed=seed)[0]], [], [], []
    while not (ends and any(ends[-1])):
        actions.append(int(rng.choice(4, p=[0.05, 0.45, 0.45, 0.05])))
        seen, reward, *end, _ = env.step(actions[-1])
        observations.append(seen)
        rewards.append(float(reward))
        ends.append(end)
    terminated, truncated = zip(*ends)
    return EpisodeBuffer(
        id=seed, seed=seed, observations=observations, actions=actions, rewards=rewards, terminations=list(terminated), truncations=list(truncated)
    )


def write(name):
    return create_dataset_from_buffers(name, [episode(seed) for seed in range(20)], env="FrozenLake-v1", data_format="hdf5")


def returns(dataset):
    return sorted(float(episode.rewards.sum()) for episode in dataset)


whole = write("lake/whole-v0")
train, test = split_dataset(whole, [15, 5], seed=0)
paid = whole.filter_episodes(lambda episode: episode.rewards.sum() > 0)
sizes = {"train": len(train), "test": len(test), "paid": len(paid)}
combined = {name: combine_datasets([part], f"lake/{name}-v0") for name, part in (("train", train), ("test", test), ("paid", paid))}
both = combine_datasets([train, test], "lake/both-v0")
print("parts:", sizes, "| combined:", {name: len(one) for name, one in combined.items()}, "| train and test:", len(both))
assert sizes["train"] == 15 and sizes["test"] == 5 and 0 < sizes["paid"] < 20
assert all(returns(one) == returns(whole) for one in combined.values())
assert set(returns(paid)) == {1.0} and set(returns(combined["paid"])) == {0.0, 1.0}
assert len(both) == 40 and returns(both) == sorted(2 * returns(whole))
EOF
