//! `convert --lump`.

use std::path::Path;

use exact_mdp::model::Model;

use super::run;

#[test]
fn the_program_says_what_became_of_the_states() {
    let done = run(&[
        "convert",
        "mdps/frozenlake-4x4.yaml",
        "--lump",
        "--to",
        "rows",
    ]);
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert!(done.err.contains("16 states, "), "{}", done.err);
    assert!(done.err.contains("the same fractions"), "{}", done.err);
    let again = Model::parse("again.yaml", &done.out).unwrap();
    let original = Model::load(Path::new(crate::ROOT).join("mdps/frozenlake-4x4.yaml"));
    assert_eq!(
        again.space().states(),
        original.unwrap().lumped().model.space().states()
    );
}
