"""Partially observable models of Cassandra's format against enumeration of all histories, in fractions.

The walk below goes over hidden states, observations and nodes as the format defines them, and knows nothing of
the model on the states (s, o, n) that exact-mdp makes.
"""

import itertools
import json
import os
import subprocess
from fractions import Fraction as F

import pytest

BINARY = os.environ.get("EXACT_MDP", "exact-mdp")

TIGER = """discount: 0.95
values: reward
states: tiger-left tiger-right
actions: listen open-left open-right
observations: hear-left hear-right
start: uniform
T: listen identity
T: open-left uniform
T: open-right uniform
O: listen
0.85 0.15
0.15 0.85
O: open-left uniform
O: open-right uniform
R: listen : * : * : * -1
R: open-left : tiger-left : * : * -100
R: open-left : tiger-right : * : * 10
R: open-right : tiger-left : * : * 10
R: open-right : tiger-right : * : * -100
"""

# rewards that depend on what is seen, a row of them, costs, three observations
SENSOR = """discount: 3/4
values: cost
states: 3
actions: go stay
observations: low mid high
start: 1/2 1/4 1/4
T: go : 0 0.1 0.6 0.3
T: go : 1 0.5 0 0.5
T: go : 2 1 0 0
T: stay uniform
O: * : 0 0.5 0.25 0.25
O: * : 1 0 1 0
O: go : 2 uniform
O: stay : 2 0.2 0.2 0.6
R: * : * : * : high 3
R: go : 1 : 2 : * 5
R: stay : 2 : 0
7 0.5 -1
"""


class Tiger:
    states, actions, gamma, start = 2, 3, F(19, 20), [F(1, 2)] * 2
    seen = ["hear-left", "hear-right"]
    names = ["listen", "open-left", "open-right"]

    def p(self, s, a, t):
        return F(int(s == t)) if a == 0 else F(1, 2)

    def o(self, a, t, o):
        return (F(17, 20) if t == o else F(3, 20)) if a == 0 else F(1, 2)

    def r(self, s, a, t, o):
        return F(-1) if a == 0 else F(-100) if (a == 1) == (s == 0) else F(10)


class Sensor:
    states, actions, gamma, start = 3, 2, F(3, 4), [F(1, 2), F(1, 4), F(1, 4)]
    seen = ["low", "mid", "high"]
    names = ["go", "stay"]
    rows = [["1/10", "3/5", "3/10"], ["1/2", "0", "1/2"], ["1", "0", "0"]]

    def p(self, s, a, t):
        return F(self.rows[s][t]) if a == 0 else F(1, 3)

    def o(self, a, t, o):
        if t == 0:
            return F("1/2" if o == 0 else "1/4")
        if t == 1:
            return F(int(o == 1))
        return F(1, 3) if a == 0 else F("1/5" if o < 2 else "3/5")

    def r(self, s, a, t, o):  # minus the cost that stands last
        if (a, s, t) == (1, 2, 0):
            return -[F(7), F(1, 2), F(-1)][o]
        if (a, s, t) == (0, 1, 2):
            return F(-5)
        return F(-3) if o == 2 else F(0)


def enumerated(model, nodes, horizon):
    """J and its gradient at the uniform joint choice of action and next node, by parameter."""
    choices = list(itertools.product(range(model.actions), range(nodes)))
    share = F(1, len(choices))
    total, slopes = F(0), {}

    def walk(t, s, seen, node, chance, gain, counts):
        nonlocal total
        if t == horizon:
            total += chance * gain
            for (known, choice), count in counts.items():
                for other in choices:
                    score = count * (F(int(other == choice)) - share)
                    key = (*known, *other)
                    slopes[key] = slopes.get(key, F(0)) + chance * gain * score
            return
        for a, to in choices:
            grown = dict(counts)
            key = ((seen, node), (a, to))
            grown[key] = grown.get(key, 0) + 1
            for after in range(model.states):
                p = model.p(s, a, after)
                for o in range(len(model.seen)) if p else ():
                    q = model.o(a, after, o)
                    if q:
                        reward = gain + model.gamma**t * model.r(s, a, after, o)
                        walk(t + 1, after, o, to, chance * share * p * q, reward, grown)

    for s, weight in enumerate(model.start):
        walk(0, s, None, 0, weight, F(0), {})

    def label(seen, node, a, to):
        seen = "(start)" if seen is None else model.seen[seen]
        if nodes == 1:
            return f"{seen},{model.names[a]}"
        return f"{seen}:{node},{model.names[a]}:{to}"

    return total, {label(*key): slope for key, slope in slopes.items()}


