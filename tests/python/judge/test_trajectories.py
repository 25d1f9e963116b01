"""`exact-mdp judge --trajectories` on trajectories that NumPy sampled, in every layout, right and wrong.

Run: EXACT_MDP=target/release/exact-mdp pytest tests/python/judge/test_trajectories.py
"""

import csv
import json
import os
import subprocess

import numpy as np
import pytest

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")
GAMMA = 0.9
STATES, ACTIONS = ["hall", "yard", "gate", "home"], ["go", "stay"]
MODEL = """
name: yard
discount: 9/10
states: [hall, yard, gate, home]
actions: [go, stay]
terminal: [home]
initial: {hall: 1/2, yard: 1/2}
transitions:
- [hall, go, yard, 7/10, 1]
- [hall, go, gate, 3/10, -2]
- [hall, stay, hall, 1, -1]
- [yard, go, gate, 1/2, 3]
- [yard, go, hall, 1/2, 1]
- [yard, stay, yard, 1, 2]
- [gate, go, home, 4/5, 5]
- [gate, go, hall, 1/5, -1]
- [gate, stay, gate, 1, 1/2]
policy: {parametrization: softmax, theta: [1, 0, 1/2, 0, 0, 0]}
"""
OUTCOMES = {
    (0, 0): [(1, 0.7, 1.0), (2, 0.3, -2.0)], (0, 1): [(0, 1.0, -1.0)],
    (1, 0): [(2, 0.5, 3.0), (0, 0.5, 1.0)], (1, 1): [(1, 1.0, 2.0)],
    (2, 0): [(3, 0.8, 5.0), (0, 0.2, -1.0)], (2, 1): [(2, 1.0, 0.5)],
}
PI = np.array([[1 / (1 + np.exp(-1)), 0], [1 / (1 + np.exp(-0.5)), 0], [0.5, 0]])
PI[:, 1] = 1 - PI[:, 0]


def values():
    p, r = np.zeros((4, 4)), np.zeros(4)
    for (s, a), outcomes in OUTCOMES.items():
        for to, q, x in outcomes:
            p[s, to] += PI[s, a] * q
            r[s] += PI[s, a] * q * x
    return np.linalg.solve(np.eye(4) - GAMMA * p, r)


V = values()


def sample(seed, count, limit=6, pi=PI, start=(0.5, 0.5)):
    """Episodes cut after `limit` steps, as dictionaries of lists."""
    rng = np.random.default_rng(seed)
    episodes = []
    for _ in range(count):
        s = int(rng.random() >= start[0])
        e = {k: [] for k in ("states", "actions", "rewards", "terminated", "truncated", "next_states")}
        while True:
            a = int(rng.random() >= pi[s, 0])
            outcomes = OUTCOMES[s, a]
            to, _, r = outcomes[rng.choice(len(outcomes), p=[q for _, q, _ in outcomes])]
            done = to == 3
            cut = not done and len(e["actions"]) + 1 == limit
            for key, x in zip(e, (s, a, r, done, cut, to)):
                e[key].append(x)
            s = to
            if done or cut:
                break
        episodes.append(e)
    return episodes


def returns(r, g=GAMMA, after=0.0):
    out = []
    for x in reversed(r):
        after = x + g * after
        out.append(after)
    return out[::-1]


def gae(e, lam, cut_as_end=False):
    out, later = [], 0.0
    for s, r, to, cut in list(zip(e["states"], e["rewards"], e["next_states"], e["truncated"]))[::-1]:
        later = r + GAMMA * V[to] * (not (cut and cut_as_end)) - V[s] + GAMMA * lam * later
        out.append(later)
    return out[::-1]


def columns(episodes, **more):
    table = {key: [e[key] for e in episodes] for key in episodes[0]}
    return {**table, **more}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "yard.yaml"
    path.write_text(MODEL)
    return str(path)


def judge(model, path, *flags, codes=(0, 1)):
    command = [BINARY, "judge", model, "--trajectories", str(path), "--format", "json", *flags]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in codes, done.stderr
    report = json.loads(done.stdout)
    assert (done.returncode == 0) == (report["verdict"] in ("right", "consistent"))
    return report


def write(path, table):
    path.write_text(json.dumps(table))
    return path


def padded(rows, fill):
    out = np.full((len(rows), max(map(len, rows))), fill, float if isinstance(fill, float) else int)
    for row, x in zip(out, rows):
        row[: len(x)] = x
    return out


