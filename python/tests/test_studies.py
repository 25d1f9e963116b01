"""What the commands beyond values and gradients answer is here by the same words, and the same bits."""

import copy
import json
import pickle
from fractions import Fraction

import numpy as np
import pytest

import exact_mdp
from conftest import ROOT
from exact_mdp import pictures
from exact_mdp.testing import assert_law, assert_trajectories
from test_answers import told

MODELS = ["two-state", "retry-loop", "frozenlake-4x4", "multichain-average", "random-walk-5"]


def plain(x):
    """A value of a Report as JSON has it."""
    if isinstance(x, dict):
        return {name: plain(part) for name, part in x.items()}
    if isinstance(x, np.ndarray):
        return plain(x.tolist())
    if isinstance(x, list):
        return [plain(part) for part in x]
    if isinstance(x, float) and np.isnan(x):
        return None
    return str(x) if isinstance(x, Fraction) else x


def file(name):
    return str(ROOT / "mdps" / f"{name}.yaml")


def equal(report, document):
    """All but the policy's parameters, which are given by numbers here and by name there."""
    ours = plain(report.to_dict())
    assert list(ours) == list(document)
    for name in document:
        if name not in ("policy", "to"):
            assert ours[name] == document[name] or json.dumps(ours[name]) == json.dumps(_floats(document[name])), name


def _floats(x):
    """Whole numbers in lists are floats in an array."""
    if isinstance(x, dict):
        return {name: _floats(part) for name, part in x.items()}
    if isinstance(x, list):
        return [float(part) if type(part) is int else _floats(part) for part in x]
    return x


@pytest.mark.parametrize("name", MODELS)
def test_chains_are_those_of_the_program(name, program):
    s = exact_mdp.bundled(name).solve_policy()
    equal(s.chain(), told(program, "chain", file(name)))
    last = s.model.states[-1]
    equal(s.chain(to=[last], arithmetic="exact"), told(program, "chain", file(name), "--to", last, "--exact"))


@pytest.mark.parametrize("name", MODELS)
def test_evaluations_are_those_of_the_program(name, program):
    s = exact_mdp.bundled(name).solve_policy()
    equal(s.evaluate(), told(program, "evaluate", file(name)))
    equal(s.evaluate(arithmetic="exact"), told(program, "evaluate", file(name), "--exact"))
    if s.model.criterion != "average":
        equal(s.evaluate(returns=True), told(program, "evaluate", file(name), "--return"))


@pytest.mark.parametrize("name", ["two-state", "retry-loop", "frozenlake-4x4", "inventory-finite-horizon"])
def test_two_policies_are_compared_as_by_the_program(name, program):
    m = exact_mdp.bundled(name)
    s = m.solve_policy(m.uniform())
    equal(s.between(m.random(1), points=5), told(program, "between", file(name), "uniform", "random:1", "--points", "5"))
    equal(s.between(m.random(1), clip="1/10"), told(program, "between", file(name), "uniform", "random:1", "--clip", "1/10"))


def test_critics_are_those_of_the_program(program, tmp_path):
    rows = [[1, s / 4] for s in range(7)]
    path = tmp_path / "features.json"
    path.write_text(json.dumps(rows))
    m = exact_mdp.bundled("random-walk-5")
    rows = rows[: len(m)]
    path.write_text(json.dumps(rows))
    asked = ["critics", file("random-walk-5"), "--features", str(path), "--lambda", "0,0.5"]
    equal(m.solve_policy().critics(rows, lambdas=[0, "1/2"]), told(program, *asked))
    equal(m.solve_policy().critics(np.array(rows), lambdas=[0, 0.5], weights="uniform"), told(program, *asked, "--weights", "uniform"))
    with pytest.raises(exact_mdp.ExactMdpError, match=r"expected \[7, k\]"):
        m.solve_policy().critics([[1]])
    with pytest.raises(exact_mdp.ExactMdpError, match="on-policy"):
        m.solve_policy().critics(rows, weights="off")


