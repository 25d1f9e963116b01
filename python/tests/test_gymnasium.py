"""Environments from models and models from environments."""

import numpy as np
import pytest

import exact_mdp

gymnasium = pytest.importorskip("gymnasium")


TOY_TEXT = [
    ("FrozenLake-v1", {}),
    ("FrozenLake-v1", {"is_slippery": False}),
    ("FrozenLake-v1", {"map_name": "8x8"}),
    ("FrozenLake-v1", {"desc": ["SFH", "FFF", "HFG"], "success_rate": 0.6}),
    ("FrozenLake-v1", {"reward_schedule": (10, -1, -0.1)}),
    ("FrozenLake8x8-v1", {}),
    ("CliffWalking-v1", {}),
    ("CliffWalking-v1", {"is_slippery": True}),
    ("CliffWalkingSlippery-v1", {}),
    ("Taxi-v4", {}),
    ("Taxi-v4", {"is_rainy": True}),
    ("Taxi-v4", {"is_rainy": True, "rainy_probability": 0.5}),
]


@pytest.mark.parametrize(("name", "options"), TOY_TEXT[:-1])  # the last is as slow as the one before
def test_toy_text_by_value_iteration_on_its_own_table(name, options):
    env = gymnasium.make(name, **options)
    table = env.unwrapped.P
    m = exact_mdp.Model.from_gymnasium(env, 0.95)
    v = np.zeros(len(table))
    for _ in range(2000):
        q = [
            [sum(p * (r + 0.95 * v[s] * (not over)) for p, s, r, over in table[state][a]) for a in table[state]]
            for state in sorted(table)
        ]
        v, before = np.max(q, axis=1), v
        if abs(v - before).max() < 1e-13:
            break
    # a state that goes on although some outcome ends there gets a terminal one beside it, the last of m
    goes_on = ~m.terminal[: len(v)]
    assert np.allclose(m.optimum().v[: len(v)][goes_on], v[goes_on], rtol=1e-9, atol=1e-9)


def test_the_shipped_lake_is_gymnasium_s():
    m = exact_mdp.Model.from_gymnasium(gymnasium.make("FrozenLake-v1"), "0.99")
    shipped = exact_mdp.bundled("frozenlake-4x4")
    assert m.exact().solve_policy().j == shipped.exact().solve_policy().j


@pytest.mark.parametrize("name", ["frozenlake-4x4", "two-state", "retry-loop", "recycling-robot"])
def test_gymnasium_s_own_check_passes(name):
    from gymnasium.utils.env_checker import check_env

    check_env(exact_mdp.bundled(name).to_gymnasium(), skip_render_check=True)


@pytest.mark.parametrize("name", ["frozenlake-4x4", "retry-loop", "short-corridor", "inventory-finite-horizon"])
def test_episodes_are_a_function_of_the_seed_and_their_returns_meet_j(name):
    m = exact_mdp.bundled(name)
    s = m.solve_policy()
    env = m.to_gymnasium()

    def episodes(seed, count):
        env.action_space.seed(seed)
        returns, trail = [], []
        for episode in range(count):
            state, info = env.reset(seed=seed if episode == 0 else None)
            factor, total, over = 1.0, 0.0, False
            while not over:
                action = env.action_space.sample(info["action_mask"])
                state, reward, over, cut, info = env.step(action)
                assert not cut and 0 < info["prob"] <= 1
                trail.append((int(state), int(action), reward))
                total, factor = total + factor * reward, factor * m.discount
            returns.append(total)
        return np.array(returns), trail

    returns, trail = episodes(4, 3000)
    assert episodes(4, 30)[1] == trail[: len(episodes(4, 30)[1])]
    error = returns.std() / np.sqrt(len(returns))
    assert abs(returns.mean() - s.j) <= 5 * error + 1e-12


def test_an_illegal_action_says_which_are_legal():
    env = exact_mdp.bundled("recycling-robot").to_gymnasium()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="has no action"):
        env.step(99)


@pytest.mark.parametrize(("name", "options"), TOY_TEXT)
def test_toy_text_there_and_back(name, options):
    """The environment of the model passes Gymnasium's check, steps as the table says, and is the same model again."""
    from gymnasium.utils.env_checker import check_env

    source = gymnasium.make(name, **options).unwrapped
    m = exact_mdp.Model.from_gymnasium(source, "0.95")
    env = m.to_gymnasium()
    check_env(env, skip_render_check=True)
    state, info = env.reset(seed=3)
    env.action_space.seed(4)
    for _ in range(300):
        action = env.action_space.sample(info["action_mask"])
        before = state
        state, reward, over, cut, info = env.step(action)
        # a terminal state that the model adds stands behind those of the table
        rows = source.P[int(before)][int(action)]
        chance = sum(p for p, s, r, ends in rows if r == reward and bool(ends) == over and (s == state or state >= len(source.P)))
        assert chance == pytest.approx(info["prob"], abs=1e-12) and not cut
        if over:
            state, info = env.reset()
    assert exact_mdp.Model.from_gymnasium(env, "0.95") == m


def test_wrappers_that_change_the_model_are_refused():
    from gymnasium import wrappers

    env = gymnasium.make("FrozenLake-v1")  # in a TimeLimit and more, which change nothing
    right = exact_mdp.Model.from_gymnasium(env, "0.9")
    seen = wrappers.TransformObservation(env, lambda s: s, env.observation_space)
    assert exact_mdp.Model.from_gymnasium(wrappers.RecordEpisodeStatistics(seen), "0.9") == right
    for wrapped in (wrappers.TransformReward(env, lambda r: 10 * r), wrappers.ClipReward(env, 0, 0.5)):
        with pytest.raises(exact_mdp.ModelError, match=type(wrapped).__name__ + " is a wrapper"):
            exact_mdp.Model.from_gymnasium(wrappers.RecordEpisodeStatistics(wrapped), "0.9")


@pytest.mark.parametrize(("name", "options", "words"), [
    ("Blackjack-v1", {}, "no table"), ("Taxi-v4", {"fickle_passenger": True}, "fickle_passenger"),
])
def test_what_the_table_does_not_say_is_refused(name, options, words):
    with pytest.raises(exact_mdp.ModelError, match=words):
        exact_mdp.Model.from_gymnasium(gymnasium.make(name, **options), 0.9)
