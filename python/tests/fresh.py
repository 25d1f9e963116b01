"""Installs a wheel into fresh environments, one for each Python that is named, and runs the tests of the package there.

    python python/tests/fresh.py WHEEL PYTHON [PYTHON …]

What the tests need beside NumPy and pytest is left out, and they skip what asks for it; gymnasium comes with the
extra of its name.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parent
JOINED = "import exact_mdp, sys; print(sys.version.split()[0], exact_mdp.bundled('two-state').exact().solve_policy().j)"


def run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, cwd=TESTS.parent.parent, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})


def check(wheel: Path, python: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(python, "-m", "venv", folder)
        own = Path(folder) / ("Scripts" if os.name == "nt" else "bin") / "python"
        run(own, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[gymnasium]", "pytest")
        run(own, "-c", JOINED)
        run(own, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    for each in sys.argv[2:]:
        check(Path(sys.argv[1]).resolve(), each)