def test_optimal_under_a_horizon_is_optimal(program):
    m = exact_mdp.bundled("inventory-finite-horizon")
    best = m.solve_policy(m.optimal())
    assert best.j == told(program, "evaluate", file("inventory-finite-horizon"), "--policy", "optimal")["j"]
    assert abs(best.j - m.optimum().j) <= 1e-12 * abs(best.j)
    assert len(best.v) == (m.horizon + 1) * len(m)
    again = pickle.loads(pickle.dumps(m.optimal()))
    assert m.solve_policy(again).j == best.j
    # one rule at all times is solved on the model itself
    assert len(m.solve_policy(m.uniform()).v) == len(m)
    assert m.solve_policy().evaluate()["v_by_time"].shape[0] in (m.horizon, m.horizon + 1)
    with pytest.raises(exact_mdp.AnalysisError, match="horizon"):
        exact_mdp.bundled("two-state").in_time()


def test_a_policy_with_a_rule_for_each_time_is_read(program, tmp_path):
    m = exact_mdp.bundled("inventory-finite-horizon")
    told_policy = told(program, "solve", file("inventory-finite-horizon"))
    path = tmp_path / "best.json"
    path.write_text(json.dumps(told_policy))
    assert abs(m.solve_policy(m.load_policy(path)).j - m.optimum().j) < 1e-9


def test_reports_are_values():
    s = exact_mdp.bundled("two-state").solve_policy()
    report = s.chain()
    for again in (pickle.loads(pickle.dumps(report)), copy.copy(report), copy.deepcopy(report)):
        assert again == report and hash(again) == hash(report) and repr(again) == repr(report)
    assert report != s.evaluate() and len(report) == len(list(report)) and report["kind"] == report.kind == "unichain"
    assert "transition" in dir(report) and "<table>" in report._repr_html_()
    assert not report.transition.flags.writeable and report.command == "chain" and report.warnings == []
    with pytest.raises(AttributeError, match="transition"):
        report.transitions


def test_costs_and_sums_that_are_off_come_from_arrays_too():
    P = np.array([[[1, 0], [0.5, 0.5]], [[0.25, 0.75], [0, 1.0]]])
    R = np.array([[0, 1], [2, 3.0]])
    m = exact_mdp.Model.from_arrays(P, R, 0.9, axes="sas", initial=0)
    least = exact_mdp.Model.from_arrays(P, R, 0.9, axes="sas", initial=0, minimize=True)
    gains = exact_mdp.Model.from_arrays(P, -R, 0.9, axes="sas", initial=0)
    assert least.optimum().j == -gains.optimum().j != m.optimum().j
    off = P.astype(np.float32) * np.float32(0.99999)
    with pytest.raises(exact_mdp.ModelError, match="normalize"):
        exact_mdp.Model.from_arrays(off, R, 0.9, axes="sas", initial=0)
    for allowed in (True, 1e-4, "1/10000"):
        near = exact_mdp.Model.from_arrays(off, R, 0.9, axes="sas", initial=0, normalize=allowed)
        assert abs(near.solve_policy().j - m.solve_policy().j) < 1e-5
    with pytest.raises(exact_mdp.ExactMdpError, match="from 0 up to 1"):
        exact_mdp.Model.from_arrays(off, R, 0.9, axes="sas", initial=0, normalize=2)
    rows = [(0, 0, 0, "99999/100000", 1)]
    one = exact_mdp.Model.from_outcomes(rows, "1/2", states=1, actions=1, initial=0, normalize=True, minimize=True)
    assert one.exact().solve_policy().j == 2


MACHINE = str(ROOT / "docs" / "rewards" / "machine.yaml")


