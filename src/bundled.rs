//! The models of `mdps/`, by name, wherever the program is installed.
//!
//! ```
//! use exact_mdp::{bundled, model::Model};
//!
//! let text = bundled::text("two-state").expect("one of the bundled models");
//! assert_eq!(Model::parse("two-state.yaml", text)?.space().states(), 2);
//! # Ok::<(), exact_mdp::model::ModelErrors>(())
//! ```

mod car_rental;

/// The text of a model.
type Text = fn() -> &'static str;

macro_rules! bundled {
    ($($name:literal $(by $made:path)?)*) => {
        static MODELS: &[(&str, Text)] = &[$(($name, bundled!(@text $name $($made)?))),*];
    };
    (@text $name:literal) => {
        || include_str!(concat!("../mdps/", $name, ".yaml"))
    };
    (@text $name:literal $made:path) => {
        $made
    };
}

bundled! {
    "ambush"
    "appendix-c"
    "bairds-counterexample"
    "bernoulli-bandit"
    "cliffwalking"
    "clip-goes-down"
    "confident-bandit"
    "dadashi-two-state"
    "detour"
    "dropped-against-both"
    "dyna-maze"
    "forest-management"
    "frozenlake-4x4"
    "frozenlake-8x8"
    "gain-jumps"
    "gamblers-problem"
    "garnet"
    "grid-4x3"
    "gridworld-4x4"
    "gridworld-5x5"
    "howard-taxicab"
    "howard-toymaker"
    "inventory-finite-horizon"
    "jacks-car-rental" by car_rental::text
    "linear-quadratic"
    "machine-replacement"
    "matching-pennies"
    "multichain-average"
    "no-universal-ranking"
    "noiseless-return"
    "patience-there-and-back"
    "pendulum"
    "periodic-two-state"
    "prisoners-dilemma"
    "puterman-two-state"
    "race-to-five"
    "random-walk-19"
    "random-walk-5"
    "recycling-robot"
    "retry-loop"
    "reversed-ranking"
    "riverswim"
    "rock-paper-scissors"
    "short-corridor"
    "taxi"
    "three-drivers"
    "try-again"
    "tsitsiklis-van-roy"
    "two-state"
    "two-step-sign-flip"
    "value-iteration-counterexample"
    "vanishing-gradient-chain"
    "windy-gridworld"
    "wrong-critic"
}

/// Their names, in the order of the alphabet.
pub fn names() -> impl Iterator<Item = &'static str> {
    MODELS.iter().map(|(name, _)| *name)
}

/// The model file of a name; where the file is a large table, a text of the same model.
pub fn text(name: &str) -> Option<&'static str> {
    let found = MODELS.iter().find(|(own, _)| *own == name);
    found.map(|(_, text)| text())
}

/// The name that one may have been meant for.
pub fn nearest(name: &str) -> Option<String> {
    let names: Vec<&str> = names().collect();
    let part_of = || {
        let mut whole = names.iter().filter(|other| other.contains(name));
        whole
            .find(|_| name.len() > 2)
            .map(|other| other.to_string())
    };
    crate::model::nearest(name, &names)
        .map(|near| near.0)
        .or_else(part_of)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_model_of_the_folder_is_bundled() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/mdps");
        let files = std::fs::read_dir(folder).unwrap().flatten();
        let names = files.filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            name.strip_suffix(".yaml").map(String::from)
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        assert_eq!(names, super::names().collect::<Vec<_>>());
        assert_eq!(super::nearest("taxo").as_deref(), Some("taxi"));
        let part = super::nearest("baird");
        assert_eq!(part.as_deref(), Some("bairds-counterexample"));
    }
}
