#!/usr/bin/env bash
# fast_gae 0.0.4: its wheel is for any platform by name and holds an extension for macOS and Python 3.11 only.
#
# Guess: a Cython package has wheels for platforms, or a source archive that is compiled on install.
# Seen:  fast_gae-0.0.4-py3-none-any.whl installs everywhere and has fast_gae.cpython-311-darwin.so (twice, the
#        second time in a folder build/); elsewhere the line of its own description, `from fast_gae import fast_gae`, raises ImportError.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --no-deps fast_gae==0.0.4
"$work/venv/bin/python" - <<'EOF'
import sys
from importlib.metadata import distribution

wheel = distribution("fast_gae")
tags = [line for line in wheel.read_text("WHEEL").splitlines() if line.startswith("Tag:")]
extensions = [str(file) for file in wheel.files if file.suffix in (".so", ".pyd", ".dylib")]
print(tags, extensions)
assert tags == ["Tag: py3-none-any"]
assert extensions and all(name.endswith("fast_gae.cpython-311-darwin.so") for name in extensions)
if sys.platform != "darwin":
    try:
        from fast_gae import fast_gae  # noqa: F401
    except ImportError as error:
        print("ImportError:", str(error).split(" (")[0])
    else:
        raise SystemExit("changed: it imports")
EOF