def test_several_rewards_are_those_of_the_program(program):
    m = exact_mdp.load(MACHINE)
    assert m.reward_names == ["output", "breakdowns", "repairs"]
    s = m.solve_policy()
    equal(s.rewards(), told(program, "rewards", MACHINE))
    asked = ("rewards", MACHINE, "--combination", "output - 2*repairs", "--exact")
    equal(s.rewards(combination="output - 2*repairs", arithmetic="exact"), told(program, *asked))
    equal(m.constrained(["breakdowns<=1/2"], arithmetic="exact"), told(program, "constrained", MACHINE, "--bound", "breakdowns<=1/2", "--exact"))
    asked = ("pareto", MACHINE, "--of", "output,-1*repairs")
    equal(m.pareto(["output", "-1*repairs"]), told(program, *asked))
    for chosen in (m.with_reward("output - 2*repairs"), exact_mdp.load(MACHINE, reward="output - 2*repairs")):
        assert chosen.optimum().j == told(program, "solve", MACHINE, "--reward", "output - 2*repairs")["j"]
        assert pickle.loads(pickle.dumps(chosen)) == chosen and chosen.reward_names == []
    for call, says in {
        lambda: m.with_reward("outputs"): "outputs", lambda: m.constrained(["breakdowns"]): "breakdowns",
        lambda: m.pareto(["output"]): "two", lambda: exact_mdp.bundled("two-state").pareto(): "reward",
        lambda: m.pareto(arithmetic="certified"): "expected", lambda: exact_mdp.bundled("two-state", reward="x"): "reward",
    }.items():
        with pytest.raises(exact_mdp.ExactMdpError, match=says) as raised:
            call()
        assert "--" not in str(raised.value)


def test_ascents_by_steps_seeds_and_risks_are_those_of_the_program(program, tmp_path):
    m = exact_mdp.bundled("two-state")
    few = ("ascend", file("two-state"), "-n", "5")
    asked = (*few, "--method", "plain,natural", "--step", "0.5,2")
    equal(m.ascents(methods=["plain", "natural"], step=[0.5, 2], iterations=5), told(program, *asked))
    asked = (*few, "--method", "reinforce", "--repeats", "3", "--drift")
    equal(m.ascents(methods=["reinforce"], repeats=3, drift=True, iterations=5), told(program, *asked))
    asked = (*few, "--method", "plain", "--risk", "mean-variance:1/10")
    risky = told(program, *asked)
    equal(m.ascents(methods=["plain"], risk="mean-variance:1/10", iterations=5), risky)
    assert m.ascend(method="plain", risk="mean-variance:1/10", iterations=5).j == risky["j"]
    asked = (*few, "--method", "evolution", "--rollouts", "4")
    assert m.ascend(method="evolution", rollouts=4, iterations=5).j == told(program, *asked)["j"]
    with pytest.raises(exact_mdp.ExactMdpError, match="repeats.*belongs to the sampled methods"):
        m.ascents(methods=["plain"], repeats=2)


def test_ascents_are_gone_on_from(program, tmp_path):
    m = exact_mdp.bundled("retry-loop")
    whole = m.ascend(method="natural", iterations=6, tolerance=0, iterates=True)
    half = m.ascend(method="natural", iterations=3, tolerance=0)
    rest = m.ascend(method="natural", iterations=3, tolerance=0, resume=pickle.loads(pickle.dumps(half)), iterates=True)
    assert rest.trace["iteration"].tolist() == [3, 4, 5, 6] and rest.j == whole.j
    for name in ("theta", "probabilities", "v"):
        assert (rest.iterates[name] == whole.iterates[name][3:]).all()
        assert (pickle.loads(pickle.dumps(rest)).iterates[name] == rest.iterates[name]).all()
    assert m.solve_policy(m.softmax(whole.iterates["theta"][2])).v.tolist() == whole.iterates["v"][2].tolist()
    path = tmp_path / "half.json"
    path.write_text(json.dumps(told(program, "ascend", file("retry-loop"), "--method", "natural", "-n", "3", "--tolerance", "0")))
    report = m.ascents(methods=["natural"], iterations=3, tolerance=0)
    for earlier in (path, report):
        assert m.ascents(methods=["natural"], iterations=3, tolerance=0, resume=earlier).j == whole.j
    for earlier in (1, m, "no-such.json"):
        with pytest.raises(exact_mdp.ExactMdpError):
            m.ascents(resume=earlier)


def test_continuous_actions_are_those_of_the_program(program):
    s = exact_mdp.bundled("linear-quadratic").solve_policy()
    asked = ["continuous", file("linear-quadratic"), "--scales", "1,1/2", "--critic-error", "1/2", "--squash", "1/10"]
    found = s.continuous(scales=[1, "1/2"], critic_error="1/2", squash="1/10")
    equal(found, told(program, *asked))
    with pytest.raises(ValueError, match="above 0"):
        s.continuous(scales=[0])


