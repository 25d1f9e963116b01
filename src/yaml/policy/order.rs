//! The policy of another model's file: numbers in a list go by the states and actions of that file.

use super::error::PolicyFileError;
use super::report::{OF_MODELS, get, only_model};
use crate::mdp::{Names, Space};
use crate::yaml::document::{Node, NodeKind};

/// The first list of a model file's policy that goes by the file's own states and actions.
pub(crate) fn by_order(root: Node<'_>) -> Option<Node<'_>> {
    let root = only_model(root);
    let is_model = [&OF_MODELS[..], &["P"]].concat();
    let is_model = is_model.iter().any(|key| get(root, key).is_some());
    listed(get(root, "policy").filter(|_| is_model)?)
}

fn listed(policy: Node<'_>) -> Option<Node<'_>> {
    let kind = get(policy, "parametrization").map_or("softmax", |kind| kind.text());
    let is_list = |node: &Node<'_>| node.kind() == NodeKind::Sequence;
    let list = |key| get(policy, key).filter(is_list);
    let own = match kind {
        // θ goes by the features, in their own order
        "log-linear" => list("features"),
        // formulas speak of the values of the states; rows go by the states
        "gaussian" => list("features").filter(|rows| rows.items().all(|row| is_list(&row))),
        _ => list("theta").or_else(|| list("probabilities")),
    };
    let players = get(policy, "players");
    let mut players = players.into_iter().flat_map(|players| players.entries());
    own.or_else(|| players.find_map(|(_, block)| listed(block)))
}

/// The error where the pairs of that file are not those of the model, in its order; of policies by what is seen, what
/// is seen and the actions.
pub(crate) fn other_order(list: Node<'_>, own: &Space, space: &Space) -> Option<PolicyFileError> {
    let (found, expected) = match (own.sight(), space.sight()) {
        (Some(own), Some(sight)) => different(own.observations(), sight.observations())
            .or_else(|| different(own.actions(), sight.actions()))?,
        _ => {
            let name = |space: &Space, pair: usize| {
                let named = (pair < space.pairs()).then(|| space.pair_names(pair));
                named.map(|(state, action)| format!("{state}/{action}"))
            };
            let mut pairs = (0..own.pairs().max(space.pairs()))
                .map(|pair| (name(own, pair), name(space, pair)));
            pairs.find(|(found, expected)| found != expected)?
        }
    };
    let quoted = |name: Option<String>| name.map_or("nothing".into(), |name| format!("`{name}`"));
    Some(PolicyFileError::OtherOrder {
        found: quoted(found),
        expected: quoted(expected),
        at: list.place(),
    })
}

/// The first of two lists of names in which they differ.
fn different(own: &Names, names: &Names) -> Option<(Option<String>, Option<String>)> {
    let name = |names: &Names, i: usize| (i < names.len()).then(|| names.get(i).into_owned());
    let mut pairs = (0..own.len().max(names.len())).map(|i| (name(own, i), name(names, i)));
    pairs.find(|(found, expected)| found != expected)
}

#[cfg(test)]
mod tests {
    use crate::load::parse_policy;
    use crate::model::Model;
    use crate::number::Number;

    const MODEL: &str = "
discount: 0.9
states: [cold, hot]
actions: [wait, heat]
initial: cold
transitions: {cold: {wait: cold, heat: hot}, hot: {wait: cold, heat: hot}}
";

    fn theta(file: &str) -> Result<Vec<Number>, String> {
        let model = Model::parse("m.yaml", MODEL).unwrap();
        let read = parse_policy("p.yaml", file, model.space());
        let (found, _) = read.map_err(|errors| errors.plain())?;
        Ok(found.theta.unwrap_or_default())
    }

    #[test]
    fn a_list_goes_by_the_pairs_of_its_own_file() {
        let flat = "policy: {theta: [1, 2, 3, 5]}\n";
        let numbers = |x: &[i64]| x.iter().map(|&x| Number::ratio(x, 1).unwrap()).collect();
        assert_eq!(theta(&format!("{MODEL}{flat}")), Ok(numbers(&[1, 2, 3, 5])));
        // wherever it starts, whatever it discounts
        let bare = MODEL
            .replace("discount: 0.9\n", "")
            .replace("initial: cold\n", "");
        assert_eq!(theta(&format!("{bare}{flat}")), Ok(numbers(&[1, 2, 3, 5])));
        let by_name = "policy: {theta: {cold: {wait: 2, heat: 1}, hot: {wait: 5, heat: 3}}}\n";
        for (from, to, found, expected) in [
            ("[wait, heat]", "[heat, wait]", "cold/heat", "cold/wait"),
            ("[cold, hot]", "[hot, cold]", "hot/wait", "cold/wait"),
        ] {
            let other = MODEL.replace(from, to);
            for list in ["theta", "probabilities"] {
                let flat = format!("policy: {{{list}: [1, 0, 0, 1]}}\n");
                let why = theta(&format!("{other}{flat}")).unwrap_err();
                let says = format!("has `{found}` where the model has `{expected}`");
                assert!(why.contains(&says), "{why}");
            }
            assert_eq!(
                theta(&format!("{other}{by_name}")),
                Ok(numbers(&[2, 1, 5, 3]))
            );
        }
        let renamed = MODEL.replace("heat", "burn");
        let why = theta(&format!("{renamed}{flat}")).unwrap_err();
        assert!(why.contains("`cold/burn`"), "{why}");
        let features =
            "policy: {parametrization: log-linear, theta: [1], features: [[1], [2], [3], [4]]}\n";
        let other = MODEL.replace("[wait, heat]", "[heat, wait]");
        assert!(theta(&format!("{MODEL}{features}")).is_ok());
        assert!(theta(&format!("{other}{features}")).is_err());
    }
}
