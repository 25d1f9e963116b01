"""Whatever is given, functions raise or answer."""

import functools
import inspect
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import exact_mdp
import exact_mdp.testing
from conftest import ROOT
from exact_mdp import pictures

P = np.array([[[1, 0], [0.5, 0.5]], [[0.25, 0.75], [0, 1.0]]])
R = np.array([[0, 1], [2, 3.0]])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (dict(P=P / 2), "row 0/0 sums to 1/2"),
        (dict(P=-P), "negative|below 0|-1"),
        (dict(P=P[:, :, :1]), r"shape \[2, 2, 1\]"),
        (dict(P=np.full_like(P, np.nan)), "nan|NaN|number"),
        (dict(R=[1, 2, 3]), r"shape \[3\]"),
        (dict(gamma=1.5), r"\[0, 1\]"),
        (dict(gamma=float("nan")), "finite|number"),
        (dict(axes="asa"), "axes"),
        (dict(initial=[0.5, 0.6]), "11/10|1.1|sum"),
        (dict(initial=7), "7"),
        (dict(states=["a"]), "1 names"),
        (dict(states=["a", "a"]), "a"),
        (dict(criterion="maximal"), "criterion"),
        (dict(horizon=0), "horizon"),
    ],
)
def test_what_is_no_model_is_an_error(given, words):
    arguments = dict(P=P, R=R, gamma=0.9, axes="sas", initial=0) | given
    with pytest.raises(exact_mdp.ExactMdpError, match=words):
        exact_mdp.Model.from_arrays(**arguments)


def test_errors_speak_python():
    m = exact_mdp.bundled("two-state", discount=1)
    with pytest.raises(exact_mdp.AnalysisError) as error:
        m.solve_policy()
    assert "--" not in str(error.value)
    with pytest.raises(exact_mdp.ModelError, match="two-state"):
        exact_mdp.bundled("two-stat")
    assert issubclass(exact_mdp.ModelError, ValueError)


SQUARE = dict(P=P, R=R, discount=0.9, initial=[1.0, 0.0])

MENDED = {
    "no discount": (lambda path: exact_mdp.Model.from_arrays(P, R, axes="sas", initial=0), "gamma=0.9"),
    "no end of a state": (
        lambda path: exact_mdp.Model.from_outcomes([], 0.5, states=["s"], actions=["a"], initial="s"), "terminal=[s]",
    ),
    "no weights": (lambda path: exact_mdp.Model.from_arrays(P, R, 0.9, axes="sas", initial={}), "initial={0:"),
    "axes": (lambda path: exact_mdp.load(saved(path, **SQUARE)), 'axes="ass"'),
    "rounded": (lambda path: exact_mdp.load(saved(path, **SQUARE | {"P": P * 0.99999}), axes="sas"), "normalize"),
    "no start": (lambda path: exact_mdp.load(saved(path, P=P, R=R, discount=0.9), axes="sas"), "initial="),
    "unknown start": (lambda path: exact_mdp.bundled("two-state", initial="warm"), "initial:1:1"),
    "other axes": (lambda path: exact_mdp.load(saved(path, **SQUARE), axes="asa"), '"sas"'),
    "no end": (lambda path: exact_mdp.bundled("two-state", discount=1).solve_policy(), 'criterion="average"'),
    "no variance": (lambda path: exact_mdp.bundled("two-state").solve_policy().law("total-return"), "truncation=…"),
    "nothing to sample": (
        lambda path: exact_mdp.bundled("two-state").solve_policy().compare(["total-return"]), "nothing can be sampled",
    ),
    "no estimators": (lambda path: exact_mdp.bundled("two-state").solve_policy().compare([]), "estimators are none"),
    "reward model": (lambda path: exact_mdp.load(saved(path, **SQUARE), axes="sas", reward_model="x"), "reward_model"),
    "average": (lambda path: exact_mdp.bundled("howard-toymaker").solve_policy().sample(3), "criterion"),
    "no fractions": (
        lambda path: exact_mdp.bundled("two-state").exact().solve_policy(exact_mdp.bundled("two-state").random(1)), "floating",
    ),
    "no policy": (lambda path: exact_mdp.bundled("two-state").tabular([[0.5, 0.6], [1, 0]]), "sum to"),
}


def saved(path, **arrays):
    np.savez(path / "model.npz", **arrays)
    return path / "model.npz"


