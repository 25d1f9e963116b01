"""Memoryless policies and controllers of two nodes: J and ∇J as fractions beside Storm's parametric chains, all
deterministic controllers beside NumPy, closed forms, and files of the size of the field's benchmarks.

Storm builds the partially observable model from PRISM's language, unfolds a memory of two nodes itself and makes the
choices of an unknown controller its parameters (Junges et al. 2018); nothing of it knows the states (s, o, n) of
exact-mdp, nor a policy gradient theorem.
"""

import itertools
import json
import re
from fractions import Fraction as F

import numpy as np
import pytest

from conftest import answer


class Tiger:
    """Kaelbling, Littman & Cassandra (1998)."""

    states, actions, seen = ["left", "right"], ["listen", "open-left", "open-right"], ["hear-left", "hear-right"]
    discount, start, ends = F(19, 20), [F(1, 2), F(1, 2)], []
    p = [[[F(1), F(0)], [F(0), F(1)]]] + [[[F(1, 2), F(1, 2)]] * 2] * 2
    o = [[[F(17, 20), F(3, 20)], [F(3, 20), F(17, 20)]]] + [[[F(1, 2), F(1, 2)]] * 2] * 2
    r = [[-1, -1], [-100, 10], [10, -100]]


class Maze:
    """Two of three states may look the same, what is seen depends on the action, and one action may end the run."""

    states, actions, seen = ["west", "middle", "east", "out"], ["go", "turn"], ["wall", "gap"]
    discount, start, ends = F(9, 10), [F(1, 2), F(1, 4), F(1, 4), F(0)], [3]
    p = [[[F(1, 4), F(3, 4), F(0), F(0)], [F(1, 2), F(0), F(1, 2), F(0)], [F(1, 2), F(0), F(0), F(1, 2)]],
         [[F(0), F(0), F(2, 3), F(1, 3)], [F(0), F(1), F(0), F(0)], [F(0), F(1, 5), F(4, 5), F(0)]]]
    o = [[[F(1), F(0)], [F(1, 3), F(2, 3)], east, [F(1), F(0)]] for east in ([F(0), F(1)], [F(1, 2), F(1, 2)])]
    r = [[1, 0, F(7, 2)], [F(4, 3), -1, F(1, 2)]]


MODELS = pytest.mark.parametrize("model", [Tiger, Maze], ids=["tiger", "maze"])


def cassandra(m):
    """The model as a file of Cassandra's format; what ends stays there and is paid nothing."""
    def row(numbers):
        return " ".join(map(str, numbers))

    lines = [f"discount: {m.discount}", "values: reward", f"states: {row(m.states)}", f"actions: {row(m.actions)}",
             f"observations: {row(m.seen)}", "start: " + row(m.start)]
    for a, action in enumerate(m.actions):
        for s, state in enumerate(m.states):
            stays = [F(int(t == s)) for t in range(len(m.states))]
            lines.append(f"T: {action} : {state}\n{row(stays if s in m.ends else m.p[a][s])}")
            lines.append(f"O: {action} : {state}\n{row(m.o[a][s])}")
            lines.append(f"R: {action} : {state} : * : * {0 if s in m.ends else m.r[a][s]}")
    return "\n".join(lines) + "\n"


