#!/usr/bin/env bash
# reinforce-js 1.5.1, reinforcenode 1.0.1 (npm packages; needs node): of the two ports of REINFORCEjs one learns NaN, the other cannot make a tabular agent.
#
# Guess: TDSolver and TDAgent, tabular Q-learning, and DPAgent, value iteration, do what REINFORCEjs does on a grid: on a single row of
#        two cells, where each step pays 1, q grows towards 1 / (1 - gamma).
# Seen:  reinforce-js asks its environment for `numerOfActions`, which there is not: a table of undefined length, whose entries are NaN
#        from the first step learned, with no error. In reinforcenode a replacement of "R." by "UTILS." ran over the
#        whole text: DPAgent and TDAgent raise TypeError when they are made, and the package exports neither. (The one says of its
#        TDSolver that it is not tested.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true}' > package.json
npm install --silent --no-audit --no-fund reinforce-js@1.5.1 reinforcenode@1.0.1
cat > seen.js <<'EOF'
const assert = require('assert');
const { TDEnv, TDOpt, TDSolver } = require('reinforce-js');

const options = new TDOpt();
options.setGamma(0.5);
options.setAlpha(0.5);
const solver = new TDSolver(new TDEnv(2, 1, 2, 4), options);
for (let step = 0; step < 50; step++) {
  solver.decide(step % 2);
  solver.learn(1);
}
const q = Object.values(solver.Q);
console.log('reinforce-js: entries of q:', q);
assert(q.length > 0 && q.every(Number.isNaN));

const row = {
  getNumStates: () => 2,
  getMaxNumActions: () => 1,
  allowedActions: () => [0],
  nextStateDistribution: (s) => 1 - s,
  reward: () => 1,
};
for (const name of ['dpagent', 'tdagent']) {
  const Agent = require('reinforcenode/agents/' + name + '.js');
  assert.throws(() => new Agent(row, { gamma: 0.5, update: 'qlearn' }), (error) => {
    console.log('reinforcenode:', name + ':', String(error));
    return error instanceof TypeError;
  });
}
const exported = Object.keys(require('reinforcenode'));
console.log('reinforcenode exports', exported.join(', '));
assert(!exported.includes('DPAgent') && !exported.includes('TDAgent'));
EOF
node seen.js
