"""The program's answers beside those of other programs, on shipped models.

Optimal values and evaluations: QuantEcon's policy iteration. Evaluations and gradients as
fractions: Storm's exact and parametric model checking, with the discount as the probability to
survive a step: from every state the chain ends with probability 1 - gamma, and J is the expected
reward until then. Gradients once more: SymPy, by differentiating the rational function J(pi).
"""

import json
from fractions import Fraction

import numpy as np
import pytest

from conftest import ROOT, answer, shipped

DISCOUNTED = [m for m in shipped("discounted") if 0 < answer("evaluate", m)["criterion"]["discount"] < 1]
SMALL = [model for model in shipped("discounted", at_most=12) if model in DISCOUNTED]
FRACTIONS = [m for m in SMALL if m.stem not in ("garnet",)]


def name(path):
    return path.stem


@pytest.mark.parametrize("model", DISCOUNTED, ids=name)
def test_quantecon_agrees_about_the_optimum(model, arrays):
    markov = pytest.importorskip("quantecon.markov")
    data = arrays(model)
    ddp = markov.DiscreteDP(data.reward, data.q, data.discount, data.state, data.action)
    theirs = ddp.solve(method="policy_iteration")
    ours = answer("solve", model)
    v = np.array(ours["v"])
    np.testing.assert_allclose(theirs.v, v, rtol=1e-9, atol=1e-10 * max(1, np.abs(v).max()))
    # what the program calls greedy is worth the optimum to QuantEcon
    chosen = theirs.sigma.copy()
    states = {state: i for i, state in enumerate(ours["states"])}
    actions = {action: i for i, action in enumerate(ours["actions"])}
    for state, action in ours["greedy"]:
        chosen[states[state]] = actions[action]
    worth = ddp.evaluate_policy(chosen)
    np.testing.assert_allclose(worth, v, rtol=1e-9, atol=1e-10 * max(1, np.abs(v).max()))


@pytest.mark.parametrize("model", DISCOUNTED, ids=name)
def test_numpy_agrees_about_the_uniform_policy(model, arrays):
    data, ours = arrays(model), answer("evaluate", model, "--policy", "uniform")
    n = len(data.initial)
    weight = 1 / np.bincount(data.state)[data.state]
    p, r = np.zeros((n, n)), np.zeros(n)
    for s, w, row, reward in zip(data.state, weight, data.q, data.reward):
        p[s] += w * row
        r[s] += w * reward
    v = np.linalg.solve(np.eye(n) - data.discount * p, r)
    np.testing.assert_allclose(ours["v"], v, rtol=1e-8, atol=1e-10 * max(1, np.abs(v).max()))
    occupancy = np.linalg.solve((np.eye(n) - data.discount * p).T, data.initial)
    alive = ~data.terminal
    np.testing.assert_allclose(np.array(ours["occupancy"])[alive], occupancy[alive], rtol=1e-8, atol=1e-10)


def probabilities(head, seed):
    """A policy of simple fractions, different in every state, as a policy file."""
    weights, by_state = np.random.default_rng(seed), {}
    for state, action in head["pairs"]:
        by_state.setdefault(state, {})[action] = int(weights.integers(1, 6))
    return {
        state: {a: f"{w}/{sum(of.values())}" for a, w in of.items()} for state, of in by_state.items()
    }


def exact_model(model, tmp_path):
    """The model's pairs and rows as fractions, from the program's exact export for Storm."""
    import conftest

    file = tmp_path / "model.drn"
    conftest.exact_mdp("convert", model, file)
    rows, rewards, state = [], [], None
    terminal = set()
    for line in file.read_text().splitlines():
        words = line.split()
        if line.startswith("state "):
            state = int(words[1])
            if "terminal" in words:
                terminal.add(state)
        elif words[:1] == ["action"]:
            rows.append((state, {}))
            rewards.append(Fraction(line[line.rindex("[") + 1 : -1]))
        elif " : " in line:
            rows[-1][1][int(words[0])] = Fraction(words[2])
    kept = [i for i, (s, _) in enumerate(rows) if s not in terminal]
    return [rows[i] for i in kept], [rewards[i] for i in kept], terminal