def prism(m):
    """The same for Storm: discounting is an end of probability 1 − γ, what was seen last is part of the state."""
    first, end = len(m.seen), len(m.seen) + 1
    before = len(m.seen) + 2
    lines = ["pomdp", "observables o endobservables", "module m", f"o : [0..{before}] init {before};",
             f"s : [0..{len(m.states) - 1}] init 0;"]
    lines.append(f"[first] o={before} -> " + " + ".join(
        f"{p} : (o'={first})&(s'={s})" for s, p in enumerate(m.start) if p) + ";")
    paid = []
    for a in range(len(m.actions)):
        for s in (s for s in range(len(m.states)) if s not in m.ends):
            outcomes, stops = [], 1 - m.discount
            for t, p in enumerate(m.p[a][s]):
                if t in m.ends:
                    stops += m.discount * p
                    continue
                outcomes += [f"{m.discount * p * q} : (o'={o})&(s'={t})" for o, q in enumerate(m.o[a][t]) if p * q]
            outcomes.append(f"{stops} : (o'={end})&(s'=0)")
            lines.append(f"[a{a}] o<={first}&s={s} -> {' + '.join(outcomes)};")
            paid.append(f"[a{a}] s={s} : {m.r[a][s]};")
    lines += [f"[stop] o={end} -> true;", "endmodule", "rewards", *paid, "endrewards", f'label "end" = o={end};']
    lines += [f'label "seen{o}" = o={o};' for o in range(first + 1)]
    return "\n".join(lines)


class Storm:
    """The parametric chain of all controllers of so many nodes, and where its parameters stand."""

    def __init__(self, m, nodes, folder):
        stormpy = pytest.importorskip("stormpy")
        pomdp = pytest.importorskip("stormpy.pomdp")
        if not hasattr(pomdp, "apply_unknown_fsc"):
            pytest.skip("another interface to Storm's controllers")
        self.stormpy, self.folder = stormpy, folder
        file = folder / "model.prism"
        file.write_text(prism(m))
        program = stormpy.parse_prism_program(str(file))
        labels = ["end", *(f"seen{o}" for o in range(len(m.seen) + 1))]
        asked = stormpy.parse_properties(";".join(f'P=? [F "{label}"]' for label in labels), program)
        asked += stormpy.parse_properties('R=? [F "end"]', program)
        model = stormpy.build_model[stormpy.RationalFunction](program, asked)
        model = pomdp.make_canonic(model)
        if nodes > 1:
            memory = pomdp.create_memory(pomdp.PomdpMemoryPattern.FULL, nodes)
            model = pomdp.unfold_memory(model, memory, add_memory_labels=True)
        self.nodes, self.known = nodes, {}
        for state in model.states:
            node = next((n for n in range(nodes) if f"memstate_{n}" in state.labels), 0)
            for o in range(len(m.seen) + 1):
                if f"seen{o}" in state.labels:
                    # nothing was seen at first: that is numbered last here
                    seen = None if o == len(m.seen) else o
                    self.known[model.get_observation(state.id)] = (seen, node)
        self.chain = pomdp.apply_unknown_fsc(model, pomdp.PomdpFscApplicationMode.STANDARD)
        self.choices = len(m.actions) * nodes

    def rows(self):
        """Rows and rewards of the chain, functions of the parameters."""
        rewards = next(iter(self.chain.reward_models.values())).state_rewards
        for state in self.chain.states:
            yield state, [(t.column, t.value) for a in state.actions for t in a.transitions], rewards[state.id]

    def number(self, function, at):
        """A function at a point, exactly."""
        point = {v: self.stormpy.RationalFunctionCoefficient(str(at[v.name])) for v in function.gather_variables()}
        return F(str(function.evaluate(point)))

    def value(self, at, free=None):
        """J as a function of one parameter, all others being numbers: its value and slope at its own number."""
        def put(function):
            if free not in {v.name for v in function.gather_variables()}:
                return str(self.number(function, at))
            return re.sub(r"p\d+_\d+", lambda m: m.group() if m.group() == free else f"({at[m.group()]})", str(function))

        rows = list(self.rows())
        lines = [f"@type: DTMC\n@value_type: parametric\n@parameters\n{free or ''}\n@reward_models\nr\n@nr_states"]
        lines.append(f"{len(rows)}\n@nr_choices\n{len(rows)}\n@model")
        for state, entries, reward in rows:
            known = " ".join(label for label in ("init", "end") if label in state.labels)
            lines.append(f"state {state.id} {known}\n\taction 0 [{put(reward)}]")
            lines += [f"\t\t{to} : {p}" for to, p in ((to, put(p)) for to, p in entries) if p != "0"]
        file = self.folder / "chain.drn"
        file.write_text("\n".join(lines) + "\n")
        chain = self.stormpy.build_model_from_drn[self.stormpy.RationalFunction](str(file))
        found = self.stormpy.model_checking(chain, self.stormpy.parse_properties('R=? [F "end"]')[0])
        function = found[chain.initial_states[0]]
        own = [v for v in function.gather_variables() if v.name == free]
        return self.number(function, at), self.number(function.derive(own[0]), at) if own else F(0)

    def gradient(self, joint):
        """J and its slopes along each choice of a joint law, all against its last, [known][choice]."""
        at = {}
        for number, known in self.known.items():
            at |= {f"p{number}_{i}": joint[known][i] for i in range(self.choices - 1)}
        used = {v.name for _, entries, reward in self.rows() for function in (*(p for _, p in entries), reward)
                for v in function.gather_variables()}
        # before the first step, and at the end, the memory stays as it is
        at |= {name: F(1) for name in used - at.keys()}
        slopes = {known: [F(0)] * self.choices for known in joint}
        for number, known in self.known.items():
            for i in range(self.choices - 1):
                if f"p{number}_{i}" in used:
                    slopes[known][i] = self.value(at, f"p{number}_{i}")[1]
        return self.value(at)[0], slopes


