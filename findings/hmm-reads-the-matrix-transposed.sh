#!/usr/bin/env bash
# hmm 0.1.0 (an npm package; needs node): the most probable path is that of the transposed matrix, and fitting leaves an initial distribution that sums to 0.68.
#
# Guess: getMostProbableStateSequencesOfObservations, on a cycle 0 -> 1 -> 2 -> 0 whose states show themselves, is the cycle, and in general what
#        the enumeration of all paths finds. fitObservations, Baum-Welch, returns distributions, and each step makes the
#        observations more probable.
# Seen:  [undefined, undefined, undefined, (empty)] on the cycle: Viterbi reads P[to][from]; with two sticky states another path than the
#        enumeration's, of a third of its probability. In the backward pass, and in the weights of pairs, the later beta is that of the
#        state before, not of the state after: one step learns the initial distribution (0.69, 0.23), five steps (0.60, 0.08),
#        and on the way the observations become less probable.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true}' > package.json
npm install --silent --no-audit --no-fund hmm@0.1.0
cat > seen.js <<'EOF'
const assert = require('assert');
const HiddenMarkovModel = require('hmm');

const P = () => [[0.5, 0.5], [0.125, 0.875]];
const B = () => [[0.75, 0.25], [0.25, 0.75]];
const start = () => [[0.5, 0.5]];

// All paths: the probability of the observations and the most probable path.
function enumerate(o) {
  let [total, best, path] = [0, -1, null];
  for (let code = 0; code < 2 ** o.length; code++) {
    const x = o.map((_, t) => (code >> t) & 1);
    let p = start()[0][x[0]] * B()[x[0]][o[0]];
    for (let t = 1; t < o.length; t++) {
      p *= P()[x[t - 1]][x[t]] * B()[x[t]][o[t]];
    }
    total += p;
    if (p > best) {
      [best, path] = [p, x];
    }
  }
  return { total, best, path };
}

const cycle = new HiddenMarkovModel([[0, 1, 0], [0, 0, 1], [1, 0, 0]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[1, 0, 0]]);
const round = [0, 1, 2, 0];
assert.strictEqual(cycle.getProbabilityOfStateSequenceForObservations(round, round), 1);
let seen = cycle.getMostProbableStateSequencesOfObservations(round);
console.log('the cycle:', seen, 'for', round);
assert(seen[0] === undefined && seen[3] === undefined);

const o = [0, 0, 1, 0, 1, 1];
const right = enumerate(o);
const model = new HiddenMarkovModel(P(), B(), start());
assert(Math.abs(model.getProbabilityOfObservations(o) - right.total) < 1e-12);
seen = model.getMostProbableStateSequencesOfObservations(o);
const p = model.getProbabilityOfStateSequenceForObservations(seen, o);
console.log('two states:', seen, 'of', p, 'for', right.path, 'of', right.best);
assert(p < 0.35 * right.best);

const initial = [];
const likelihood = [];
for (let step = 0; step < 5; step++) {
  model.fitObservations(o, 1);
  initial.push(Array.from(model.initialStateDistributionMatrix[0]));
  likelihood.push(model.getProbabilityOfObservations(o, true));
}
console.log('initial distributions of five steps:', initial);
console.log('log-likelihoods:', likelihood);
const sums = initial.map(([a, b]) => a + b);
assert(Math.abs(sums[0] - 1) > 0.01 && sums[4] < 0.7);
assert(likelihood.some((value, step) => step > 0 && value < likelihood[step - 1] - 0.01));
EOF
node seen.js
