"""`judge --trajectories` of logs that Gymnasium's vector environments make, and `--samples` that missed what is rare.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/judge/test_logged_environments.py
"""

import json
import os
import subprocess

import numpy as np
import pytest

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")
LAKE = [":frozenlake-4x4", "--policy", "random:3"]


def run(*arguments):
    done = subprocess.run([BINARY, *map(str, arguments), "--format", "json"], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def judged(tmp_path, columns):
    path = tmp_path / "log.json"
    path.write_text(json.dumps({name: np.asarray(values).tolist() for name, values in columns.items()}))
    report = run("judge", *LAKE, "--trajectories", path)
    return report["verdict"], [x["name"] for x in report["diagnoses"]]


def logged(mode, limit=None, steps=200, environments=8):
    """Columns, environment after environment; the last row of each is cut where it is no end, as one writes it."""
    gymnasium = pytest.importorskip("gymnasium", minversion="1.1")
    from gymnasium.vector import AutoresetMode, SyncVectorEnv

    solved = run("evaluate", *LAKE)
    pi = np.full((16, 4), 0.25)
    for (state, action), p in zip(solved["pairs"], solved["policy"]["probabilities"]):
        pi[int(state), ["left", "down", "right", "up"].index(action)] = p
    make = lambda: gymnasium.make("FrozenLake-v1", max_episode_steps=limit or 10**9)  # noqa: E731
    vector = SyncVectorEnv([make] * environments, autoreset_mode=AutoresetMode[mode])
    rng = np.random.default_rng(5)
    states, _ = vector.reset(seed=5)
    rows = []
    for _ in range(steps):
        actions = np.array([rng.choice(4, p=pi[s]) for s in states])
        later, rewards, terminated, truncated, _ = vector.step(actions)
        rows.append((states, actions, rewards, later, terminated, truncated))
        states = later
    names = ("states", "actions", "rewards", "next_states", "terminated", "truncated")
    columns = {name: np.array(column).T.copy() for name, column in zip(names, zip(*rows))}
    columns["truncated"][:, -1] |= ~columns["terminated"][:, -1]
    return {name: column.ravel() for name, column in columns.items()}


@pytest.mark.parametrize("limit", [None, 7])
@pytest.mark.parametrize("mode", ["SAME_STEP", "NEXT_STEP"])
def test_autoreset_is_named(tmp_path, mode, limit):
    name = "autoreset-" + mode.lower().replace("_", "-")
    assert judged(tmp_path, logged(mode, limit)) == ("wrong", [name])


def test_without_autoreset_the_log_is_right(tmp_path):
    assert judged(tmp_path, logged("DISABLED", steps=1, environments=50)) == ("consistent", [])


BANDITS = """
name: bandits
discount: 1/2
horizon: 1
states: [left, right, end]
actions: [a, b, c]
terminal: [end]
initial: {left: 6/11, right: 5/11}
transitions: {left: {a: end, b: end, c: end}, right: {a: end, b: end, c: end}}
rewards: {left: {a: 4, b: -1.2, c: 3.3}, right: {a: 0.7, b: 0.4, c: 3.2}}
"""
THETA = {"left": {"a": 3.4, "b": 3.4, "c": -0.6}, "right": {"a": 0.1, "b": 3.3, "c": -2.2}}


def test_samples_that_missed_a_third_action_are_not_refuted(tmp_path):
    """An action of 1 % is in no coordinate's tail alone: those of the two others add up to minus its own."""
    (tmp_path / "bandits.yaml").write_text(BANDITS)
    (tmp_path / "policy.json").write_text(json.dumps({"theta": THETA}))
    rewards = np.array([[4, -1.2, 3.3], [0.7, 0.4, 3.2]])
    theta = np.array([list(row.values()) for row in THETA.values()])
    pi = np.exp(theta) / np.exp(theta).sum(1, keepdims=True)
    for seed in range(25):
        rng = np.random.default_rng(seed)
        rows = np.zeros((300, 2, 3))
        for row in rows:
            s = int(rng.random() < 5 / 11)
            a = rng.choice(3, p=pi[s])
            row[s] = (np.eye(3)[a] - pi[s]) * rewards[s, a]
        np.save(tmp_path / "mine.npy", rows.reshape(300, 6))
        for flags in ([], ["--false-alarm", "1e-3"]):
            report = run(
                "judge", tmp_path / "bandits.yaml", "--policy", tmp_path / "policy.json", "--samples", tmp_path / "mine.npy", *flags
            )
            assert report["verdict"] != "inconsistent", (seed, report["diagnoses"])
