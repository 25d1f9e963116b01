//! `judge --entropy` of numbers that have the entropy with another weight, or that of some steps alone.

use serde_json::{Value, json};

use super::judged_losses::{GAMMA, Walk, file, held, mean, policy, walks};
use super::judged_runs::judge;

/// s –a, c→ u, s –b→ end, u –all→ end.
const TWO: &str = "discount: 9/10\nstates: [s, u, end]\nactions: [a, b, c]\ninitial: s\nterminal: [end]\ntransitions:\n\
                   - [s, a, u, 1, 1]\n- [s, b, end, 1, 2]\n- [s, c, u, 1, 1/2]\n\
                   - [u, a, end, 1, 3]\n- [u, b, end, 1, 1]\n- [u, c, end, 1, -1]\n\
                   policy: {theta: [0.2, -0.1, 0.4, 0.3, 0, -0.5]}\n";

/// ∇J with p times the entropy of a step in the derivative of its own state, and l times those of later ones in q:
/// ∂/∂θ_b = ρ π_b (q_b − Σ πq − p (log π_b + H)).
fn gradient(p: f64, l: f64) -> [f64; 6] {
    let softmax = |theta: [f64; 3]| {
        let sum: f64 = theta.iter().map(|x: &f64| x.exp()).sum();
        theta.map(|x| x.exp() / sum)
    };
    let (s, u) = (softmax([0.2, -0.1, 0.4]), softmax([0.3, 0.0, -0.5]));
    let entropy = |pi: [f64; 3]| -> f64 { pi.iter().map(|x| -x * x.ln()).sum() };
    let mean = |pi: [f64; 3], q: [f64; 3]| -> f64 { pi.iter().zip(q).map(|(x, q)| x * q).sum() };
    let paid = [3.0, 1.0, -1.0];
    let later = 0.9 * (mean(u, paid) + l * entropy(u));
    let q = [1.0 + later, 2.0, 0.5 + later];
    let of = |visits: f64, pi: [f64; 3], q: [f64; 3]| {
        [0, 1, 2].map(|b| visits * pi[b] * (q[b] - mean(pi, q) - p * (pi[b].ln() + entropy(pi))))
    };
    let (first, second) = (of(1.0, s, q), of(0.9 * (s[0] + s[2]), u, paid));
    [
        first[0], first[1], first[2], second[0], second[1], second[2],
    ]
}

#[test]
fn a_gradient_says_which_weight_its_entropy_has() {
    let (_folder, model) = super::file("model.yaml", TWO);
    let judged = |p: f64, l: f64| {
        let given = json!(gradient(p, l)).to_string();
        let asked = [
            &model,
            "--gradient",
            "FILE",
            "--entropy",
            "0.2",
            "--format",
            "json",
        ];
        let found = judge("mine.json", &given, &asked);
        serde_json::from_str::<Value>(&found.out).expect(&found.err)
    };
    assert_eq!(judged(0.2, 0.2)["verdict"], "right");
    for (p, l, name, says) in [
        (0.1, 0.1, "entropy-weight", "its weight is 0.1, not 0.2"),
        (0.18, 0.18, "entropy-weight", "its weight is 0.18, not 0.2"),
        (0.4, 0.4, "entropy-weight", "its weight is 0.4, not 0.2"),
        (-0.1, -0.1, "entropy-sign", "its weight is -0.1, not 0.2"),
        (-0.2, -0.2, "entropy-sign", ""),
        (0.0, 0.0, "entropy-forgotten", ""),
        (0.0, 0.2, "entropy-later-alone", ""),
        (
            0.1,
            0.2,
            "entropy-weight",
            "that of the present step weighs 0.1, later ones 0.2",
        ),
        (0.2, 0.0, "entropy-outside", ""),
        (0.05, 0.0, "entropy-outside", "its weight is 0.05, not 0.2"),
    ] {
        let found = judged(p, l);
        assert_eq!(found["verdict"], "wrong", "{p} {l}: {found}");
        let diagnoses = found["diagnoses"].as_array().unwrap();
        // what is worth something behind u, where all of it ends, adds the same as its entropy
        let other = diagnoses[1..]
            .iter()
            .map(|one| one["name"].as_str().unwrap());
        let no_other = other.clone().all(|other| !other.starts_with("entropy"));
        assert!(
            no_other && (l == 0.0 || other.count() == 0),
            "{p} {l}: {found}"
        );
        assert_eq!(diagnoses[0]["name"], name, "{p} {l}: {found}");
        let told = diagnoses[0]["says"].as_str().unwrap();
        assert!(told.contains(says), "{p} {l}: {told}");
    }
}

/// Gₜ of the rewards r − α' log π, which are linear in α'.
#[test]
fn trajectories_say_which_weight_their_entropy_has() {
    let (walks, pi) = (walks(40), policy());
    for (weight, name, says) in [
        (0.2, "", ""),
        (0.1, "entropy-weight", "its weight is 0.1, not 0.2"),
        (0.4, "entropy-weight", "its weight is 0.4, not 0.2"),
        (-0.1, "entropy-sign", "its weight is -0.1, not 0.2"),
        (-0.2, "entropy-sign", "wrong sign"),
        (0.0, "entropy-forgotten", ""),
    ] {
        let soft = |one: &Walk| {
            let paid = one.rewards.iter().zip(one.states.iter().zip(&one.actions));
            let paid = paid.map(|(r, (s, a))| r - weight * pi[*s][*a].ln());
            let mut later = 0.0;
            let back: Vec<f64> = paid.collect::<Vec<_>>().into_iter().rev().collect();
            let mut all: Vec<f64> = back
                .into_iter()
                .map(|r| {
                    later = r + GAMMA * later;
                    later
                })
                .collect();
            all.reverse();
            all
        };
        let psi: Vec<Vec<f64>> = walks.iter().map(soft).collect();
        let rows = walks
            .iter()
            .zip(&psi)
            .map(|(one, psi)| one.sum(psi, GAMMA, 0.0));
        for (of, made) in [
            ("psi", json!(psi)),
            ("contributions", json!(rows.collect::<Vec<_>>())),
            ("estimate", json!(mean(&walks, &psi, (GAMMA, 0.0), false))),
        ] {
            for more in [
                &["--entropy", "0.2"][..],
                &["--entropy", "0.2", "--as", "reward-to-go"],
            ] {
                let found = held(&file(&walks, &[(of, made.clone())]), more);
                if name.is_empty() {
                    assert_eq!(found["verdict"], "right", "{of}: {found}");
                    continue;
                }
                assert_eq!(found["verdict"], "wrong", "{of} {weight}: {found}");
                let first = &found["diagnoses"][0];
                assert_eq!(first["name"], name, "{of} {weight}: {found}");
                assert!(first["says"].as_str().unwrap().contains(says), "{found}");
            }
        }
    }
}
