"""brax's GAE and mushroom-rl's policy gradients on the fixtures of `exact-mdp reference` (docs/libraries.md).

Their own functions run; what stands around them (flax, physics, torch, windows) is left out, since none of it
is used. Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/libraries/test_brax_and_mushroom.py
"""

import importlib
import json
import os
import subprocess
import sys
import types
from importlib.util import find_spec
from unittest.mock import MagicMock

import numpy as np
import pytest

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")
MODELS = os.path.join(os.path.dirname(__file__), "../../../mdps")


def without_their_surroundings(packages, stubs, wanted):
    """A module of a library whose packages are entered without running what they import."""
    top = packages[0].split(".")[0]
    spec = find_spec(top)
    if spec is None:
        pytest.skip(f"{top} is not installed")
    root = os.path.dirname(spec.origin)
    before = dict(sys.modules)
    for package in packages:
        module = types.ModuleType(package)
        module.__path__ = [os.path.join(root, *package.split(".")[1:])]
        sys.modules[package] = module
    sys.modules.update(stubs)
    try:
        return importlib.import_module(wanted)
    finally:
        for name in set(sys.modules) - set(before):
            if name.split(".")[0] in {top, *stubs}:
                del sys.modules[name]
        sys.modules.update({name: before[name] for name in stubs if name in before})


def fixtures(model, *flags):
    command = [BINARY, "reference", f"{MODELS}/{model}.yaml", "--policy", "random:1", "-n", "6", "--seed", "3"]
    command += ["--estimators", "total-return,reward-to-go", "--quiet", *flags]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return report["fixtures"], report["criterion"]["discount"]


def form(fixtures, name):
    found = next(form for form in fixtures["forms"] if form["name"] == name)
    return found.get("psi") or found["estimate"]


@pytest.mark.parametrize("model, flags", [("two-state", ["--truncation", "12"]), ("retry-loop", [])])
def test_generalized_advantages_of_brax(model, flags):
    """δ + γA', not δ + γλA'; its first answer is the λ-return."""
    jnp = pytest.importorskip("jax.numpy")
    stubs = {name: MagicMock() for name in ("flax", "brax.training.types", "brax.training.agents.ppo.networks")}
    packages = ["brax", "brax.training", "brax.training.agents", "brax.training.agents.ppo"]
    losses = without_their_surroundings(packages, stubs, "brax.training.agents.ppo.losses")
    found, gamma = fixtures(model, *flags)
    for i in range(len(found["lengths"])):
        column = lambda key: jnp.asarray(np.array(found[key][i], dtype=float))[:, None]  # noqa: E731
        after = jnp.asarray([float(found["v_next"][i][-1])])
        ended = column("terminated")
        vs, advantages = losses.compute_gae(
            jnp.zeros_like(ended), ended, column("rewards"), column("v"), after, lambda_=0.95, discount=gamma
        )
        expected = form(found, "one-step-of-lambda-return:0.95")[i]
        np.testing.assert_allclose(np.asarray(advantages)[:, 0], expected, rtol=2e-5, atol=2e-6)
        expected = form(found, "lambda-return:0.95")[i]
        np.testing.assert_allclose(np.asarray(vs)[:, 0], expected, rtol=2e-5, atol=2e-6)


class Policy:
    """Scores that are looked up: the state is the step's."""

    def __init__(self, size):
        self.weights_size = size

    def diff_log(self, state, action):
        return np.array(state)


class Agent:
    def __init__(self, mdp_info, policy, features):
        self.mdp_info, self.policy, self.phi = mdp_info, policy, features

    def _add_save_attr(self, **attributes):
        pass


@pytest.mark.parametrize("name, estimator", [("REINFORCE", "total-return"), ("GPOMDP", "reward-to-go")])
def test_policy_gradients_of_mushroom(name, estimator):
    """With their baselines from the sample, and without them the estimators themselves."""
    where = "mushroom_rl.algorithms.policy_search.policy_gradient"
    core = types.ModuleType("mushroom_rl.core")
    core.Agent = Agent
    packages = ["mushroom_rl", "mushroom_rl.algorithms", "mushroom_rl.algorithms.policy_search"]
    library = without_their_surroundings(packages, {"mushroom_rl.core": core}, where)
    found, gamma = fixtures("retry-loop")
    dataset = []
    for rewards, scores in zip(found["rewards"], found["scores"]):
        for t, (reward, score) in enumerate(zip(rewards, scores)):
            last = t + 1 == len(rewards)
            dataset.append((score, 0, reward, None, last, last))
    gradients = []
    for without in (False, True):
        policy = Policy(len(found["scores"][0][0]))
        policy.get_weights, policy.set_weights = lambda: 0, lambda theta: None
        info = types.SimpleNamespace(gamma=gamma)
        agent = getattr(library, name)(info, policy, lambda theta, gradient: gradients.append(gradient))
        if without:
            end = agent._compute_gradient

            def no_baseline(returns, agent=agent, end=end):
                agent.baseline_num = [np.zeros_like(np.asarray(row)) for row in agent.baseline_num]
                return end(returns)

            agent._compute_gradient = no_baseline
        agent.fit(dataset)
    expected = form(found, f"in-sample-baseline:{estimator}")
    np.testing.assert_allclose(gradients[0], expected, rtol=1e-10, atol=1e-12)
    expected = next(e["estimate"] for e in found["estimates"] if e["name"] == estimator)
    np.testing.assert_allclose(gradients[1], expected, rtol=1e-10, atol=1e-12)