def test_cones_and_potentials_are_those_of_the_program(program, tmp_path):
    m = exact_mdp.bundled("two-state")
    s = m.solve_policy(m.optimal())
    equal(s.cone(), told(program, "cone", file("two-state")))
    equal(s.cone(inequalities=False, arithmetic="exact"), told(program, "cone", file("two-state"), "--exact", "--inequalities", "no"))
    text = (ROOT / "mdps" / "two-state.yaml").read_text().replace("wait: 1\n", "wait: 2\n")
    path = tmp_path / "other.yaml"
    path.write_text(text)
    other = exact_mdp.load(path)
    asked = ["shaping", file("two-state"), str(path), "--exact"]
    equal(m.solve_policy().shaping(other, arithmetic="exact"), told(program, *asked))
    with pytest.raises(exact_mdp.AnalysisError, match="deterministic"):
        m.solve_policy().cone()


def test_robust_values_are_those_of_the_program(program):
    m = exact_mdp.bundled("two-state")
    for ours, asked in [({}, []), ({"arithmetic": "exact"}, ["--exact"]), ({"arithmetic": "certified"}, ["--certify"])]:
        equal(m.robust("1/10", **ours), told(program, "robust", file("two-state"), "--radius", "1/10", *asked))
    own = m.robust("1/10", norm="max", policy=m.random(1), kernel=False)
    asked = ["--radius", "1/10", "--norm", "max", "--policy", "random:1", "--kernel", "no"]
    equal(own, told(program, "robust", file("two-state"), *asked))
    with pytest.raises(ValueError, match="norm"):
        m.robust(1, norm="l2")
    with pytest.raises(exact_mdp.AnalysisError, match="radius"):
        m.robust()
    equal(m.n_discount(1), told(program, "solve", file("two-state"), "--n-discount", "1"))


def test_players_are_those_of_the_program(program):
    m = exact_mdp.bundled("ambush")
    asked = ["players", file("ambush"), "--jacobian", "--estimators", "reward-to-go"]
    for estimators in ("reward-to-go", ["reward-to-go"]):
        equal(m.solve_policy().players(jacobian=True, estimators=estimators), told(program, *asked))
    climbed = ["players", file("ambush"), "--climb", "optimistic", "--step", "0.5", "--iterations", "5"]
    found = m.solve_policy().players(climb="optimistic", step=0.5, iterations=5)
    equal(found, told(program, *climbed))
    assert "gain" in str(found.plot())
    with pytest.raises(exact_mdp.ExactMdpError, match="climb"):
        m.solve_policy().players(climb="uphill")


def test_critics_of_estimators_are_those_of_the_program(program, tmp_path):
    m = exact_mdp.bundled("retry-loop")
    s = m.solve_policy()
    path = tmp_path / "v.json"
    path.write_text("[1, 2, 0]")
    asked = ("reference", file("retry-loop"), "--estimators", "td-residual")
    for critic, name in {"noise:1:0.5": "noise:1:0.5", (1, 2, 0): str(path)}.items():
        law = told(program, *asked, "--critic", name)["estimators"][0]
        assert s.law("td-residual", critic=critic).mean.tolist() == law["expectation"]
        again = pickle.loads(pickle.dumps(s.law("td-residual", critic=critic)))
        assert again.mean.tolist() == law["expectation"]
        assert s.reference(estimators="td-residual", critic=critic).estimators[0]["expectation"].tolist() == law["expectation"]
        assert s.compare("td-residual", n=50, critic=critic).estimators[0]["expectation"].tolist() == law["expectation"]
    asked = ("reference", file("retry-loop"), "--estimators", "reward-to-go", "--baseline-file", str(path))
    law = told(program, *asked)["estimators"][-1]
    own = s.law(baseline=[1, 2, 0])
    assert (own.mean.tolist(), own.variance.tolist()) == (law["expectation"], law["variance"])
    assert pickle.loads(pickle.dumps(own)).variance.tolist() == law["variance"]
    assert own.variance.tolist() != s.law("reward-to-go").variance.tolist()
    for wrong in ({}, {"estimator": "q", "baseline": [1, 2, 0]}):
        with pytest.raises(exact_mdp.ExactMdpError, match="give the name of an estimator, or baseline"):
            s.law(**wrong)
    with pytest.raises(exact_mdp.ExactMdpError, match="critic has 2 numbers"):
        s.law("td-residual", critic=[1, 2])
    with pytest.raises(exact_mdp.ExactMdpError, match="critic is .v.json.; expected"):
        s.law("td-residual", critic="v.json")


