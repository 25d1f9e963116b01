#!/usr/bin/env bash
# generative-bayesian-network 2.1.88 (npm; node 18 or later): of samples consistent with a symptom half have the cause that 99.9% of such cases have; a second sample given the same object is the first.
#
# Guess (30 November 2026, 23:53, blind): "randomly samples from the distribution represented by the network, consistent with the restrictions" has the conditional distribution given them.
# Seen:  nodes are drawn from parents to children, each from the values allowed, and only a dead end sends the search back: what the children's values say about
#        their parents is not asked. The cause keeps its prior of 1/2 wherever the symptom is not impossible, in both generateSample() and
#        generateConsistentSampleWhenPossible(). The former writes its sample into the values given.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts generative-bayesian-network@2.1.88
cat > run.js <<'JS'
const assert = require("node:assert");
const AdmZip = require("adm-zip");
const { BayesianNetwork } = require("generative-bayesian-network");

// The symptom is there in 999 of 1,000 cases of the cause, and in one of 1,000 without it.
const nodes = [
    { name: "cause", parentNames: [], possibleValues: ["yes", "no"], conditionalProbabilities: { yes: 0.5, no: 0.5 } },
    {
        name: "symptom",
        parentNames: ["cause"],
        possibleValues: ["there", "absent"],
        conditionalProbabilities: { deeper: { yes: { there: 0.999, absent: 0.001 }, no: { there: 0.001, absent: 0.999 } } },
    },
];
const zip = new AdmZip();
zip.addFile("network.json", Buffer.from(JSON.stringify({ nodes }), "utf8"));
zip.writeZip("network.zip");
const network = new BayesianNetwork({ path: "network.zip" });

const runs = 20000;
const share = (draw) => {
    let cause = 0, symptom = 0;
    for (let i = 0; i < runs; i++) {
        const sample = draw();
        if (sample.symptom === "there") {
            symptom++;
            if (sample.cause === "yes") cause++;
        }
    }
    return cause / symptom;
};
const joint = share(() => network.generateSample());
const consistent = share(() => network.generateConsistentSampleWhenPossible({ symptom: ["there"] }));
const given = share(() => network.generateSample({ symptom: "there" }));
console.log("cause given the symptom, of all samples that have it", joint, "| of consistent samples", consistent, "| of samples given it", given);
assert(joint > 0.997 && Math.abs(consistent - 0.5) < 0.02 && Math.abs(given - 0.5) < 0.02);

const known = {};
network.generateSample(known);
const again = new Set();
for (let i = 0; i < 200; i++) again.add(JSON.stringify(network.generateSample(known)));
console.log("200 samples given one object:", [...again]);
assert.strictEqual(again.size, 1);
JS
node run.js
