"""Baselines of one's own, solvers by name, and comparisons in parts, as the program has them."""

import json
import pickle
import subprocess

import numpy as np
import pytest

import exact_mdp
from test_studies import equal, file
from test_answers import told

B = [3.0, 1.5]


@pytest.fixture
def solved():
    return exact_mdp.bundled("two-state").solve_policy()


@pytest.fixture
def written(tmp_path):
    """b(s) in a file."""
    path = tmp_path / "b.json"
    path.write_text(json.dumps(B))
    return str(path)


def test_a_baseline_is_that_of_the_program(solved, written, program):
    flags = ("--baseline-file", written, "--truncation", "30", "--estimators", "reward-to-go")
    ours = solved.compare("reward-to-go", n=500, seed=3, truncation=30, baseline=B)
    theirs = told(program, "compare", file("two-state"), "-n", "500", "--seed", "3", *flags)
    assert [one["name"] for one in ours.estimators] == ["reward-to-go", "baseline:file"]
    for mine, other in zip(ours.estimators, theirs["estimators"]):
        for key in ("mean", "expectation", "variance", "standard_error"):
            assert mine[key].tolist() == other[key], key
    equal(
        solved.reference(estimators="reward-to-go", truncation=30, baseline=B),
        told(program, "reference", file("two-state"), *flags),
    )
    equal(
        solved.one_step(estimators="reward-to-go", truncation=30, baseline=B),
        told(program, "step", file("two-state"), *flags),
    )


def test_a_baseline_moves_no_mean(solved):
    """Of itself v, it has the law of that baseline."""
    plain, own = solved.compare("reward-to-go", n=200, truncation=30, baseline=B).estimators
    assert np.allclose(own["expectation"], plain["expectation"], rtol=1e-12, atol=1e-12)
    assert not np.allclose(own["variance"], plain["variance"])
    usual = exact_mdp.bundled("retry-loop").solve_policy()
    named, own = usual.compare("baseline:v", n=200, baseline=usual.v).estimators
    assert np.allclose(own["variance"], named["variance"], rtol=1e-12)


def test_trajectories_are_judged_with_a_baseline(solved):
    some = solved.sample(300, seed=4, truncation=20)
    pi = solved.policy.probabilities
    rows = np.zeros((len(some), 4))
    for i, (first, last) in enumerate(zip(some.start[:-1], some.start[1:])):
        for t in range(first, last):
            later = sum(0.9 ** (k - t) * some.rewards[k] for k in range(t, last))
            state, action = some.states[t], some.actions[t]
            score = -np.where(solved.model.pair_states == state, pi, 0.0)
            score[(solved.model.pair_states == state) & (solved.model.pair_actions == action)] += 1
            rows[i] += 0.9 ** (t - first) * score * (later - B[state])
    columns = some.to_dict() | {"estimate": rows.mean(0)}
    assert solved.judge(trajectories=columns, baseline=B)
    assert not solved.judge(trajectories=columns | {"estimate": 2 * rows.mean(0)}, baseline=B)
    asked = {"truncation": 20, "baseline": B}
    named = solved.judge(samples=rows, estimator="baseline:file", **asked)
    assert named and [one["name"] for one in named.report["estimators"]] == ["baseline:file"]
    tried = solved.judge(samples=rows, **asked).report["estimators"]
    assert {"baseline:file", "baseline:file:dropped"} <= {one["name"] for one in tried}
    law, same = solved.law("baseline:file", **asked), solved.law(**asked)
    assert np.array_equal(law.covariance, same.covariance)
    beside = {"formula": "covariance", "values": law.covariance, "truncation": 20}
    assert solved.judge(**beside, estimator="baseline:file", baseline=B)
    with pytest.raises(exact_mdp.ExactMdpError, match="(?s)not given beside baseline:file.*baseline="):
        solved.judge(samples=rows, estimator="baseline:file", truncation=20)
    with pytest.raises(exact_mdp.ExactMdpError, match="trajectories"):
        solved.judge(gradient=solved.gradient, baseline=B)
    with pytest.raises(exact_mdp.ExactMdpError, match="covariance of .baseline:file"):
        solved.judge(**beside, baseline=B)
    with pytest.raises(exact_mdp.ExactMdpError, match="baseline has 3 numbers; expected 2"):
        solved.compare("reward-to-go", n=10, truncation=5, baseline=[1, 2, 3])


