"""Numbers of one build's JSON beside another's: what differs, by command and key.

    python3 benches/compare/same_numbers.py OLD NEW MODELS [--timeout SECONDS]

MODELS is a folder of model files that both read. Every key that OLD writes is looked up in what NEW
writes: numbers are compared by their relative difference, all else by being equal. What NEW writes
beside is not looked at. The bytes of a run are compared by same_bytes.py.
"""

import argparse
import collections
import json
import pathlib
import subprocess


def commands(model):
    """The command lines on a model."""
    for arithmetic in ([], ["--exact"], ["--certify"]):
        yield ["evaluate", model, *arithmetic]
        yield ["gradient", model, "--jacobian", "--hessian", *arithmetic]
        yield ["solve", model, *arithmetic]
    asked = ["--natural", "--fisher", "--entropy", "1/10", "--routes", "all"]
    yield ["gradient", model, "--policy", "random:1", *asked]
    yield ["gradient", model, "--with-respect-to", "theta,p,r,discount,initial"]
    yield ["compare", model, "-n", "2000", "--seed", "1"]
    yield ["ascend", model, "-n", "20", "--bounds"]


def answer(program, command, timeout):
    """What a build answers, or in a word why it does not."""
    try:
        run = subprocess.run([program, *command, "--format", "json", "--quiet"], capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return "no answer in time"
    try:
        return json.loads(run.stdout)
    except json.JSONDecodeError:
        return f"exit code {run.returncode}"


def differences(old, new, path=""):
    """(path, relative difference of numbers or None, in words) for each value that differs; None for each that is equal."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in old.items():
            if key in new:
                yield from differences(value, new[key], f"{path}/{key}")
            else:
                yield f"{path}/{key}", None, "is gone"
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for x, y in zip(old, new):
            yield from differences(x, y, f"{path}/*")
    elif old == new:
        yield None
    else:
        are_numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (old, new))
        apart = abs(old - new) / max(abs(old), abs(new)) if are_numbers else None
        yield path, apart, f"{str(old)[:60]} | {str(new)[:60]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("--timeout", type=float, default=25)
    asked = parser.parse_args()
    runs = equal = 0
    found = collections.defaultdict(lambda: [0, 0.0, ""])
    for model in sorted(asked.models.glob("*.yaml")):
        for command in commands(str(model)):
            runs += 1
            pair = [answer(program, command, asked.timeout) for program in (asked.old, asked.new)]
            for difference in differences(*pair):
                if difference is None:
                    equal += 1
                    continue
                path, apart, words = difference
                entry = found[command[0], path]
                entry[0] += 1
                entry[1] = max(entry[1], apart or 0.0)
                entry[2] = f"{model.name}: {words}"
    print(f"{runs} runs, {equal} values are equal")
    for (command, path), (count, apart, example) in sorted(found.items()):
        print(f"{command} {path}: {count} differ, by up to {apart:.1e}; {example}")


if __name__ == "__main__":
    main()
