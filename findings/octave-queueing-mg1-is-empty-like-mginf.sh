#!/usr/bin/env bash
# queueing 1.2.7 of Octave (Debian 12's octave-queueing): an M/G/1 queue that is busy 90% of the time is empty 41% of the time; qsmh1 runs on no current Octave.
#
# Guess: (blind) [U R Q X p0] = qsmg1(lambda, xavg, x2nd), with p0 the "probability that there is not any request at system", has p0 = 1 - U for any service,
#        as qsmm1 has for the exponential one, which x2nd = 2 xavg^2 makes it. qsmh1 is qsmg1 with the moments of a hyperexponential service.
# Seen:  p0 is exp(-U), which belongs to infinitely many servers: 0.607 beside U = 0.5, 0.407 beside 0.9. Everything else, and the Markov chain functions, are right.
#        qsmh1 calls is_scalar, which Octave has no more: an error on any input.
set -euo pipefail
# needs Octave and the package: apt-get install --no-install-recommends octave octave-queueing

tmp="$(mktemp -d)"; trap 'rm -rf "$tmp"' EXIT
cat > "$tmp/queues.m" <<'EOF'
warning("off", "all");
pkg load queueing
assert(pkg("list"){1}.name, "queueing"); assert(pkg("list"){1}.version, "1.2.7");
for lambda = [0.1 0.5 0.9]
  [U R Q X p0] = qsmg1(lambda, 1, 2);
  [U1 R1 Q1 X1 p1] = qsmm1(lambda, 1);
  printf("lambda %g: U %g, R %g, p0 %.4f by qsmg1; U %g, R %g, p0 %.4f by qsmm1\n", lambda, U, R, p0, U1, R1, p1);
  assert(p0, exp(-lambda), 1e-12); assert(p1, 1 - lambda, 1e-12); assert([U R Q X], [U1 R1 Q1 X1], 1e-9);
endfor
raised = "";
try
  qsmh1(0.5, [1 3], [0.4 0.6]);
catch problem
  raised = problem.message;
end_try_catch
disp(raised);
assert(strfind(raised, "is_scalar"));
EOF
octave-cli --no-gui --quiet "$tmp/queues.m"