@pytest.mark.parametrize("text, model", [(TIGER, Tiger()), (SENSOR, Sensor())], ids=["tiger", "sensor"])
@pytest.mark.parametrize("nodes, horizon", [(1, 3), (2, 2)])
def test_controllers_against_all_histories(tmp_path, text, model, nodes, horizon):
    file = tmp_path / "model.POMDP"
    file.write_text(text)
    command = [BINARY, "gradient", file, "--nodes", str(nodes), "--horizon", str(horizon)]
    answer = json.loads(subprocess.check_output([*command, "--exact", "--format", "json", "-q"]))
    j, slopes = enumerated(model, nodes, horizon)
    evaluated = [BINARY, "evaluate", *command[2:], "--exact", "--format", "json", "-q"]
    assert F(json.loads(subprocess.check_output(evaluated))["j"]) == j
    names = [name.removeprefix("theta[").removesuffix("]") for name in answer["policy"]["parameters"]]
    found = dict(zip(names, map(F, answer["gradient"])))
    assert {name: found[name] for name in slopes} == slopes
    assert all(found[name] == 0 for name in found.keys() - slopes.keys())


def test_the_model_that_is_seen_is_a_model_like_any_other(tmp_path):
    file = tmp_path / "tiger.POMDP"
    file.write_text(TIGER)
    written = tmp_path / "tiger.yaml"
    subprocess.check_call([BINARY, "convert", file, written, "--nodes", "2", "-q"])

    def j(*command):
        return F(json.loads(subprocess.check_output([BINARY, "evaluate", *command, "--exact", "--format", "json", "-q"]))["j"])

    assert j(written) == j(file, "--nodes", "2")
    # a closed form: who always listens pays 1 a step
    rows = "".join(f"  {name}: {{listen: 1}}\n" for name in [
        "tiger-left", "tiger-right", "tiger-left|hear-left", "tiger-left|hear-right",
        "tiger-right|hear-left", "tiger-right|hear-right"])
    policy = tmp_path / "listen.yaml"
    policy.write_text(f"parametrization: direct\nprobabilities:\n{rows}")
    assert j(file, "--nodes", "1", "--policy", policy) == -20


@pytest.mark.parametrize("wrong, said", [
    (("O: listen\n0.85 0.15", "O: listen\n0.85 0.1"), "sum to 19/20, not 1"),
    (("O: open-left uniform\n", ""), "sum to 0, not 1"),
    (("hear-left hear-right\n", ""), "expected"),
    (("O: open-left uniform", "O: open-left : nowhere : hear-left 1"), "nowhere"),
    (("O: open-left uniform", "O: open-left : * : hear-nothing 1"), "hear-nothing"),
], ids=["sum", "missing", "no-names", "state", "observation"])
def test_what_is_wrong_is_said(tmp_path, wrong, said):
    file = tmp_path / "tiger.POMDP"
    file.write_text(TIGER.replace(*wrong))
    done = subprocess.run([BINARY, "evaluate", file, "--nodes", "1"], capture_output=True, text=True)
    assert done.returncode == 2 and said in done.stderr, done.stderr


def test_observations_are_asked_for_and_only_where_there_are_some(tmp_path):
    file = tmp_path / "tiger.POMDP"
    file.write_text(TIGER)
    done = subprocess.run([BINARY, "evaluate", file], capture_output=True, text=True)
    assert done.returncode == 2 and "--nodes 1" in done.stderr
    seen = os.path.join(os.path.dirname(__file__), "../../mdps/two-state.yaml")
    done = subprocess.run([BINARY, "evaluate", seen, "--nodes", "1"], capture_output=True, text=True)
    assert done.returncode == 2 and "none" in done.stderr