def discount_of(model):
    exact = answer("evaluate", model, "--exact", "--policy", "uniform")
    return Fraction(exact["criterion"]["discount"])


def drn(rows, rewards, terminal, states, gamma, weights, parameters, kind):
    """The chain of a policy, one more state for the end, as text for Storm."""
    total, reward = [dict() for _ in range(states)], [[] for _ in range(states)]
    for (s, row), r, w in zip(rows, rewards, weights):
        reward[s].append(f"({w})*({r})")
        for t, p in row.items():
            total[s].setdefault(t, []).append(f"({w})*({gamma * p})")
    lines = [f"@type: DTMC\n@value_type: {kind}\n@parameters\n{' '.join(parameters)}"]
    lines.append(f"@reward_models\nr\n@nr_states\n{states + 1}\n@nr_choices\n{states + 1}\n@model")
    for s in range(states):
        gone = s in terminal or not total[s]
        lines.append(f"state {s} [0]\n\taction 0 [{'0' if gone else '+'.join(reward[s])}]")
        for t in sorted(total[s]) if not gone else []:
            lines.append(f"\t\t{t} : {'+'.join(total[s][t])}")
        lines.append(f"\t\t{states} : {1 if gone else 1 - gamma}")
    lines.append(f"state {states} [0] end\n\taction 0 [0]\n\t\t{states} : 1")
    return "\n".join(lines) + "\n"


def storm_values(stormpy, text, value_type, tmp_path):
    file = tmp_path / "chain.drn"
    file.write_text(text)
    chain = stormpy.build_model_from_drn[value_type](str(file))
    wanted = stormpy.parse_properties('R=? [F "end"]')[0]
    return stormpy.model_checking(chain, wanted)


def policy_file(head, tmp_path, parametrization):
    chosen = probabilities(head, 7)
    file = tmp_path / "policy.yaml"
    file.write_text(json.dumps({"parametrization": parametrization, "probabilities": chosen}))
    return file, [Fraction(chosen[s][a]) for s, a in head["pairs"]]


@pytest.mark.parametrize("model", FRACTIONS, ids=name)
def test_storm_agrees_about_evaluations_as_fractions(model, tmp_path):
    stormpy = pytest.importorskip("stormpy")
    head = answer("evaluate", model, "--policy", "uniform")
    file, pi = policy_file(head, tmp_path, "direct")
    ours = answer("evaluate", model, "--policy", file, "--exact")
    rows, rewards, terminal = exact_model(model, tmp_path)
    gamma, n = discount_of(model), len(head["states"])
    products = [(s, {t: w * p for t, p in row.items()}) for (s, row), w in zip(rows, pi)]
    # sums of fractions, written out: exact numbers have no expressions
    merged, reward = [dict() for _ in range(n)], [Fraction(0)] * n
    for (s, row), r, w in zip(products, rewards, pi):
        reward[s] += w * r
        for t, p in row.items():
            merged[s][t] = merged[s].get(t, 0) + p
    # Storm's exact rewards are not negative: gains and losses apart
    theirs = [Fraction(0)] * n
    for sign in (1, -1):
        part = [max(sign * r, Fraction(0)) for r in reward]
        found = storm_values(stormpy, exact_chain(merged, part, gamma), stormpy.Rational, tmp_path)
        theirs = [x + sign * Fraction(str(found[s]).split()[0]) for s, x in enumerate(theirs)]
    assert [Fraction(x) for x in ours["v"]] == theirs


def exact_chain(rows, reward, gamma):
    """A chain with numbers for Storm, one more state for the end."""
    n = len(rows)
    lines = [f"@type: DTMC\n@value_type: rational\n@parameters\n\n@reward_models\nr\n@nr_states\n{n + 1}"]
    lines.append(f"@nr_choices\n{n + 1}\n@model")
    for s in range(n):
        lines.append(f"state {s} [0]\n\taction 0 [{reward[s]}]")
        lines += [f"\t\t{t} : {gamma * p}" for t, p in sorted(rows[s].items())]
        lines.append(f"\t\t{n} : {1 - gamma if rows[s] else 1}")
    lines.append(f"state {n} [0] end\n\taction 0 [0]\n\t\t{n} : 1\n")
    return "\n".join(lines)


