#!/bin/sh
# What becomes of files when the disk is full, the program is killed, or several write at once.
#   tests/disk.sh target/debug/exact-mdp          (as root: the full disk is a tmpfs of 16 kB)
# Prints a line for each case and exits with 1 if one fails. Nothing outside a temporary folder is touched.
set -u
program=$(readlink -f "${1:-target/debug/exact-mdp}")
models=$(dirname "$(readlink -f "$0")")/../mdps
folder=$(mktemp -d)
trap 'umount "$folder/full" 2>/dev/null; rm -rf "$folder"' EXIT
failed=0

say() { # name, whether it holds
    if [ "$2" = 0 ]; then echo "ok    $1"; else echo "FAIL  $1"; failed=1; fi
}
is_json() { python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$1" 2>/dev/null; }
run() { "$program" --quiet "$@"; }

# an older result beside which every new one is written
old="$folder/old.json"
run ascend "$models/two-state.yaml" --method plain -n 3 -o "$old"

# 1. a full disk: exit code 2, the older file as it was
mkdir "$folder/full"
if mount -t tmpfs -o size=16k none "$folder/full" 2>/dev/null; then
    cp "$old" "$folder/full/a.json"
    run ascend "$models/two-state.yaml" --method plain --resume "$folder/full/a.json" -n 5000 --tolerance 0 \
        -o "$folder/full/a.json" 2>"$folder/message"
    code=$?
    [ "$code" = 2 ] && cmp -s "$old" "$folder/full/a.json"
    say "full disk: exit code $code, older file as it was" $?
    [ "$(ls "$folder/full")" = a.json ]
    say "full disk: no part of a file is left" $?
    # a model of several files: all of the older one stay
    umount "$folder/full" && mount -t tmpfs -o size=28k none "$folder/full"
    run convert "$models/retry-loop.yaml" "$folder/full/q.tra"
    code=$?
    cat "$folder"/full/q.* >"$folder/parts"
    [ "$code" = 0 ] && ! run convert "$models/frozenlake-4x4.yaml" "$folder/full/q.tra" 2>"$folder/message" \
        && cat "$folder"/full/q.* | cmp -s - "$folder/parts"
    say "full disk: all files of the older model as they were" $?
else
    echo "skip  full disk: no tmpfs may be mounted here"
fi

# 2. signals: TERM and HUP write what there is, KILL leaves the older file whole
for signal in TERM:143 HUP:129 INT:130 KILL:137; do
    name=${signal%:*} expected=${signal#*:}
    cp "$old" "$folder/b.json"
    python3 - "$program" "$models/frozenlake-4x4.yaml" "$folder/b.json" "$name" <<'PYTHON' 2>/dev/null
import signal, subprocess, sys, time
program, model, out, name = sys.argv[1:]
command = [program, "--quiet", "ascend", model, "--method", "plain", "-n", "100000000", "--tolerance", "0", "-o", out]
run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
time.sleep(1.5)
for _ in range(2):  # as `timeout` and batch systems do, which send one to the process and one to its group
    run.send_signal(getattr(signal, "SIG" + name))
    time.sleep(0.01)
code = run.wait(60)
sys.exit(code if code >= 0 else 128 - code)
PYTHON
    code=$?
    is_json "$folder/b.json" && [ "$code" = "$expected" ]
    say "$name: exit code $code, the file is whole" $?
    if [ "$name" = KILL ]; then
        cmp -s "$old" "$folder/b.json"
        say "KILL: older file as it was" $?
    fi
done

# 3. three writers of one file, three times
for round in 1 2 3; do
    for seed in 1 2 3; do
        run ascend "$models/frozenlake-4x4.yaml" --policy "random:$seed" -n 300 -o "$folder/c.json" 2>/dev/null &
    done
    wait
    is_json "$folder/c.json"
    say "three writers, round $round: the file is whole" $?
done
exit $failed
