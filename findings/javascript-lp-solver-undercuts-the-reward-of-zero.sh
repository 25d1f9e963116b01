#!/usr/bin/env bash
# javascript-lp-solver 1.0.3 and 0.4.24, highs 1.15.3 (npm packages; needs node): the linear program of an MDP where a reward is 0 has values of -10 for -4.7, "feasible".
#
# Guess: the least sum of v(s) with v(s) >= r(s, a) + gamma sum p v(s'), all v `unrestricted`, is v*: of two states, where staying costs and
#        going over to the other one is free from the first, -1 from the second, v* = -0.9/0.19 and -1/0.19 at gamma = 0.9.
# Seen:  with the free move's reward at -0.001 it is; at 0 the answer is -10 and -10, { feasible: true, bounded: true }, though -10 is not >= 0.9 * -10:
#        a constraint whose bound is 0 is lost where variables may be negative; the least x + y with x >= y >= -3 is "unbounded". Of
#        200 random models of rewards 0 and -1 143 are wrong; HiGHS solves all. Version 0.4.24 does the same, and calls 177 of 200
#        with rewards of both signs infeasible, which 1.0.3 solves.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true}' > package.json
npm install --silent --no-audit --no-fund javascript-lp-solver@1.0.3 old@npm:javascript-lp-solver@0.4.24 highs@1.15.3
cat > seen.js <<'EOF'
const assert = require('assert');
const now = require('javascript-lp-solver');
const old = require('old');

const gamma = 0.9;

// v* by value iteration.
function values(p, r) {
  let v = p.map(() => 0);
  for (let k = 0; k < 500; k++) {
    v = v.map((_, s) => Math.max(...p[s].map((row, a) => r[s][a] + gamma * row.reduce((sum, q, t) => sum + q * v[t], 0))));
  }
  return v;
}

// v(s) - gamma sum p v(s') >= r(s, a), as [coefficients, bound].
function constraints(p, r) {
  return p.flatMap((rows, s) => rows.map((row, a) => [row.map((q, t) => (s === t ? 1 : 0) - gamma * q), r[s][a]]));
}

function solve(solver, p, r) {
  const model = { optimize: 'sum', opType: 'min', constraints: {}, variables: {}, unrestricted: {} };
  p.forEach((_, s) => {
    model.variables['v' + s] = { sum: 1 };
    model.unrestricted['v' + s] = 1;
  });
  constraints(p, r).forEach(([row, bound], i) => {
    model.constraints['c' + i] = { min: bound };
    row.forEach((x, t) => {
      model.variables['v' + t]['c' + i] = x;
    });
  });
  const answer = solver.Solve(model);
  return { ...answer, v: p.map((_, s) => answer['v' + s] || 0) };
}

function solveHighs(highs, p, r) {
  const term = (x, t) => `${x < 0 ? '-' : '+'} ${Math.abs(x).toFixed(12)} v${t}`;
  const rows = constraints(p, r).map(([row, bound]) => `${row.map(term).join(' ')} >= ${bound}`);
  const free = p.map((_, s) => `v${s} free`);
  const text = ['Minimize', p.map((_, s) => `v${s}`).join(' + '), 'Subject To', ...rows, 'Bounds', ...free, 'End'].join('\n');
  const answer = highs.solve(text);
  return p.map((_, s) => answer.Columns['v' + s].Primal);
}

const apart = (v, w) => Math.max(...v.map((x, s) => Math.abs(x - w[s])));

async function main() {
  const highs = await require('highs')();
  const p = [[[0.5, 0.5], [0, 1]], [[0, 1], [1, 0]]];
  for (const free of [-0.001, 0]) {
    const r = [[-1, free], [-2, -1]];
    const right = [(free - gamma) / (1 - gamma ** 2), (-1 + gamma * free) / (1 - gamma ** 2)];
    assert(apart(values(p, r), right) < 1e-9 && apart(solveHighs(highs, p, r), right) < 1e-6);
    for (const solver of [now, old]) {
      const { feasible, bounded, v } = solve(solver, p, r);
      console.log('reward', free, { feasible, bounded, v }, 'for', right);
      assert(feasible && bounded && apart(v, free === 0 ? [-10, -10] : right) < 1e-6);
    }
  }

  const least = { optimize: 'c', opType: 'min', constraints: { k: { min: 0 }, l: { min: -3 } }, unrestricted: { x: 1, y: 1 } };
  least.variables = { x: { c: 1, k: 1 }, y: { c: 1, k: -1, l: 1 } };
  const answer = now.Solve(least);
  console.log('least x + y where x >= y >= -3:', answer);
  assert(answer.bounded === false);

  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const count = { now: 0, old: 0, signs: 0 };
  for (let k = 0; k < 200; k++) {
    const law = () => {
      const weights = [random(), random(), random(), random()];
      const sum = weights.reduce((a, b) => a + b);
      return weights.map((x) => x / sum);
    };
    const q = [0, 1, 2, 3].map(() => [law(), law()]);
    const zeros = q.map(() => [-1, random() < 0.5 ? 0 : -1]);
    const right = values(q, zeros);
    if (right.some((x) => x < -1e-9)) {
      assert(apart(solveHighs(highs, q, zeros), right) < 1e-5);
      count.now += apart(solve(now, q, zeros).v, right) > 1e-4;
      count.old += apart(solve(old, q, zeros).v, right) > 1e-4;
    }
    const signs = q.map(() => [2 * random() - 1, 2 * random() - 1]);
    assert(apart(solve(now, q, signs).v, values(q, signs)) < 1e-4);
    count.signs += !solve(old, q, signs).feasible;
  }
  assert(count.now > 100 && count.old > 100 && count.signs > 100);
  console.log('of 200 random models: wrong', count.now, 'and in 0.4.24', count.old, '; rewards of both signs infeasible in 0.4.24', count.signs);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
EOF
node seen.js
