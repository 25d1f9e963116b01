"""Tables whose axes have the names of a model in an order of their own, rectangles of parameters, and columns that are none of ours."""

import datetime

import numpy as np
import pytest

import exact_mdp


def test_names_on_the_axes_of_tables_are_read():
    """d stays and is paid 1 a step, 2 with γ = 1/2; a, b and c go round for nothing."""
    pandas = pytest.importorskip("pandas")
    states, actions = list("abcd"), list("xyz")
    steps = np.repeat(np.eye(4)[[1, 2, 0, 3]][:, None], 3, axis=1)
    R = pandas.DataFrame(np.zeros((4, 3)), index=states, columns=actions)
    R.loc["d"] = [1.0, 1.0, 1.0]
    reversed_R = R.loc[states[::-1], actions[::-1]]
    start = pandas.Series({"d": 1.0, "c": 0.0, "b": 0.0, "a": 0.0})
    for paid in (R, reversed_R):
        m = exact_mdp.Model.from_arrays(steps, paid, 0.5, axes="sas", initial=start, states=states, actions=actions)
        assert m.solve_policy().v.tolist() == [0, 0, 0, 2]
        assert m.solve_policy().j == 2
    pi = pandas.DataFrame([[0.5, 0.25, 0.25]] * 4, index=states, columns=actions)
    theta = pandas.DataFrame(np.arange(12.0).reshape(4, 3), index=states, columns=actions)
    assert m.softmax(theta.iloc[::-1]).theta.tolist() == list(range(12))
    assert m.tabular(pi[actions[::-1]]).probabilities.tolist() == [0.5, 0.25, 0.25] * 4


def test_names_on_the_axes_of_what_is_judged_are_read():
    pandas = pytest.importorskip("pandas")
    m = exact_mdp.bundled("two-state")
    s = m.solve_policy(m.softmax([0.3, -0.2, 0.1, 0.4]))
    table = pandas.DataFrame(s.gradient.unstack(), index=m.states, columns=m.actions)
    labelled = pandas.Series(s.gradient, index=s.policy.parameters)
    for mine in (table, table.iloc[::-1], table[table.columns[::-1]], labelled.iloc[::-1]):
        assert s.judge(gradient=mine).verdict == "right"
    assert s.judge(formula="v", values=pandas.Series(s.v, index=m.states).iloc[::-1]).verdict == "right"
    assert s.judge(gradient=table.to_numpy()[::-1]).verdict == "wrong"


def test_rectangles_of_parameters_are_read_beside_trajectories():
    """d is a state and an action; where a state has not the action stands 0, as in the gradient of a table."""
    s = exact_mdp.bundled("retry-loop").solve_policy()
    runs = s.sample(6, seed=1)
    ends = np.cumsum(runs.lengths)[:-1]
    columns = {name: [x.tolist() for x in np.split(getattr(runs, name), ends)] for name in ("states", "actions", "rewards", "next_states")}
    pi, of_state = s.policy.probabilities, s.model.pair_states
    pairs = {(a, b): k for k, (a, b) in enumerate(zip(s.model.pair_states, s.model.pair_actions))}
    rows = []
    for states, actions, rewards in zip(columns["states"], columns["actions"], columns["rewards"]):
        row = np.zeros(len(pi))
        for t, (state, action) in enumerate(zip(states, actions)):
            k = pairs[state, action]
            score = np.eye(len(pi))[k] - np.where(of_state == of_state[k], pi, 0)
            row += s.model.discount**t * score * sum(s.model.discount**l * r for l, r in enumerate(rewards[t:]))
        rows.append(row)
    square = np.nan_to_num(exact_mdp.unstack(s.model, np.array(rows)))
    for made in ({"contributions": square}, {"estimate": square.mean(0)}, {"estimates": {"reward-to-go": {"contributions": square}}}):
        assert s.judge(trajectories=columns | made, estimator="reward-to-go").verdict == "right"
    square[:, -1] += 1.0  # a number where no pair is
    with pytest.raises(exact_mdp.ExactMdpError):
        s.judge(trajectories=columns | {"contributions": square})


def test_a_column_that_is_not_read_may_hold_anything():
    s = exact_mdp.bundled("two-state").solve_policy()
    runs = s.sample(3, truncation=4, seed=2)
    columns = {name: getattr(runs, name) for name in ("states", "actions", "rewards", "next_states", "lengths")}
    when = [datetime.datetime(2026, 1, 1)] * len(runs.rewards)
    found = s.judge(trajectories=columns | {"when": when, "odd": np.ones(len(when)) * 1j})
    assert found.verdict == "consistent"
    assert [one["name"] for one in found.report["not_read"]] == ["odd", "when"]
    with pytest.raises(exact_mdp.ExactMdpError, match="rewards has .datetime"):
        s.judge(trajectories=columns | {"rewards": when})


def test_numbers_of_eight_bits_are_refused_by_name():
    class Brain:
        dtype = type("dtype", (), {"name": "bfloat16"})

    s = exact_mdp.bundled("two-state").solve_policy()
    for mine in ({"gradient": Brain()}, {"samples": Brain()}, {"formula": "v", "values": Brain()}):
        with pytest.raises(exact_mdp.ExactMdpError, match="bfloat16"):
            s.judge(**mine)
