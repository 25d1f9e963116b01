#!/usr/bin/env bash
# ml-q-learning 0.0.15 (an npm package; needs node): the last reward of an episode is never learned, the first state gets the second one's action, softmax takes the first action.
#
# Guess: QLearningAgent learns an episode a, b, c whose last step alone pays 1: with learning rate 1 and discount 1/2, after three
#        episodes q is 1/4, 1/2 and 1. softmaxPickAction of values 0 and 5 takes the second action with 1 / (1 + e^-5) = 0.993.
# Seen:  learn() leaves out the last step of what it remembers, with its reward: q stays 0 everywhere, and episodes of one or two steps
#        teach nothing. Its first update joins the first state to the second step's action and reward, and the second state is
#        left out: a reward of 1 in b, by action 1, is written to a. Softmax draws as many actions as there are, from the softmax of
#        the softmax, and returns the place of the largest in the list of draws: the second action with 0.20 (of 5 and 0: 0.20).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private": true}' > package.json
npm install --silent --no-audit --no-fund ml-q-learning@0.0.15 @tensorflow/tfjs-core@0.15.4
cat > seen.js <<'EOF'
const assert = require('assert');
const { QLearningAgent } = require('ml-q-learning/lib/q-learning-agent');
const { softmaxPickAction } = require('ml-q-learning/lib/pick-action-strategy');

// Plays the states in this order, with these actions and rewards; q after the episodes.
async function learn(states, actions, rewards, episodes) {
  let step = 0;
  const agent = new QLearningAgent([0, 1], async () => actions[step], undefined, 1, 0.5);
  for (let episode = 0; episode < episodes; episode++) {
    for (step = 0; step < states.length; step++) {
      agent.reward(await agent.play(states[step]), rewards[step]);
    }
    await agent.learn();
  }
  return Promise.all(states.map((state) => agent.memory.getState(state)));
}

// Q-learning in the order of the steps, the last of which ends.
function expected(states, actions, rewards, episodes) {
  const q = states.map(() => [0, 0]);
  for (let episode = 0; episode < episodes; episode++) {
    states.forEach((_, i) => {
      const next = i + 1 < states.length ? Math.max(...q[i + 1]) : 0;
      q[i][actions[i]] = rewards[i] + 0.5 * next;
    });
  }
  return q;
}

async function main() {
  const abc = ['a', 'b', 'c'];
  let q = await learn(abc, [0, 0, 0], [0, 0, 1], 3);
  console.log('1 at the end:', q, 'for', expected(abc, [0, 0, 0], [0, 0, 1], 3));
  assert.deepStrictEqual(q, [[0, 0], [0, 0], [0, 0]]);
  assert.deepStrictEqual(expected(abc, [0, 0, 0], [0, 0, 1], 3), [[0.25, 0], [0.5, 0], [1, 0]]);

  q = await learn(['a', 'b'], [0, 1], [5, 7], 10);
  console.log('episodes of two steps:', q);
  assert.deepStrictEqual(q, [[0, 0], [0, 0]]);

  q = await learn(abc, [0, 1, 0], [0, 1, 0], 3);
  console.log('1 in b, by action 1:', q, 'for', expected(abc, [0, 1, 0], [0, 1, 0], 3));
  assert.deepStrictEqual(q, [[0, 1], [0, 0], [0, 0]]);

  for (const values of [[0, 5], [5, 0]]) {
    let second = 0;
    const draws = 4000;
    for (let i = 0; i < draws; i++) {
      second += softmaxPickAction(values);
    }
    const right = 1 / (1 + Math.exp(values[0] - values[1]));
    // the softmax of (0.993, 0.007), drawn twice: the second place has the larger number with p (1 - p)
    const p = 1 / (1 + Math.exp(2 * right - 1));
    console.log('softmax of', values, 'takes the second with', second / draws, 'for', right.toFixed(3), '; p (1 - p) =', (p * (1 - p)).toFixed(3));
    assert(Math.abs(second / draws - p * (1 - p)) < 0.03);
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
EOF
node seen.js 2> errors || { cat errors; exit 1; }