def test_formulas_and_soft_gradients_are_judged():
    s = exact_mdp.bundled("retry-loop").solve_policy()
    assert s.judge(formula="v", values=s.v) and s.judge(formula="hessian", values=s.hessian)
    assert s.judge(formula="q", values=-s.q).verdict == "wrong"
    assert s.judge(formula="mean", values=s.law("q").mean, estimator="q")
    soft = s.derivatives(entropy="1/10").entropy["gradient"]
    assert s.judge(gradient=soft, entropy="1/10") and not s.judge(gradient=soft)
    with pytest.raises(exact_mdp.ExactMdpError, match="the formula"):
        s.judge(formula="w", values=s.v)
    with pytest.raises(exact_mdp.ExactMdpError, match="give one of"):
        s.judge(formula="v")


def test_what_says_nothing_of_numbers_is_refused():
    s = exact_mdp.bundled("retry-loop").solve_policy()
    rows = [[0.0] * len(s.gradient)] * 3
    runs = s.sample(3, truncation=5)
    for idle in (
        {"formula": "v", "values": s.v, "entropy": 0.1}, {"samples": rows, "entropy": 2.0}, {"samples": rows, "critic": s.v},
        {"gradient": s.gradient, "truncation": 3}, {"gradient": s.gradient, "behavior": s.policy},
        {"gradient": s.gradient, "estimator": "q"}, {"gradient": s.gradient, "batch": 7},
        {"formula": "v", "values": s.v, "estimator": "q"}, {"formula": "v", "values": s.v, "truncation": 3},
        {"formula": "v", "values": s.v, "critic": s.v}, {"trajectories": runs, "truncation": 3}, {"trajectories": runs, "batch": 7},
        {"gradient": s.gradient, "false_alarm": 0.01}, {"formula": "v", "values": s.v, "false_alarm": 1e-4},
    ):
        with pytest.raises(exact_mdp.ExactMdpError, match="says nothing of"):
            s.judge(**idle)


def test_an_estimator_of_which_nothing_is_given_is_an_error():
    """A misspelt column is no test that passes."""
    s = exact_mdp.bundled("retry-loop").solve_policy()
    run = {"states": [["start", "bridge"]], "actions": [["walk", "finish"]], "rewards": [[0.0, 2.0]], "next_states": [["bridge", "done"]]}
    for name in ("advantage", "returns", "psis"):
        with pytest.raises(exact_mdp.ExactMdpError, match=f"gae:0.95 is asked for.*`{name}`"):
            assert_trajectories(s, run | {name: [[7.0, 8.0]]}, "gae:0.95")
    with pytest.raises(exact_mdp.ExactMdpError, match="gae:0.95 is asked for"):
        assert_trajectories(s, run, "gae:0.95")
    assert_trajectories(s, run)
    with pytest.raises(AssertionError, match="the trajectories are wrong"):
        assert_trajectories(s, run | {"advantages": [[7.0, 8.0]]}, "gae:0.95")


def test_what_decided_about_samples_is_told():
    """Rows of zeros have no chance, and 100 rows of n-step tell nothing."""
    s = exact_mdp.bundled("retry-loop").solve_policy()
    verdict = s.judge(samples=np.zeros((5000, 4)), estimator="q")
    assert not verdict and verdict.p_value == verdict.report["decision"]["p_value"] < 1e-4
    assert verdict.decided_by == verdict.report["decision"]["of"]
    assert s.judge(gradient=s.gradient).p_value is None
    with pytest.raises(AssertionError, match="p = .*, of the"):
        assert_law(s, np.zeros((5000, 4)), "q")
    with pytest.raises(AssertionError, match="the samples say nothing of n-step:2: cannot be told with 100 trajectories"):
        assert_law(s, np.tile(s.gradient, (100, 1)), "n-step:2")