@pytest.mark.parametrize("name", MENDED)
def test_mends_name_arguments_of_python(name, tmp_path):
    """No flag of the program, no path of Rust, and the mend works as it stands."""
    call, words = MENDED[name]
    with pytest.raises(exact_mdp.ExactMdpError) as error:
        call(tmp_path)
    text = str(error.value)
    assert words in text, text
    assert "--" not in text and "::" not in text, text
    assert type(error.value).__name__ in exact_mdp.__all__


def test_a_mend_mends(tmp_path):
    given = exact_mdp.load(saved(tmp_path, **SQUARE), axes="sas")
    assert given.solve_policy().j == exact_mdp.Model.from_arrays(P, R, 0.9, axes="sas", initial=0).solve_policy().j
    rounded = exact_mdp.load(saved(tmp_path, **SQUARE | {"P": P.astype(np.float32) * np.float32(0.99999)}), axes="sas", normalize=1e-4)
    assert abs(rounded.solve_policy().j - given.solve_policy().j) < 1e-3
    assert exact_mdp.load(saved(tmp_path, **SQUARE), axes="sas", minimize=True).optimum().j < given.optimum().j


@functools.cache
def objects():
    """Of a model, and of another whose policies do not fit it."""
    heater, lake = exact_mdp.bundled("two-state"), exact_mdp.bundled("retry-loop")
    blind = heater.observed([[1], [1]])
    rest = lake.optimum(), heater.ascend(iterations=2), heater.solve_policy().sample(3, truncation=4)
    return heater, lake, blind, heater.random(1), lake.random(1), blind.random(1), *rest


def anything(generator):
    """An argument of any kind."""
    choices = [
        None, True, -1, 0, 1, 2, 10**40, 0.5, -0.0, 1e308, float("nan"), float("inf"), "", "x", "uniform", "1/3", "1/0",
        b"x", [], [1], [0.5, 0.5], ["a", "b"], {}, {"cold": 1}, {0: 1}, (), object(), np.zeros(0), np.zeros(4),
        np.ones((2, 2)), np.full((2, 2), np.nan), np.zeros((2, 2, 2)), np.array("x"), np.float32(0.5), np.int64(3), P, R,
        "gae:0.95", "gae:7", "n-step:0", "baseline:v", ["reward-to-go"], "mirror", "adam", "a.json", "b.npz", "pytest",
        np.zeros(4, complex), range(1), *objects(),
    ]
    return generator.choice(choices)


def test_random_calls_raise_or_answer():
    """Ten thousand here; `EXACT_MDP_CALLS=100000` makes more."""
    generator = random.Random(11)
    model = exact_mdp.bundled("two-state")
    solved = model.solve_policy()
    calls = [
        lambda *a: exact_mdp.Model.from_arrays(a[0], a[1], a[2], axes=a[3], initial=a[4]),
        lambda *a: exact_mdp.Model.from_arrays(P, R, a[0], axes="sas", initial=a[1], terminal=a[2]),
        lambda *a: exact_mdp.Model.from_outcomes(a[0], a[1], states=a[2], actions=a[3], initial=a[4]),
        lambda *a: exact_mdp.Model.from_outcomes([(0, 0, 0, a[0], a[1])], a[2], states=1, actions=1, initial=0),
        lambda *a: exact_mdp.parse(a[0]),
        lambda *a: exact_mdp.load(a[0], discount=a[1]),
        lambda *a: exact_mdp.bundled("two-state", discount=a[0], criterion=a[1], initial=a[2]),
        lambda *a: model.softmax(a[0], a[1]),
        lambda *a: model.tabular(a[0], a[1]),
        lambda *a: model.linear(a[0], a[1], temperature=a[2]),
        lambda *a: model.random(a[0]),
        lambda *a: model.batch(a[0], temperature=1.0),
        lambda *a: model.batch(np.zeros((2, 4)), temperature=a[0]),
        lambda *a: model.solve_policy(a[0]),
        lambda *a: model.optimum(method=a[0], tolerance=a[1]),
        lambda *a: model.ascend(method=a[0], iterations=3, step=a[1]),
        lambda *a: solved.law(a[0], truncation=generator.choice([None, 0, 3])),
        lambda *a: solved.sample(generator.choice([0, 1, 5, -1, a[0]]), truncation=generator.choice([None, 0, 3])),
        lambda *a: solved.compare(a[0], n=generator.choice([0, 1, 10, -1]), false_alarm=generator.choice([0.1, 0, 2, float("nan")])),
        lambda *a: solved.with_theta(a[0]),
        lambda *a: solved.policy.with_theta(a[0]),
        lambda *a: solved.policy.mixed(a[0]),
        lambda *a: solved.judge(gradient=a[0]),
        lambda *a: solved.judge(samples=a[0], estimator=generator.choice([None, "q", a[1]]), batch=generator.choice([1, 0, 3])),
        lambda *a: solved.judge(trajectories=a[0]),
        lambda *a: solved.judge(trajectories={"states": a[0], "actions": a[1], "rewards": a[2]}, false_alarm=generator.choice([1e-4, 0, a[3]])),
        lambda *a: solved.judge(trajectories=[{"states": a[0], "actions": a[1], "rewards": a[2], "psi": a[3]}]),
        lambda *a: model.verify(only=a[0]),
        lambda *a: model.load_policy(a[0]),
        lambda *a: model.exact().solve_policy(a[0]),
        lambda *a: pictures.actions(solved, a[0]),
        lambda *a: exact_mdp.testing.Reference(a[0]),
        lambda *a: solved.gradient_by(a[0]),
        lambda *a: exact_mdp.unstack(model, a[0]),
    ]
    allowed = (ValueError, TypeError, OverflowError, OSError, MemoryError)
    for _ in range(int(os.environ.get("EXACT_MDP_CALLS", 10_000))):
        arguments = [anything(generator) for _ in range(5)]
        try:
            generator.choice(calls)(*arguments)
        except allowed:
            pass