@pytest.mark.parametrize("model", FRACTIONS, ids=name)
def test_storm_agrees_about_gradients(model, tmp_path):
    """J as a rational function of the policy's free parameters, by Storm's parametric model checking."""
    stormpy = pytest.importorskip("stormpy")
    head = answer("evaluate", model, "--policy", "uniform")
    n = len(head["states"])
    if n > 6 or len(head["pairs"]) > 14:
        pytest.skip("the rational function would fill the memory")
    file, pi = policy_file(head, tmp_path, "direct")
    ours = answer("gradient", model, "--policy", file, "--exact")
    rows, rewards, terminal = exact_model(model, tmp_path)
    gamma = discount_of(model)
    weights, point = free_parameters(head, pi)
    parameters = sorted(point)
    text = drn(rows, rewards, terminal, n, gamma, weights, parameters, "parametric")
    found = storm_values(stormpy, text, stormpy.RationalFunction, tmp_path)
    initial = exact_initial(model)
    gradient = [Fraction(0)] * len(parameters)
    for s, weight in enumerate(initial):
        if weight == 0:
            continue
        function = found[s]
        variables = {v.name: v for v in function.gather_variables()}
        number = {v: stormpy.RationalFunctionCoefficient(str(point[k])) for k, v in variables.items()}
        for k, parameter in enumerate(parameters):
            if parameter in variables:
                slope = function.derive(variables[parameter]).evaluate(number)
                gradient[k] += weight * Fraction(str(slope))
    assert [Fraction(x) for x in ours["gradient"]] == gradient


@pytest.mark.parametrize("model", FRACTIONS, ids=name)
def test_sympy_agrees_about_gradients(model, tmp_path):
    """dJ/dx = rho (dr + gamma dp v), with every derivative taken by SymPy, over fractions."""
    sympy = pytest.importorskip("sympy")
    head = answer("evaluate", model, "--policy", "uniform")
    n = len(head["states"])
    if n > 6:
        pytest.skip("slow in SymPy")
    file, pi = policy_file(head, tmp_path, "direct")
    ours = answer("gradient", model, "--policy", file, "--exact")
    rows, rewards, terminal = exact_model(model, tmp_path)
    gamma = sympy.Rational(str(discount_of(model)))
    weights, point = free_parameters(head, pi)
    p, r = sympy.zeros(n, n), sympy.zeros(n, 1)
    for (s, row), reward, weight in zip(rows, rewards, weights):
        weight = sympy.sympify(weight, rational=True)
        r[s] += weight * sympy.Rational(str(reward))
        for t, probability in row.items():
            p[s, t] += weight * sympy.Rational(str(probability))
    at = {sympy.Symbol(k): sympy.Rational(str(x)) for k, x in point.items()}
    initial = sympy.Matrix([[sympy.Rational(str(x)) for x in exact_initial(model)]])
    a = sympy.eye(n) - gamma * p.subs(at)
    v, rho = a.LUsolve(r.subs(at)), a.T.LUsolve(initial.T)
    gradient = []
    for symbol in sorted(at, key=str):
        source = r.diff(symbol).subs(at) + gamma * p.diff(symbol).subs(at) * v
        gradient.append((rho.T * source)[0])
    assert [Fraction(x) for x in ours["gradient"]] == [Fraction(str(x)) for x in gradient]


def free_parameters(head, pi):
    """The direct parametrization: the last action of a state takes the rest."""
    weights, point = [""] * len(pi), {}
    by_state = {}
    for i, (state, _) in enumerate(head["pairs"]):
        by_state.setdefault(state, []).append(i)
    for pairs in by_state.values():
        names = []
        for i in pairs[:-1]:
            parameter = f"x{len(point):03}"
            point[parameter] = pi[i]
            weights[i] = parameter
            names.append(parameter)
        weights[pairs[-1]] = "-".join(["1", *names])
    return weights, point


def exact_initial(model):
    """The initial distribution as fractions: the occupancy of the horizon 1."""
    flags = ["--horizon", "1", "--exact", "--policy", "uniform"]
    return [Fraction(x) for x in answer("evaluate", model, *flags)["occupancy"]]