def law(count, seed):
    weights = [1 + (seed * 7 + 3 * i * i + i) % 5 for i in range(count)]
    return [F(w, sum(weights)) for w in weights]


def theirs_by_parameter(laws, slopes, kind):
    """∂J/∂θ of laws by name, from the slopes along their probabilities."""
    found = {}
    for key, p in laws.items():
        if kind == "softmax":
            mean = sum(x * slopes[key, i] for i, x in enumerate(p))
            found |= {(key, i): x * (slopes[key, i] - mean) for i, x in enumerate(p)}
        else:  # on the simplex: along it
            mean = sum(slopes[key, i] for i in range(len(p))) / len(p)
            found |= {(key, i): slopes[key, i] - mean for i in range(len(p))}
    return found


def ours(m, folder, policy):
    file, written = folder / "model.POMDP", folder / "policy.json"
    file.write_text(cassandra(m))
    written.write_text(json.dumps(policy, default=str))
    found = answer("gradient", file, "--policy", written, "--exact", "--routes", "adjoint")
    return F(found["j"]), dict(zip(found["policy"]["parameters"], map(F, found["gradient"])))


@MODELS
@pytest.mark.parametrize("kind", ["softmax", "simplex"])
def test_memoryless_policies_beside_storm(model, kind, tmp_path):
    seen = [*range(len(model.seen)), None]
    name = {None: "(start)", **dict(enumerate(model.seen))}
    laws = {o: law(len(model.actions), 2 + i) for i, o in enumerate(seen)}
    policy = {"parametrization": "observation", "laws": kind, "probabilities": {
        name[o]: dict(zip(model.actions, p)) for o, p in laws.items()}}
    j, gradient = ours(model, tmp_path, policy)
    storm = Storm(model, 1, tmp_path)
    value, slopes = storm.gradient({(o, 0): p for o, p in laws.items()})
    assert j == value
    along = {(o, i): slopes[o, 0][i] for o in seen for i in range(len(model.actions))}
    theirs = theirs_by_parameter(laws, along, kind)
    assert gradient == {f"theta[{name[o]},{model.actions[i]}]": x for (o, i), x in theirs.items()}
    # a controller of one node that acts on what it sees is the same
    one = {"parametrization": "controller", "nodes": 1, "acts_on": "observation", "laws": kind,
           "probabilities": {"actions": {"0": policy["probabilities"]}}}
    assert ours(model, tmp_path, one)[0] == j