def every_function(folder):
    """All public functions of the package, of an object of every class too, by name."""
    model = exact_mdp.bundled("two-state")
    solved = model.solve_policy()
    objects = {
        "model": model, "solved": solved, "policy": solved.policy, "law": solved.law("reward-to-go", truncation=5),
        "sample": solved.sample(5, truncation=4), "comparison": solved.compare("reward-to-go", n=20, truncation=5),
        "verdict": solved.judge(gradient=solved.gradient), "verification": model.verify(only=["operators"]),
        "optimum": model.optimum(), "trace": model.ascend(iterations=2), "batch": model.batch(np.zeros((2, 4))),
        "exact": model.exact(), "exact_solved": model.exact().solve_policy(), "certified": solved.certified(),
        "report": solved.evaluate(), "reference": solved.reference(), "page": solved.report(),
        "kept": model.observed([[1], [1]], keep_observations=True), "seen": model.observed([[1], [1]], nodes=2), "array": solved.q, "exact_mdp": exact_mdp, "Model": exact_mdp.Model, "pictures": pictures,
        "testing": exact_mdp.testing,
    }
    for thing, found in objects.items():
        own = getattr(found, "__all__", None) or [name for name in vars(type(found)) if hasattr(found, name)]
        names = ["from_arrays", "from_outcomes", "from_gymnasium"] if thing == "Model" else own
        for name in names:
            function = getattr(found, name)
            if not name.startswith("_") and callable(function) and not inspect.isclass(function):
                yield f"{thing}.{name}", function
    yield "Reference", exact_mdp.testing.Reference


def test_random_calls_to_every_function(tmp_path, monkeypatch):
    """By position and by the names of the arguments. Four times each here; `EXACT_MDP_CALLS=100000` makes more."""
    monkeypatch.chdir(tmp_path)
    generator = random.Random(13)
    functions = list(every_function(tmp_path))
    assert len(functions) > 80
    for call in range(int(os.environ.get("EXACT_MDP_CALLS", 4 * len(functions)))):
        name, function = functions[call % len(functions)]
        parameters = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD]
        given = [anything(generator) for p in parameters if p.kind is not p.KEYWORD_ONLY and (p.default is p.empty or generator.random() < 0.5)]
        named = {p.name: anything(generator) for p in parameters if p.kind is p.KEYWORD_ONLY and (p.default is p.empty or generator.random() < 0.3)}
        try:
            function(*given, **named)
        except (ValueError, TypeError, AttributeError, OverflowError, OSError, MemoryError, AssertionError, KeyError, ImportError):
            pass
        except BaseException as error:
            raise AssertionError(f"{name}(*{given!r}, **{named!r}): {error!r}") from error


def test_the_gil_is_released():
    m = exact_mdp.parse("discount: 0.999\ngarnet: {states: 1500, actions: 2, branching: 30, seed: 1}\ninitial: uniform")
    ticks, over = [], threading.Event()

    def tick():
        while not over.is_set():
            ticks.append(1)
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    m.solve_policy()
    over.set()
    thread.join()
    assert len(ticks) > 1