def test_numbers_of_16_bits_are_known_by_their_array():
    """v = 2p/(1 + p) = 2/9 for p = 1/8, of which binary16 has 455/2048."""
    text = """
discount: 1/2
states: [a, end]
actions: [go, stay]
initial: a
terminal: [end]
transitions: [[a, go, end, 1, 1], [a, stay, a, 1, 0]]
policy: {parametrization: simplex, probabilities: {a: {go: 1/8, stay: 7/8}}}
"""
    s = exact_mdp.parse(text).solve_policy()
    assert s.judge(formula="v", values=np.array([455 / 2048, 0], np.float16))
    assert not s.judge(formula="v", values=np.array([455 / 2048, 0]))
    assert not s.judge(formula="v", values=np.array([456 / 2048, 0], np.float16))


def test_lines_of_parameters_are_those_of_the_program(program):
    s = exact_mdp.bundled("two-state").solve_policy(exact_mdp.bundled("two-state").uniform())
    ours = s.between(s.model.random(1), points=3, in_parameters=True)
    equal(ours, told(program, "between", file("two-state"), "uniform", "random:1", "--points", "3", "--in-parameters"))


def test_paths_and_landscapes_are_drawn():
    m = exact_mdp.bundled("dadashi-two-state")
    trace = m.ascend(iterations=3, iterates=True)
    drawn = str(pictures.polytope(m, paths=[trace]))
    assert drawn == str(pictures.polytope(m, m.states[:2], {"line-search": trace.iterates["v"]})) != str(pictures.polytope(m))
    s = m.solve_policy()
    first, second = s.policy.parameters[:2]
    assert "J over" in pictures.landscape(s, first, (second, -1, 1)).title
    for call, says in {
        lambda: pictures.landscape(s, "nothing"): "no parameter", lambda: pictures.landscape(s, (first, 1, 0)): "upwards",
        lambda: pictures.landscape(s, first, first): "one parameter", lambda: pictures.landscape(s, 3): "is no parameter",
        lambda: pictures.polytope(m, ["x", "y"]): "no state", lambda: pictures.polytope(m, ["x"]): "expected 2",
        lambda: pictures.polytope(m, paths=[m.ascend(iterations=1)]): "iterates=True", lambda: pictures.polytope(m, paths=[1]): "no path",
    }.items():
        with pytest.raises(exact_mdp.ExactMdpError, match=says):
            call()


NUMBERS = {
    "n": lambda m, s, x: s.sample(x, truncation=3),
    "seed": lambda m, s, x: m.random(x),
    "truncation": lambda m, s, x: s.sample(1, truncation=x),
    "horizon": lambda m, s, x: exact_mdp.bundled("two-state", horizon=x),
    "threads": lambda m, s, x: m.batch(np.zeros((1, 4)), threads=x),
    "iterations": lambda m, s, x: m.ascend(iterations=x),
    "trajectories": lambda m, s, x: m.ascend(method="reinforce", iterations=1, trajectories=x),
    "points": lambda m, s, x: s.between(m.random(1), points=x),
    "batch": lambda m, s, x: s.judge(samples=np.zeros((3, 4)), batch=x),
}


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("found", [-1, 10**40, 2**64, 1.5, "x", True, [], float("nan"), b"1", np.zeros(2)])
def test_what_is_no_whole_number_is_said_with_the_name(name, found):
    m = exact_mdp.bundled("two-state")
    with pytest.raises(exact_mdp.ExactMdpError, match=f"{name} is .*; expected"):
        NUMBERS[name](m, m.solve_policy(), found)


@pytest.mark.parametrize("found", ["x", True, [], None, np.zeros(2)])
def test_what_is_no_number_is_said_with_the_name(found):
    m = exact_mdp.bundled("two-state")
    for name, call in {
        "tolerance": lambda: m.ascend(tolerance=found),
        "temperature": lambda: m.batch(np.zeros((1, 4)), temperature=found),
        "false_alarm": lambda: m.solve_policy().compare("reward-to-go", n=1, false_alarm=found),
    }.items():
        if found is None and name == "tolerance":
            continue  # 10⁻¹² of the span of the rewards
        with pytest.raises(exact_mdp.ExactMdpError, match=f"{name} is .*; expected"):
            call()