@MODELS
@pytest.mark.parametrize("kind", ["softmax", "simplex"])
def test_controllers_of_two_nodes_beside_storm(model, kind, tmp_path):
    nodes, count = [0, 1], len(model.actions)
    name = {None: "(start)", **dict(enumerate(model.seen))}
    laws = {"start": law(2, 1)}
    laws |= {("act", n): law(count, 3 + n) for n in nodes}
    laws |= {("next", n, o): law(2, 5 + 2 * n + o) for n in nodes for o in range(len(model.seen))}

    def go(o, n):
        return "start" if o is None else ("next", n, o)

    policy = {"parametrization": "controller", "nodes": 2, "laws": kind, "probabilities": {
        "start": dict(zip("01", laws["start"])),
        "actions": {str(n): dict(zip(model.actions, laws["act", n])) for n in nodes},
        "successors": {str(n): {name[o]: dict(zip("01", laws["next", n, o])) for o in range(len(model.seen))}
                       for n in nodes}}}
    j, gradient = ours(model, tmp_path, policy)
    storm = Storm(model, 2, tmp_path)
    known = [(None, 0), *((o, n) for o in range(len(model.seen)) for n in nodes)]
    # Storm's choices are (action, next node), the node last; nothing is known of the other node at first
    joint = {(o, n): [laws["act", to][a] * laws[go(o, n)][to] for a in range(count) for to in nodes] for o, n in known}
    joint[None, 1] = [F(1, 2 * count)] * (2 * count)
    value, slopes = storm.gradient(joint)
    assert j == value
    assert not any(slopes[None, 1])
    along = {(key, i): F(0) for key, p in laws.items() for i in range(len(p))}
    for o, n in known:
        for a, to in itertools.product(range(count), nodes):
            slope = slopes[o, n][2 * a + to]
            along[go(o, n), to] += slope * laws["act", to][a]
            along[("act", to), a] += slope * laws[go(o, n)][to]

    def label(key, i):
        if key == "start":
            return f"start[{i}]"
        if key[0] == "act":
            return f"action[{key[1]},{model.actions[i]}]"
        return f"successor[{key[1]},{name[key[2]]},{i}]"

    theirs = theirs_by_parameter(laws, along, kind)
    assert gradient == {label(key, i): x for (key, i), x in theirs.items()}


def on_nodes(m, start, acts, successors):
    """J of a deterministic controller by NumPy, on the chain over hidden state and node."""
    p, o, r = (np.array([[[float(x) for x in np.atleast_1d(row)] for row in table] for table in of])
               for of in (m.p, m.o, m.r))
    alive = [s for s in range(len(m.states)) if s not in m.ends]
    place = {(s, n): i for i, (s, n) in enumerate(itertools.product(alive, (0, 1)))}
    system, paid = np.eye(len(place)), np.zeros(len(place))
    for (s, n), i in place.items():
        a = acts[n]
        paid[i] = r[a, s, 0]
        for t in alive:
            for seen in range(len(m.seen)):
                system[i, place[t, successors[n][seen]]] -= float(m.discount) * p[a, s, t] * o[a, t, seen]
    v = np.linalg.solve(system, paid)
    return sum(float(m.start[s]) * v[place[s, start]] for s in alive)


def test_all_deterministic_controllers_of_two_nodes(tmp_path):
    """The 64 that begin at the first node; the others are these with the names of the nodes exchanged."""
    file, written = tmp_path / "maze.POMDP", tmp_path / "policy.json"
    file.write_text(cassandra(Maze))
    found = {}
    for acts in itertools.product((0, 1), repeat=2):
        for to in itertools.product((0, 1), repeat=4):
            successors = [to[:2], to[2:]]
            certain = {"start": {"0": 1}, "actions": {str(n): {Maze.actions[acts[n]]: 1} for n in (0, 1)},
                       "successors": {str(n): {Maze.seen[o]: {str(successors[n][o]): 1} for o in (0, 1)}
                                      for n in (0, 1)}}
            written.write_text(json.dumps({"parametrization": "controller", "nodes": 2, "laws": "simplex",
                                           "probabilities": certain}))
            j = answer("evaluate", file, "--policy", written)["j"]
            assert j == pytest.approx(on_nodes(Maze, 0, acts, successors), rel=1e-12)
            found[acts, to] = j
    assert len(found) == 64
    # always to go is best here, and who always does the same needs no memory
    assert max(found.values()) == pytest.approx(found[(0, 0), (0, 0, 0, 0)], rel=1e-12)
    assert len({round(j, 9) for j in found.values()}) > 10


