"""Every command in every format on every shipped model, by two builds: what differs is listed.

    python3 benches/compare/same_bytes.py OLD NEW [--quick] [--only TEXT] [--timeout SECONDS]

Standard output, standard error, exit code and written files are compared byte for byte. `--quick`
takes ten small models; `--only` the runs whose command line holds the text. A run that one of the
builds does not end in time is counted apart. Exits with 1 if anything differs.
"""

import argparse
import concurrent.futures
import difflib
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

SMALL = """two-state retry-loop random-walk-5 periodic-two-state multichain-average frozenlake-4x4
bernoulli-bandit inventory-finite-horizon short-corridor appendix-c""".split()

ENDINGS = ["json", "npz", "drn", "tra", "POMDP"]


def commands(model):
    """The command lines on a model; OUT/ stands for a folder of the run's own."""
    formats = [["--format", form] for form in ("table", "json", "yaml", "csv")]
    arithmetics = [[], ["--exact"], ["--certify"]]
    for form in formats:
        yield ["check", model, *form]
        for arithmetic in arithmetics:
            yield ["evaluate", model, *arithmetic, *form]
            yield ["gradient", model, "--jacobian", "--hessian", *arithmetic, *form]
            yield ["solve", model, *arithmetic, *form]
        asked = ["--natural", "--fisher", "--entropy", "1/10", "--routes", "all"]
        yield ["gradient", model, "--policy", "random:1", *asked, *form]
        yield ["gradient", model, "--with-respect-to", "theta,p,r,discount,initial", *form]
        yield ["solve", model, "--method", "value-iteration", "--trace", *form]
        yield ["solve", model, "--entropy", "0.1", *form]
        yield ["compare", model, "-n", "2000", *form]
        yield ["compare", model, "-n", "2000", "--estimators", "all", "--paired", "--power", *form]
        yield ["ascend", model, "-n", "20", "--bounds", *form]
        yield ["verify", model, *form]
    yield ["verify", model, "--format", "junit"]
    for method in ("plain", "natural", "mirror", "adam", "newton", "reinforce", "actor-critic"):
        yield ["ascend", model, "-n", "5", "--method", method, "--format", "json"]
    for arithmetic in arithmetics:
        for ending in ("json", "yaml", "csv", "npz"):
            yield ["reference", model, *arithmetic, "-o", f"OUT/r.{ending}"]
    yield ["reference", model, "-n", "5", "--for", "pytest", "-o", "OUT/r.json"]
    yield ["compare", model, "-n", "2000", "--plot", "OUT/p.svg"]
    yield ["compare", model, "-n", "2000", "--plot", "OUT/p.png"]
    yield ["ascend", model, "-n", "20", "--plot", "OUT/p.svg"]
    for form in ("nested", "rows"):
        yield ["convert", model, "--to", form]
    for ending in ENDINGS:
        yield ["convert", model, f"OUT/m.{ending}"]


def without_model():
    """The command lines that take none."""
    helped = "check evaluate gradient compare verify convert schema solve ascend reference".split()
    for command in helped:
        yield [command, "--help"]
    yield ["--help"]
    yield ["schema"]
    for form in ("table", "json", "yaml", "csv"):
        yield ["verify", "--list", "--format", form]
    for shell in ("bash", "zsh", "fish", "elvish", "powershell"):
        yield ["completions", shell]
    yield ["man"]


def left_behind(program, line, timeout):
    """All that a run leaves: {what: bytes}; None if it does not end in time."""
    with tempfile.TemporaryDirectory() as folder:
        words = [word.replace("OUT/", f"{folder}/") for word in line]
        try:
            run = subprocess.run([program, *words], cwd=ROOT, capture_output=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            return None
        place = folder.encode()
        left = {"exit code": str(run.returncode).encode()}
        left["stdout"] = run.stdout.replace(place, b"OUT")
        left["stderr"] = run.stderr.replace(place, b"OUT")
        for path in sorted(pathlib.Path(folder).rglob("*")):
            left[path.name] = path.read_bytes().replace(place, b"OUT")
        return left


def difference(line, old, new):
    """What differs between two runs, in a few lines."""
    said = []
    for what in sorted(old.keys() | new.keys()):
        before, after = old.get(what, b""), new.get(what, b"")
        if before == after:
            continue
        texts = [x.decode("utf-8", "replace").splitlines() for x in (before, after)]
        changed = [d for d in difflib.unified_diff(*texts, n=0, lineterm="") if d[0] in "+-"]
        shown = [d[:160] for d in changed[2:8]]
        said.append("\n".join([f"{' '.join(line)}: {what}", *(f"    {d}" for d in shown)]))
    return said


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="ten small models")
    parser.add_argument("--only", default="", help="runs whose command line holds this text")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for each run")
    asked = parser.parse_args()
    old, new = str(asked.old.resolve()), str(asked.new.resolve())

    names = SMALL if asked.quick else sorted(path.stem for path in (ROOT / "mdps").glob("*.yaml"))
    lines = list(without_model())
    for name in names:
        lines += commands(f"mdps/{name}.yaml")
    lines = [line for line in lines if asked.only in " ".join(line)]

    def compared(line):
        before, after = (left_behind(program, line, asked.timeout) for program in (old, new))
        if before is None or after is None:
            slow = [name for name, left in (("OLD", before), ("NEW", after)) if left is None]
            return [], f"{' '.join(line)}: {' and '.join(slow)}"
        return difference(line, before, after), None

    different, late = [], []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for said, slow in pool.map(compared, lines):
            different += said
            late += [slow] if slow else []
            for text in said:
                print(text, flush=True)
    for text in late:
        print(f"not ended in {asked.timeout:g} s: {text}")
    print(f"{len(lines)} runs, {len(different)} differences, {len(late)} not ended in time")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
