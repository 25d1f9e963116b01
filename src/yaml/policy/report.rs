//! A policy as a report holds it, and the block of a model file: what `--policy` finds in a file that
//! is more than a policy.

use crate::mdp::Space;
use crate::model::errors::{ModelWarning, Problems};
use crate::number::{Number, Rational};
use crate::policy::Specification;

use super::block::read;
use super::error::PolicyFileError;
use super::keys::Author;
use crate::yaml::document::{Node, NodeKind};

/// Keys that every model file has one of, and no policy has.
pub(super) const OF_MODELS: [&str; 4] = ["transitions", "grid", "garnet", "dynamics"];

/// Reads the policy of a file: the file itself, or what stands under `policy` in a report or in a
/// model file.
pub(crate) fn found(
    root: Node<'_>,
    space: &Space,
    warnings: &mut Vec<ModelWarning>,
    problems: &mut Problems,
) -> Option<Specification> {
    let root = only_model(root);
    if let Some(node) = get(root, "by_time") {
        let rules = node.items().count().max(1);
        let at = node.place();
        problems.push(PolicyFileError::InTime { rules, at });
        return None;
    }
    let Some(policy) = get(root, "policy") else {
        if let Some(of_model) = OF_MODELS.iter().find_map(|key| get(root, key)) {
            let at = of_model.place();
            problems.push(PolicyFileError::NoPolicy { at });
            return None;
        }
        // the block of a report by itself lists its parameters
        if get(root, "parameters").is_none() {
            return read(root, Author::User, space, warnings, problems);
        }
        let specification = read(root, Author::Report, space, warnings, problems)?;
        return Some(unmixed(specification, space));
    };
    let Some(pairs) = get(root, "pairs") else {
        return read(policy, Author::User, space, warnings, problems);
    };
    if let Some(error) = other_pairs(pairs, space) {
        problems.push(error);
        return None;
    }
    if get(root, "policy_by_time").is_some() {
        warnings.push(ModelWarning::PolicyAtStart);
    }
    let specification = read(policy, Author::Report, space, warnings, problems)?;
    Some(unmixed(specification, space))
}

/// What `check` found in the only model that it was given; the file itself otherwise.
pub(super) fn only_model(root: Node<'_>) -> Node<'_> {
    let models = get(root, "models").filter(|models| models.kind() == NodeKind::Sequence);
    let mut models = models.into_iter().flat_map(|models| models.items());
    match (models.next(), models.next()) {
        (Some(only), None) if get(only, "policy").is_some() => only,
        _ => root,
    }
}

pub(super) fn get<'d>(root: Node<'d>, name: &str) -> Option<Node<'d>> {
    let mut entries = root.entries();
    entries
        .find(|(key, _)| key.text() == name)
        .map(|(_, value)| value)
}

/// The error where a report is on other pairs than the model has.
pub(super) fn other_pairs(pairs: Node<'_>, space: &Space) -> Option<PolicyFileError> {
    let differs = |found: String, own: Option<usize>, at| {
        let name = |pair| {
            let (state, action) = space.pair_names(pair);
            format!("`{state}/{action}`")
        };
        PolicyFileError::OtherPairs {
            found,
            expected: own.map_or("nothing".into(), name),
            at,
        }
    };
    let mut own = 0..space.pairs();
    for item in pairs.items().filter(|_| pairs.kind() == NodeKind::Sequence) {
        let names: Vec<&str> = item.items().map(|name| name.text()).collect();
        let pair = own.next();
        let same = pair.is_some_and(|pair| {
            let (state, action) = space.pair_names(pair);
            names == [&*state, &*action]
        });
        if !same {
            let found = format!("`{}`", names.join("/"));
            return Some(differs(found, pair, item.place()));
        }
    }
    let missing = own.next()?;
    Some(differs("nothing".into(), Some(missing), pairs.place()))
}

/// The policy that was mixed, where a report has no θ: its π is the mixture itself.
pub(super) fn unmixed(specification: Specification, space: &Space) -> Specification {
    let (Some(share), Some(pi)) = (&specification.mix, &specification.probabilities) else {
        return specification;
    };
    if specification.parametrization.is_by_seen() {
        return specification; // the laws are those before mixing
    }
    let keep = Number::ONE.to_rational() - share.to_rational();
    if keep.is_zero() {
        return Specification {
            probabilities: None,
            ..specification
        };
    }
    let sigma = |pair: usize| {
        let actions = space.pairs_of(space.state_of(pair)).len();
        let uniform = share.to_rational() / Rational::from(actions as u64);
        ((pi[pair].to_rational() - uniform) / keep.clone()).into()
    };
    Specification {
        probabilities: Some((0..pi.len()).map(sigma).collect()),
        ..specification.clone()
    }
}