# The optimal policy of the tiger at discount 3/4 as pomdp-solve finds it and the README of the R package `pomdp` (Hahsler)
# prints it: what each node does, where it goes on hearing left and right, and what it is worth with the tiger left and right.
PUBLISHED = [
    ("open-left", (2, 2), (-98.549921, 11.450079)),
    ("listen", (2, 0), (-10.854299, 6.516937)),
    ("listen", (3, 1), (1.933439, 1.933439)),
    ("listen", (4, 2), (6.516937, -10.854299)),
    ("open-right", (2, 2), (11.450079, -98.549921)),
]


@pytest.mark.parametrize("node", range(5))
def test_the_published_controller_of_five_nodes_of_the_tiger(node, tmp_path):
    policy = {"parametrization": "controller", "nodes": 5, "start": node, "laws": "simplex", "probabilities": {
        "actions": {str(n): {act: 1} for n, (act, _, _) in enumerate(PUBLISHED)},
        "successors": {str(n): dict(zip(Tiger.seen, ({str(to): 1} for to in after)))
                       for n, (_, after, _) in enumerate(PUBLISHED)}}}
    for side, worth in enumerate(PUBLISHED[node][2]):
        start = [F(int(s == side)) for s in range(2)]
        known = type("Known", (Tiger,), {"discount": F(3, 4), "start": start})
        assert float(ours(known, tmp_path, policy)[0]) == pytest.approx(worth, abs=6e-7)


class Aliased:
    """Two states that look the same, each left with +1 by one action and kept with −1 by the other (Singh, Jaakkola &
    Jordan 1994, figure 2)."""

    states, actions, seen = ["one", "two"], ["a", "b"], ["same"]
    discount, start, ends = F(9, 10), [F(1), F(0)], []
    p = [[[F(0), F(1)], [F(0), F(1)]], [[F(1), F(0)], [F(1), F(0)]]]
    o = [[[F(1)], [F(1)]]] * 2
    r = [[1, -1], [-1, 1]]


def test_chance_beats_every_memoryless_choice_and_memory_beats_chance(tmp_path):
    def j(policy):
        return ours(Aliased, tmp_path, policy)[0]

    def memoryless(share):
        known = {"a": share, "b": 1 - share}
        return j({"parametrization": "observation", "laws": "simplex",
                  "probabilities": {"(start)": known, "same": known}})

    gamma = Aliased.discount
    # R once, then −R for ever; −R for ever; by chance 0 a step
    assert memoryless(F(1)) == 1 - gamma / (1 - gamma)
    assert memoryless(F(0)) == -1 / (1 - gamma)
    assert memoryless(F(1, 2)) == 0
    # two nodes by turns: R in every step, the optimum of who sees
    turns = {"parametrization": "controller", "nodes": 2, "start": 0, "laws": "simplex", "probabilities": {
        "actions": {"0": {"a": 1}, "1": {"b": 1}}, "successors": {"0": {"same": {"1": 1}}, "1": {"same": {"0": 1}}}}}
    assert j(turns) == 1 / (1 - gamma)


