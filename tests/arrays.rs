//! The public door to a model: drafts filled by hand and from arrays.

use exact_mdp::model::{CriterionKind, Draft, DraftErrors, Layout, Model, Rewards, Rows};
use exact_mdp::yaml::Style;

/// Every message and its mend, one after the other.
fn said(errors: &DraftErrors) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

fn two_state() -> Draft {
    Draft::new(["cold", "hot"], ["wait", "heat"])
        .named("two-state")
        .outcome("cold", "wait", "cold", 1, 0)
        .outcome("cold", "heat", "hot", "9/10", 0)
        .outcome("cold", "heat", "cold", "0.1", 0)
        .outcome("hot", "wait", "cold", 0.5, 1)
        .outcome("hot", "wait", "hot", 0.5, 1)
        .outcome("hot", "heat", "hot", 1, 1)
        .outcome("hot", "heat", "cold", 0, 7)
        .discount("0.9")
        .start("cold")
}

#[test]
fn a_draft_is_the_model_that_its_file_is() {
    let text = "
name: two-state
discount: 0.9
states: [cold, hot]
actions: [wait, heat]
initial: cold
transitions:
  cold: {wait: cold, heat: {hot: 9/10, cold: 1/10}}
  hot: {wait: {cold: 0.5, hot: 0.5}, heat: hot}
rewards:
  hot: {wait: 1, heat: 1}
";
    let written = Model::parse("two-state.yaml", text).unwrap();
    assert_eq!(two_state().check().unwrap(), written);
}

#[test]
fn all_that_is_wrong_is_said_at_once_by_state_and_action() {
    let errors = Draft::new(["a", "b", "end"], ["go", "stay"])
        .outcome("a", "go", "b", "1/2", f64::NAN)
        .outcome("a", "go", "end", "1/3", 0)
        .outcome("a", "stay", "c", 1, 0)
        .outcome("b", "go", "end", -0.25, 0)
        .outcome("end", "go", "a", 1, 0)
        .outcome(7, "go", "a", 1, 0)
        .terminal("end")
        .discount("3/2")
        .start_with("a", 0.25)
        .check()
        .unwrap_err();
    assert_eq!(
        said(&errors),
        [
            "the reward of a/go → b should be a number, but is `NaN`",
            "unknown state `c`",
            "the probability of b/go → end is negative: -0.25",
            "unknown state `7`",
            "the discount must lie in [0, 1], but is 1.5",
            "the terminal state `end` has transitions that leave it or pay",
            "`initial` sums to 1/4, not 1",
            "row a/go sums to 5/6, not 1",
        ]
    );
}

#[test]
fn what_nobody_says_is_asked_for() {
    let errors = Draft::new(2, 1).outcome(0, 0, 1, 1, 0).check().unwrap_err();
    assert_eq!(
        said(&errors),
        [
            "the draft does not say what is maximised",
            "not terminal, but without an action: `1`",
            "the draft does not say where episodes start",
        ]
    );
    let errors = Draft::new(0, ["x", "x", ""]).check().unwrap_err();
    assert_eq!(
        said(&errors)[..3],
        [
            "a model needs at least one state",
            "the action `x` is listed twice",
            "`` cannot be the name of a action",
        ]
    );
    let errors = two_state()
        .criterion(CriterionKind::Average)
        .check()
        .unwrap_err();
    assert_eq!(
        said(&errors),
        ["the criterion `average` does not go with the discount 9/10"]
    );
}

/// A number that anybody can write makes no memory of its size.
#[test]
fn more_states_than_outcomes_is_an_error_without_memory() {
    let most = usize::MAX;
    let draft = Draft::new(most, most).outcome(0, 0, 1, 1, 0);
    let errors = draft.discount(0.5).start(0).check().unwrap_err();
    let first = &said(&errors)[0];
    assert!(
        first.starts_with("not terminal, but without an action: `1`, `2`"),
        "{first}"
    );
}

const P: [f64; 8] = [1.0, 0.0, 0.25, 0.75, 0.5, 0.5, 0.0, 1.0];

fn finished(draft: Draft) -> Model {
    let named = draft.named("m").discount(0.5).initial(&[1.0, 0.0]);
    named.check().unwrap()
}