def named(report):
    return [d["name"] for d in report["diagnoses"]]


LAYOUTS = ["json", "names", "list", "npz", "npz-lengths", "npz-flat", "npz-flat-lengths", "csv", "csv-flags", "last-state"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_read_alike(layout, model, tmp_path):
    episodes = sample(1, 200)
    table = columns(episodes, psi=[returns(e["rewards"]) for e in episodes])
    flat = {k: np.concatenate([np.array(row) for row in v]) for k, v in table.items()}
    lengths = [len(e["actions"]) for e in episodes]
    if layout == "json":
        path = write(tmp_path / "t.json", table)
    elif layout == "names":
        table["states"] = [[STATES[s] for s in row] for row in table["states"]]
        table["actions"] = [[ACTIONS[a] for a in row] for row in table["actions"]]
        path = write(tmp_path / "t.json", table)
    elif layout == "list":
        path = write(tmp_path / "t.json", [{**e, "psi": psi} for e, psi in zip(episodes, table["psi"])])
    elif layout == "last-state":
        table["states"] = [row + [to[-1]] for row, to in zip(table["states"], table.pop("next_states"))]
        path = write(tmp_path / "t.json", table)
    elif layout.startswith("npz"):
        path = tmp_path / "t.npz"
        kinds = {"rewards": np.nan, "psi": np.nan}
        if layout == "npz":
            np.savez(path, **{k: padded(v, kinds.get(k, -1)) for k, v in table.items()})
        elif layout == "npz-lengths":  # padded with zeros
            np.savez(path, lengths=lengths, **{k: padded(v, 0.0) for k, v in table.items()})
        elif layout == "npz-flat":
            np.savez(path, episode=np.repeat(np.arange(200), lengths), **flat)
        else:
            np.savez(path, lengths=lengths, **flat)
    else:
        path = tmp_path / "t.csv"
        keys = [k for k in flat if layout == "csv-flags" or k not in ("terminated", "truncated")]
        with open(path, "w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["episode"] * (layout == "csv") + keys)
            for t, i in enumerate(np.repeat(np.arange(200), lengths)):
                row = [{"states": STATES, "next_states": STATES, "actions": ACTIONS}.get(k, {}) for k in keys]
                row = [names[flat[k][t]] if names else flat[k][t] for names, k in zip(row, keys)]
                out.writerow([i] * (layout == "csv") + row)
    report = judge(model, path)
    assert report["verdict"] == "right", report["impossible"]
    assert (report["trajectories"], report["steps"]) == (200, sum(lengths))
    assert report["given"][0]["matches"] == ["reward-to-go"]
    assert [test["name"] for test in report["tests"]] == ["starts", "actions", "transitions"]


def test_degrees_of_freedom_and_statistics_are_pearsons(model, tmp_path):
    episodes = sample(2, 3000)
    report = judge(model, write(tmp_path / "t.json", columns(episodes)))
    tests = {test["name"]: test for test in report["tests"]}
    # two starts; three states of two actions; three pairs of two outcomes
    assert {k: t["degrees_of_freedom"] for k, t in tests.items()} == {"starts": 1, "actions": 3, "transitions": 3}
    taken = np.zeros((3, 2))
    for e in episodes:
        np.add.at(taken, (e["states"], e["actions"]), 1)
    expected = taken.sum(axis=1, keepdims=True) * PI
    assert abs(tests["actions"]["statistic"] / ((taken - expected) ** 2 / expected).sum() - 1) < 1e-9


def test_right_data_are_seldom_called_inconsistent(model, tmp_path):
    path = tmp_path / "t.json"
    alarms = sum(
        judge(model, write(path, columns(sample(seed, 300))), "--false-alarm", "0.05")["verdict"] != "consistent"
        for seed in range(60)
    )
    # P(more than 9 of 60 at 1/20) = 1e-3
    assert alarms <= 9


def test_estimates_are_those_of_numpy(model, tmp_path):
    episodes = sample(3, 50)
    report = judge(model, write(tmp_path / "t.json", columns(episodes)))
    estimates = {e["name"]: e for e in report["estimates"]}

    def scored(e, weights):
        x = np.zeros((3, 2))
        for s, a, w in zip(e["states"], e["actions"], weights):
            x[s] += w * ((np.arange(2) == a) - PI[s])
        return x.ravel()

    for name, psi in [("reward-to-go", lambda e: returns(e["rewards"])), ("td-residual", lambda e: gae(e, 0)), ("gae:0.95", lambda e: gae(e, 0.95))]:
        for i, e in enumerate(episodes):
            np.testing.assert_allclose(estimates[name]["psi"][i], psi(e), atol=1e-12)
            power = GAMMA ** np.arange(len(psi(e)))
            np.testing.assert_allclose(estimates[name]["contributions"][i], scored(e, power * psi(e)), atol=1e-12)
            np.testing.assert_allclose(estimates[name + ":dropped"]["contributions"][i], scored(e, psi(e)), atol=1e-12)


WRONG_DATA = {
    "reward-shifted": lambda e: {**e, "rewards": e["rewards"][1:] + e["rewards"][-1:]},
    "sign": lambda e: {**e, "rewards": [-r for r in e["rewards"]]},
    "rewards-discounted": lambda e: {**e, "rewards": [r * GAMMA**t for t, r in enumerate(e["rewards"])]},
    "rewards-scaled": lambda e: {**e, "rewards": [r / 10 for r in e["rewards"]]},
    "cut-as-end": lambda e: {**e, "terminated": [x or y for x, y in zip(e["terminated"], e["truncated"])]},
    "end-as-cut": lambda e: {**e, "truncated": e["terminated"], "terminated": [False] * len(e["terminated"])},
    "action-shifted": lambda e: {**e, "actions": e["actions"][1:] + e["actions"][-1:]},
    "action-reversed": lambda e: {**e, "actions": [1 - a for a in e["actions"]]},
}


@pytest.mark.parametrize("mistake", WRONG_DATA)
def test_wrong_data_are_impossible_and_explained(mistake, model, tmp_path):
    table = columns([WRONG_DATA[mistake](e) for e in sample(4, 200)])
    report = judge(model, write(tmp_path / "t.json", table))
    assert report["verdict"] == "wrong" and report["impossible_count"] > 0
    assert mistake in named(report), named(report)


def test_what_is_impossible_has_names(model, tmp_path):
    table = columns(sample(5, 20))
    table["next_states"][7][-1] = 1
    table["states"][3][0] = 2
    report = judge(model, write(tmp_path / "t.json", table))
    said = {x["kind"]: x for x in report["impossible"]}
    assert said["start"]["trajectory"] == 3 and "`gate`" in said["start"]["says"]


def test_another_policy_start_or_transition_is_seen(model, tmp_path):
    path = tmp_path / "t.json"
    report = judge(model, write(path, columns(sample(6, 2000, pi=np.full((3, 2), 0.5)))))
    assert report["verdict"] == "inconsistent" and named(report) == ["policy-uniform"]
    assert judge(model, path, "--behavior", "uniform")["verdict"] == "consistent"
    report = judge(model, write(path, columns(sample(7, 2000, start=(0.33, 0.67)))))
    assert [t["verdict"] for t in report["tests"]] == ["inconsistent", "consistent", "consistent"]


WRONG_PSI = {
    "return-from-next": lambda e: returns(e["rewards"])[1:] + [0.0],
    "reward-shifted": lambda e: returns(e["rewards"][1:] + e["rewards"][-1:]),
    "values-undiscounted": lambda e: returns(e["rewards"], 1),
    "reward-only": lambda e: e["rewards"],
    "cut-as-end": lambda e: gae(e, 0.95, cut_as_end=True),
    "baseline-of-next": lambda e: [g - V[to] for g, to in zip(returns(e["rewards"]), e["next_states"])],
    "residual-undiscounted": lambda e: [r + V[to] - V[s] for s, r, to in zip(e["states"], e["rewards"], e["next_states"])],
    "sign": lambda e: [-x for x in returns(e["rewards"])],
}


@pytest.mark.parametrize("mistake", WRONG_PSI)
def test_wrong_credits_are_named(mistake, model, tmp_path):
    episodes = sample(8, 100)
    table = columns(episodes, psi=[list(WRONG_PSI[mistake](e)) for e in episodes])
    report = judge(model, write(tmp_path / "t.json", table))
    assert report["verdict"] == "wrong" and named(report)[0] == mistake, report["diagnoses"]


def test_forms_of_libraries_are_named(model, tmp_path):
    episodes = sample(9, 100)
    path = tmp_path / "t.json"

    def matches(psi):
        report = judge(model, write(path, columns(episodes, psi=[list(map(float, x)) for x in psi])))
        assert report["verdict"] == "right", report["diagnoses"]
        return report["given"][0]["matches"]

    advantages = [gae(e, 0.8) for e in episodes]
    assert matches(advantages) == ["gae:0.8"]
    assert matches([returns(e["rewards"], after=0 if e["terminated"][-1] else V[e["next_states"][-1]]) for e in episodes])[0] == "reward-to-go:bootstrapped"
    whole = np.concatenate(advantages)
    for ddof in (0, 1):
        scaled = [(np.array(a) - whole.mean()) / (whole.std(ddof=ddof) + 1e-8) for a in advantages]
        assert matches(scaled) == [f"whitened:gae:0.8:ddof-{ddof}"]
    assert matches([np.array(a) + V[e["states"]] for a, e in zip(advantages, episodes)]) == ["lambda-return:0.8"]
    one_more = [[d + GAMMA * x for d, x in zip(gae(e, 0), a[1:] + [0])] for e, a in zip(episodes, advantages)]
    assert matches(one_more) == ["one-step-of-lambda-return:0.8"]


def test_losses_of_libraries_are_named(model, tmp_path):
    episodes = sample(10, 40)
    report = judge(model, write(tmp_path / "t.json", columns(episodes)))
    right = {e["name"]: np.array(e["estimate"]) for e in report["estimates"]}
    steps = sum(len(e["actions"]) for e in episodes)
    loss = -40 / steps * right["reward-to-go:dropped"]
    report = judge(model, write(tmp_path / "t.json", columns(episodes, estimate=list(loss))), "--as", "reward-to-go:dropped")
    assert report["verdict"] == "wrong" and "sign+per-step-mean" in named(report)


@pytest.mark.parametrize("change, says", [
    (lambda t: t.pop("rewards"), "rewards"),
    (lambda t: t["states"][0].__setitem__(0, "garden"), "garden"),
    (lambda t: t["states"][0].__setitem__(0, "yrad"), "did you mean `yard`"),
    (lambda t: t["actions"][1].__setitem__(0, 7), "7"),
    (lambda t: t["rewards"][2].__setitem__(0, None), "trajectory 2, step 0"),
    (lambda t: t["rewards"].__setitem__(3, []), "trajectory 3"),
    (lambda t: t.__setitem__("psi", [[1.0]]), "psi"),
])
def test_bad_input_is_refused_with_its_place(change, says, model, tmp_path):
    table = columns(sample(11, 6))
    change(table)
    path = write(tmp_path / "t.json", table)
    done = subprocess.run([BINARY, "judge", model, "--trajectories", str(path)], capture_output=True, text=True)
    assert done.returncode == 2 and says in done.stderr, done.stderr
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1")
    done = subprocess.run([BINARY, "judge", model, "--trajectories", str(path)], capture_output=True, text=True)
    assert done.returncode == 2 and "to_csv" in done.stderr


def test_the_step_of_pfrl_is_the_reward_shifted(tmp_path):
    """pfrl 0.4.0's REINFORCE moves theta by (-8/3, 8/3, 0, 0) on these six episodes (measured with pfrl; right
    is (-17/12, 17/12, 1/2, -1/2)): it credits rewards 1, 2, 3 as 8, 6, 3."""
    model = os.path.join(os.path.dirname(__file__), "../../../mdps/retry-loop.yaml")
    path = tmp_path / "six.json"
    made = [BINARY, "reference", model, "--discount", "1", "-n", "6", "--seed", "3", "-q", "-o", str(path)]
    subprocess.run(made, check=True)
    fixtures = json.loads(path.read_text())["fixtures"]
    table = {key: fixtures[key] for key in ("states", "actions", "rewards", "terminated", "truncated")}
    write(path, {**table, "estimate": [-8 / 3, 8 / 3, 0, 0]})
    report = judge(model, path, "--discount", "1")
    assert report["verdict"] == "wrong" and named(report) == ["reward-shifted"]
    write(path, {**table, "estimate": [-17 / 12, 17 / 12, 1 / 2, -1 / 2]})
    report = judge(model, path, "--discount", "1")
    assert report["verdict"] == "right" and "reward-to-go" in report["given"][0]["matches"]