CALLS = {
    "compare": ("two.solve_policy().compare(['reward-to-go'], n=10**10)", "0 < c.trajectories < 10**10"),
    "ascend": ("m.ascend(method='plain', step=1e-9, iterations=10**9, tolerance=0)", "1 < len(c) < 10**9"),
    "batch": ("m.batch(thetas)", "0 < len(c) < len(thetas)"),
    "batch on threads": ("m.batch(thetas, threads=2)", "0 < len(c) < len(thetas)"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("call", CALLS)
def test_control_c_keeps_what_was_done(call):
    """The call ends soon after the signal, and says so; the answers that it had are there."""
    begun, done = CALLS[call]
    code = (
        "import exact_mdp, time, numpy as np\n"
        "two = exact_mdp.bundled('two-state')\n"
        "m = exact_mdp.parse('discount: 0.9\\ngarnet: {states: 60, actions: 2, branching: 5, seed: 1}\\ninitial: uniform')\n"
        "thetas = np.zeros((60_000, len(m.pairs)))\n"
        "print('begun', flush=True)\n"
        f"c = {begun}\n"
        f"print(c.interrupted, {done}, flush=True)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "begun\n"
    time.sleep(1)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=30)
    assert out == "True True\n", err


LONG = {
    "hessian": "s.hessian",
    "hessian of one state": "many.hessian",
    "laws": "s.law('gae:0.95')",
    "fractions of laws": "big.solve_policy().reference(arithmetic='exact')",
    "judgments": "s.judge(samples=np.zeros((30_000, 6000), np.float32))",
    "fractions": "big.exact().solve_policy()",
    "theorems": "big.verify()",
}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("call", LONG)
def test_control_c_ends_calls_that_cannot_be_stopped(call):
    """They take minutes; what they compute is left to end with the process."""
    code = (
        "import exact_mdp, numpy as np\n"
        "many = exact_mdp.Model.from_arrays(np.ones((1, 4000, 1)), np.ones((1, 4000)), 0.9, axes='sas', initial=0).solve_policy()\n"
        "big = exact_mdp.parse('discount: 0.999\\ngarnet: {states: 3000, actions: 2, branching: 30, seed: 1}\\ninitial: uniform')\n"
        "s = big.solve_policy()\n"
        "print('begun', flush=True)\n"
        "try:\n"
        f"    {LONG[call]}\n"
        "except KeyboardInterrupt:\n"
        "    print('stopped', flush=True)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "begun\n"
    time.sleep(0.5)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=30)
    assert out == "stopped\n", err


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_signal_on_first_use_of_an_array_is_no_panic():
    """NumPy's C interface is looked up with the import, where nothing waits."""
    code = (
        "import exact_mdp, signal, time\n"
        "m = exact_mdp.parse('discount: 0.9\\ngarnet: {states: 20000, actions: 3, branching: 10, seed: 1}\\ninitial: uniform')\n"
        "def handler(*_): raise KeyboardInterrupt\n"
        "signal.signal(signal.SIGALRM, handler)\n"
        "try:\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.01)\n"
        "    m.to_dict()\n"
        "    time.sleep(10)\n"
        "except KeyboardInterrupt: print('stopped')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "stopped\n", run.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_control_c_before_anything_is_done_is_an_interrupt():
    code = (
        "import exact_mdp, numpy as np, signal, os\n"
        "m = exact_mdp.bundled('two-state')\n"
        "def handler(*_): raise RuntimeError('mine')\n"
        "signal.signal(signal.SIGINT, handler)\n"
        "s = m.solve_policy()\n"
        "print('begun', flush=True)\n"
        "try:\n"
        "    while True:\n"
        "        c = s.compare(['reward-to-go'], n=1000)\n"
        "except RuntimeError as error:\n"
        "    signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "    print(error, flush=True)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout.readline() == "begun\n"
    time.sleep(0.5)
    for _ in range(100):  # what has been sampled is kept, and the signal with it
        run.send_signal(signal.SIGINT)
        time.sleep(0.2)
        if run.poll() is not None:
            break
    assert run.communicate(timeout=30)[0] == "mine\n"


@pytest.mark.parametrize("value", [-1, 0, float("nan"), float("inf"), 1e400, "x", None])
def test_numbers_out_of_range_are_refused(value):
    """As by the program, which asks the same studies."""
    m = exact_mdp.bundled("two-state")
    s, game = m.solve_policy(), exact_mdp.bundled("matching-pennies").solve_policy()
    with_one = [[1], [2]]
    calls = {
        "λ": lambda: s.critics(with_one, lambdas=[2 if value == 0 else value]), "clip": lambda: s.between(m.random(1), clip=value),
        "entropy": lambda: m.solve(entropy=value), "false_alarm": lambda: s.judge(gradient=s.gradient, false_alarm=value),
        "step": lambda: game.players(climb="plain", step=value), "iterations": lambda: game.players(climb="plain", iterations=value),
        "squash": lambda: exact_mdp.bundled("linear-quadratic").solve_policy().continuous(squash=-1 if value == 0 else value),
    }
    unsaid = {"clip", "entropy", "squash", "false_alarm"} if value is None else {"iterations"} if value == 0 else set()
    for name, call in calls.items():
        if name not in unsaid:
            with pytest.raises(exact_mdp.ExactMdpError):
                raise AssertionError(f"{name}: {call()}")


@pytest.mark.parametrize("value", [-1, float("nan"), -1e-300, "x"])
def test_a_gap_below_nothing_is_refused(value):
    m = exact_mdp.bundled("two-state")
    for ascend in (m.ascents, m.ascend):
        with pytest.raises(exact_mdp.ExactMdpError, match="gap_tolerance is"):
            ascend(gap_tolerance=value)


@pytest.mark.parametrize("value", [10**30, -(10**30), 0.5, True, "x"])
def test_an_order_is_a_whole_number(value):
    with pytest.raises(exact_mdp.ExactMdpError, match="order is"):
        exact_mdp.bundled("two-state").n_discount(value)


def test_masked_entries_are_not_there():
    m = exact_mdp.bundled("retry-loop")
    s = m.solve_policy(m.random(3))
    laid = s.policy.theta.unstack()
    masked = np.ma.array(np.nan_to_num(laid, nan=7.0), mask=np.isnan(laid))
    assert m.softmax(masked) == s.policy and s.judge(gradient=np.ma.array(s.gradient.unstack(), mask=np.isnan(laid)))
    two = exact_mdp.bundled("two-state")
    with pytest.raises(exact_mdp.ExactMdpError):
        two.softmax(np.ma.array([1.0, 2, 3, 4], mask=[0, 1, 0, 0]))
    with pytest.raises(exact_mdp.ModelError):
        exact_mdp.Model.from_arrays(np.ma.array(P, mask=P == 0.25), R, 0.9, axes="sas", initial=0)


def test_complex_numbers_are_refused():
    """NumPy would drop a part of them, with a warning."""
    m = exact_mdp.bundled("two-state")
    s = m.solve_policy()
    P, R = np.array([[[1, 0], [0.5, 0.5]]] * 2), np.zeros((2, 2))
    for call in (
        lambda: exact_mdp.Model.from_arrays(P + 0j, R, 0.9, axes="sas", initial=0),
        lambda: exact_mdp.Model.from_arrays(P, R + 1j, 0.9, axes="sas", initial=0),
        lambda: s.judge(gradient=s.gradient + 1e-20j),
        lambda: m.batch(np.zeros((3, 4), complex)),
        lambda: m.softmax(np.zeros(4, complex)),
        lambda: exact_mdp.unstack(m, s.q * 1j),
        lambda: m.linear(np.ones((4, 2), complex)),
    ):
        with pytest.raises(exact_mdp.ExactMdpError, match="complex|real|number"):
            call()


def test_no_mend_names_a_flag():
    """Of every file that is wrong in a way that the program's tests know. Storm's own flags are Storm's."""
    refused = 0
    for path in sorted((ROOT / "tests").glob("model_errors/*.yaml")) + sorted((ROOT / "fuzz/corpus").iterdir()):
        try:
            exact_mdp.load(path)
        except exact_mdp.ExactMdpError as error:
            refused += 1
            text = re.sub("storm --.*", "", str(error))
            assert not re.search(r"(?<![-\w])--[a-z]", text) and "f64" not in text, text
    assert refused > 100


def test_numbers_of_ones_own_that_cannot_be_read_have_a_mend():
    solved = exact_mdp.bundled("two-state").solve_policy()
    with pytest.raises(exact_mdp.ExactMdpError, match="(?s)4 numbers are expected.*help: .*for each pair"):
        solved.judge(formula="q", values=[1.0, 2.0])
    with pytest.raises(exact_mdp.ExactMdpError, match="(?s)has 4 parameters.*help: "):
        solved.judge(gradient=[1.0, 2.0, 3.0])