@pytest.mark.parametrize("solver", ["auto", "dense", "sparse", "krylov"])
def test_solvers_by_name_give_one_answer(solver):
    model = exact_mdp.bundled("frozenlake-8x8")
    solved = model.solve_policy(solver=solver)
    usual = model.solve_policy()
    assert abs(solved.j - usual.j) <= 1e-10 * abs(usual.j)
    assert np.allclose(solved.gradient, usual.gradient, rtol=1e-9, atol=1e-12)
    again = pickle.loads(pickle.dumps(solved))
    assert again.evaluate().solver == solved.evaluate().solver
    assert solved.with_theta(np.zeros(len(model.pairs))).evaluate().solver["name"] == solved.evaluate().solver["name"]
    assert abs(model.solve(solver=solver, iterations=10**6).j - model.optimum().j) <= 1e-9


def test_unknown_solvers_are_named():
    for solver in ("petsc", "", "LU"):
        with pytest.raises(exact_mdp.ExactMdpError, match='solver is .*expected one of "auto"'):
            exact_mdp.bundled("two-state").solve_policy(solver=solver)


N = 5_000  # three blocks, the last not whole


def parts(solved, **said):
    return [solved.compare_blocks(blocks, "reward-to-go,td-residual", n=N, seed=7, **said) for blocks in (range(0, 1), (1, 3))]


@pytest.mark.parametrize("said", [{}, {"paired": True, "covariance": True}, {"critic": [0.5, 0], "baseline": B}, {"threads": 2}])
def test_parts_are_the_whole(solved, said):
    said = {"truncation": 10} | said
    whole = solved.compare("reward-to-go,td-residual", n=N, seed=7, **said)
    shards = parts(solved, **said)
    said.pop("threads", None)
    merged = solved.compare_merged(shards[::-1], ["reward-to-go", "td-residual"], seed=7, **said)
    assert (merged.trajectories, merged.steps, merged.consistent) == (N, whole.steps, whole.consistent)
    for mine, other in zip(merged.estimators, whole.estimators, strict=True):
        assert all(np.array_equal(mine[key], other[key]) for key in other), other["name"]
    assert merged.plot() and len(merged) == len(whole)


def test_parts_are_those_of_the_program(solved, program, tmp_path):
    flags = ("--estimators", "reward-to-go,td-residual", "--seed", "7", "--truncation", "10")
    path = tmp_path / "a.sums"
    run = [program, "compare", file("two-state"), *flags, "-n", str(N), "--blocks", "0..1", "-o", str(path), "--quiet"]
    subprocess.run(run, check=True)
    first, second = parts(solved, truncation=10)
    assert path.read_bytes() == first
    merged = solved.compare_merged([path, second], "reward-to-go,td-residual", seed=7, truncation=10)
    assert merged.trajectories == N


def test_what_is_no_run_is_an_error(solved):
    first, second = parts(solved, truncation=10)

    def merge(*shards, estimators="reward-to-go,td-residual", seed=7, **said):
        return solved.compare_merged(list(shards), estimators, seed=seed, **({"truncation": 10} | said))

    for call, words in [
        (lambda: merge(first), "no shard has the blocks 1..3"),
        (lambda: merge(first, first, second), "also in"),
        (lambda: merge(first, second, seed=8), "seed: 7, not 8"),
        (lambda: merge(first, second, truncation=11), "sampling"),
        (lambda: merge(first, second, estimators="reward-to-go"), "estimators"),
        (lambda: merge(first[:-5], second), r"shards\[0\]"),
        (lambda: merge(b"", second), r"shards\[0\]"),
        (lambda: merge(1), r"shards\[0\] is neither"),
        (lambda: merge(), "shards are none"),
        (lambda: solved.compare_blocks(range(3, 9), "reward-to-go", n=N, truncation=10), "blocks 0..3"),
        (lambda: solved.compare_blocks(range(3, 1), "reward-to-go"), "blocks is range"),
        (lambda: solved.compare_blocks(range(0, 4, 2), "reward-to-go"), "blocks is range"),
        (lambda: solved.compare_blocks("0..3", "reward-to-go"), "blocks is '0..3'"),
        (lambda: solved.compare_blocks(range(0, 1), "reward-to-go", n=0, truncation=5), "blocks|trajector"),
    ]:
        with pytest.raises(exact_mdp.ExactMdpError, match=words) as error:
            call()
        assert "--" not in str(error.value), error.value