#[cfg(test)]
mod tests {
    use crate::load::parse_policy;
    use crate::model::{Model, ModelWarning};
    use crate::number::Number;

    const MODEL: &str = "
discount: 0.9
states: [cold, hot]
actions: [wait, heat]
initial: cold
transitions: {cold: {wait: cold, heat: hot}, hot: {wait: cold, heat: hot}}
";

    /// A report, as far as a policy is read from it.
    fn report(policy: &str, others: &str) -> String {
        let pairs = r#"[["cold", "wait"], ["cold", "heat"], ["hot", "wait"], ["hot", "heat"]]"#;
        format!(r#"{{"model": "m", "pairs": {pairs}, "theta": [9], "policy": {policy}{others}}}"#)
    }

    fn read(text: &str) -> Result<(crate::policy::Specification, Vec<ModelWarning>), String> {
        let model = Model::parse("m.yaml", MODEL).unwrap();
        parse_policy("r.json", text, model.space()).map_err(|errors| errors.plain())
    }

    fn ratios(numbers: &[(i64, u64)]) -> Option<Vec<Number>> {
        let ratio = |&(p, q): &(i64, u64)| Number::ratio(p, q);
        numbers.iter().map(ratio).collect()
    }

    #[test]
    fn theta_says_what_a_reported_policy_is() {
        let policy = r#"{"parametrization": "softmax", "parameters": ["a", "b", "c", "d"],
            "theta": [1, 0, 0.5, 0], "probabilities": [0.7, 0.3, 0.6, 0.4],
            "temperature": 2, "mix": 0.1}"#;
        let (found, warnings) = read(&report(policy, "")).unwrap();
        assert_eq!(found.theta, ratios(&[(1, 1), (0, 1), (1, 2), (0, 1)]));
        assert_eq!(found.probabilities, None);
        assert_eq!(found.temperature, Number::ratio(2, 1));
        assert_eq!(found.mix, Number::ratio(1, 10));
        assert_eq!(warnings, []);
    }

    /// π = (1 − ε) σ + ε/2 with ε = 1/2: σ = 2 π − 1/2.
    #[test]
    fn without_theta_a_mixture_is_unmixed() {
        let policy = r#"{"parametrization": "softmax", "theta": null,
            "probabilities": ["1/3", "2/3", "1/2", "1/2"], "mix": "1/2"}"#;
        let (found, _) = read(&report(policy, "")).unwrap();
        assert_eq!(
            found.probabilities,
            ratios(&[(1, 6), (5, 6), (1, 2), (1, 2)])
        );
    }

    #[test]
    fn the_first_rule_of_a_horizon_says_so() {
        let policy = r#"{"parametrization": "simplex", "theta": [1, 0, 0, 1], "probabilities": [1, 0, 0, 1]}"#;
        let others = r#", "policy_by_time": [[1, 0, 0, 1], [0, 1, 0, 1]]"#;
        let (found, warnings) = read(&report(policy, others)).unwrap();
        assert_eq!(
            found.probabilities,
            ratios(&[(1, 1), (0, 1), (0, 1), (1, 1)])
        );
        assert_eq!(warnings, [ModelWarning::PolicyAtStart]);
    }

    #[test]
    fn the_only_model_of_a_check_has_a_policy() {
        let own = report(r#"{"theta": [1, 2, 3, 4]}"#, "");
        let (found, _) = read(&format!(r#"{{"models": [{own}]}}"#)).unwrap();
        assert_eq!(found.theta, ratios(&[(1, 1), (2, 1), (3, 1), (4, 1)]));
        let words = read(&format!(r#"{{"models": [{own}, {own}]}}"#)).unwrap_err();
        assert!(words.contains("unknown key `models`"), "{words}");
    }

    #[test]
    fn the_block_of_a_model_file_is_a_policy() {
        let text = format!("{MODEL}policy: {{parametrization: escort, power: 3}}\n");
        let (found, _) = read(&text).unwrap();
        assert_eq!(found.power, Number::ratio(3, 1));
    }

    #[test]
    fn a_report_on_other_pairs_is_refused() {
        let policy = r#"{"probabilities": [1, 0, 0, 1]}"#;
        let other = report(policy, "").replace("heat", "burn");
        let words = read(&other).unwrap_err();
        assert!(
            words.contains("`cold/burn`") && words.contains("`cold/heat`"),
            "{words}"
        );
        let longer =
            report(policy, "").replace(r#"["hot", "heat"]]"#, r#"["hot", "heat"], ["x", "y"]]"#);
        assert!(read(&longer).unwrap_err().contains("`x/y`"));
        let shorter = report(policy, "").replace(r#", ["hot", "heat"]]"#, "]");
        assert!(read(&shorter).unwrap_err().contains("`hot/heat`"));
    }
}