#[test]
fn layouts_and_storages_are_one_model() {
    let sas = Rows::Dense {
        data: &P,
        columns: 2,
    };
    let r = [0.0, 0.0, 1.0, 1.0];
    let expected = finished(Draft::from_arrays(
        sas,
        Layout::Sas { actions: 2 },
        Rewards::Pair(&r),
    ));
    let ass = [P[0], P[1], P[4], P[5], P[2], P[3], P[6], P[7]];
    let ass = Rows::Dense {
        data: &ass,
        columns: 2,
    };
    let by_state = Rewards::State(&[0.0, 1.0]);
    let sparse = Rows::Sparse {
        data: &[1.0, 0.5, 0.25, 0.25, 0.75, 0.25, 1.0, 0.0],
        indices: &[0, 1, 0, 0, 1, 0, 1, 0],
        indptr: &[0, 1, 4, 6, 8],
        columns: 2,
    };
    let paid = Rows::Dense {
        data: &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 9.0, 1.0],
        columns: 2,
    };
    let listed = Layout::Listed {
        states: &[1, 0, 1, 0],
        actions: &[1, 0, 0, 1],
    };
    let rows = [P[6], P[7], P[0], P[1], P[4], P[5], P[2], P[3]];
    let rows = Rows::Dense {
        data: &rows,
        columns: 2,
    };
    let by_pair = Rewards::Pair(&[1.0, 0.0, 1.0, 0.0]);
    for draft in [
        Draft::from_arrays(sas, Layout::Sas { actions: 2 }, by_state),
        Draft::from_arrays(ass, Layout::Ass { actions: 2 }, Rewards::Pair(&r)),
        Draft::from_arrays(ass, Layout::Ass { actions: 2 }, by_state),
        Draft::from_arrays(sparse, Layout::Ass { actions: 2 }, Rewards::Outcome(paid)),
        Draft::from_arrays(rows, listed, by_pair),
    ] {
        assert_eq!(finished(draft), expected);
    }
}

/// The reader of archives is other code: the same arrays through it are the same model.
#[test]
fn states_that_stay_for_nothing_are_terminal() {
    let p = Rows::Dense {
        data: &[0.5, 0.5, 0.0, 1.0],
        columns: 2,
    };
    let one = Layout::Sas { actions: 1 };
    let model = finished(Draft::from_arrays(p, one, Rewards::State(&[1.0, 0.0])));
    assert!(model.space().is_terminal(1));
    let pays = finished(Draft::from_arrays(p, one, Rewards::State(&[1.0, 1.0])));
    assert!(!pays.space().is_terminal(1));
    let text = model.write(Style::Nested);
    assert!(text.contains("terminal: [1]"), "{text}");
}

#[test]
fn arrays_that_do_not_belong_together_are_errors() {
    let square = Rows::Dense {
        data: &P,
        columns: 2,
    };
    let two = Layout::Sas { actions: 2 };
    let none = Rewards::State(&[0.0, 0.0]);
    let ragged = Rows::Dense {
        data: &P[..7],
        columns: 2,
    };
    let torn = Rows::Sparse {
        data: &[1.0],
        indices: &[0],
        indptr: &[0, 3, 1],
        columns: 1,
    };
    let wide = Rows::Sparse {
        data: &[1.0],
        indices: &[4],
        indptr: &[0, 1],
        columns: 1,
    };
    for (draft, message) in [
        (
            Draft::from_arrays(ragged, two, none),
            "p has 7 entries, not rows of 2",
        ),
        (
            Draft::from_arrays(square, Layout::Ass { actions: 3 }, none),
            "p has 4 rows, not one for each of 2 states and 3 actions",
        ),
        (
            Draft::from_arrays(square, two, Rewards::Pair(&[1.0])),
            "r has 1 entries, not 4, one for each state and action",
        ),
        (
            Draft::from_arrays(torn, Layout::Sas { actions: 1 }, none),
            "p has 1 data, 1 indices and an indptr, not compressed rows: as many indices as data, and an indptr that grows from 0 to that number",
        ),
        (
            Draft::from_arrays(wide, Layout::Sas { actions: 1 }, none),
            "p has the column index 4, not one below 1",
        ),
    ] {
        let errors = draft.discount(0.5).start(0).check().unwrap_err();
        assert_eq!(said(&errors), [message]);
    }
    let wrong = [0.5, 0.6, f64::NAN, 1.0, -0.5, 1.5, f64::INFINITY, 0.0];
    let rows = Rows::Dense {
        data: &wrong,
        columns: 2,
    };
    let draft = Draft::from_arrays(rows, two, none).discount(0.5).start(0);
    assert_eq!(
        said(&draft.check().unwrap_err())[..3],
        [
            "the probability of 0/1 → 0 should be a number, but is `NaN`",
            "the probability of 1/0 → 0 is negative: -0.5",
            "the probability of 1/1 → 0 should be a number, but is `inf`",
        ]
    );
}