def hallway(folder):
    """A file of the size and shape of Hallway (Littman, Cassandra & Kaelbling 1995): 60 states (15 cells, 4 headings),
    5 actions, 21 observations (16 patterns of walls, 4 landmarks, the goal), noisy moves and sensors."""
    chance = np.random.default_rng(5)

    def row(weights):
        """Numbers of six digits, as such files have them, that sum to 1."""
        cut = np.floor(1e6 * weights / weights.sum()).astype(int)
        cut[cut.argmax()] += 1_000_000 - cut.sum()
        return " ".join(f"{x / 1e6:.6f}" for x in cut)

    lines = ["# after hallway.POMDP", "discount: 0.950000", "values: reward", "states: 60", "actions: 5",
             "observations: 21", "start: " + row(np.array([1.0] * 56 + [0.0] * 4)), "T: 0 identity"]
    for a in range(1, 5):
        lines.append(f"T: {a}")
        for s in range(60):
            weights = np.zeros(60)
            weights[chance.choice(60, size=4, replace=False)] += chance.random(4)
            weights[s] += 0.1
            lines.append(row(weights))
    lines.append("O: *")
    lines += [row(chance.random(21) ** 4 + 1e-3) for _ in range(60)]
    lines += ["R: * : * : * : * 0.000000", *(f"R: * : * : {s} : * 1.000000" for s in range(56, 60))]
    file = folder / "hallway.POMDP"
    file.write_text("\n".join(lines) + "\n")
    return file


def numbers(file):
    """What the file says, read once more by a reader of its own."""
    text = [line.split("#")[0].strip() for line in file.read_text().splitlines()]
    p, o, r, start, at = np.zeros((5, 60, 60)), np.zeros((60, 21)), np.zeros(60), None, None
    for line in filter(None, text):
        words = line.split()
        if words[0] == "start:":
            start = np.array(words[1:], dtype=float)
        elif words[0] == "T:":
            at = ("T", int(words[1]), [])
            if words[-1] == "identity":
                p[int(words[1])] = np.eye(60)
        elif words[0] == "O:":
            at = ("O", None, [])
        elif words[0] == "R:":
            r[slice(None) if words[5] == "*" else int(words[5])] = float(words[-1])
        elif at and words[0][0].isdigit():
            kind, a, rows = at
            (p[a] if kind == "T" else o)[len(rows)] = np.array(words, dtype=float)
            rows.append(None)
    return p, o, r, start


def test_a_file_of_the_size_of_hallway(tmp_path):
    file = hallway(tmp_path)
    p, o, r, start = numbers(file)
    weights = np.random.default_rng(6).random((22, 5)) + 0.1
    pi = weights / weights.sum(axis=1, keepdims=True)
    names = [*map(str, range(21)), "(start)"]
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"parametrization": "observation", "theta": {
        name: {str(a): float(np.log(x)) for a, x in enumerate(row)} for name, row in zip(names, pi)}}))
    found = answer("gradient", file, "--policy", policy, "--routes", "adjoint")
    # by NumPy: q(s, a) = r + γ Σ p O π q, what was seen is forgotten once the action is chosen
    mixed = o @ pi[:21]
    paid = p @ r
    system = np.eye(300) - 0.95 * np.einsum("ast,tb->satb", p, mixed).reshape(300, 300)
    q = np.linalg.solve(system, paid.T.reshape(300)).reshape(60, 5)
    assert found["j"] == pytest.approx(start @ q @ pi[21], rel=1e-10)
    # ∂J/∂π(a|o) = Σ of the visits of (s, o) times q, then through the softmax
    visits = np.linalg.solve(system.T, (start[:, None] * pi[21]).reshape(300)).reshape(60, 5)
    into = 0.95 * np.einsum("sa,ast->t", visits, p)
    slopes = np.vstack([np.einsum("s,so,sa->oa", into, o, q), start @ q])
    gradient = pi * (slopes - (pi * slopes).sum(axis=1, keepdims=True))
    theirs = dict(zip(found["policy"]["parameters"], found["gradient"]))
    for row, name in zip(gradient, names):
        for a, x in enumerate(row):
            assert theirs[f"theta[{name},{a}]"] == pytest.approx(x, rel=1e-9, abs=1e-12)
