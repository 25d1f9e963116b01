//! `judge --trajectories` of right runs that a buffer has written in another order: `done` of the step before, and rectangles of
//! time before trajectories that are flattened.

use serde_json::{Value, json};

use super::judged_runs::{Step, WALK, episodes, flat, judge, same_step, time_first};

fn report(columns: &Value) -> Value {
    let (_folder, model) = super::file("walk.yaml", WALK);
    let asked = [&model, "--trajectories", "FILE", "--format", "json"];
    let found = judge("runs.json", &columns.to_string(), &asked);
    serde_json::from_str(&found.out).unwrap_or_else(|_| panic!("{}", found.err))
}

/// The names of what explains the runs, and what the first says.
fn named(columns: &Value) -> (Vec<String>, String) {
    let found = report(columns);
    assert_eq!(found["verdict"], "wrong", "{found}");
    let all = found["diagnoses"].as_array().unwrap().iter();
    let names = all
        .clone()
        .map(|one| one["name"].as_str().unwrap().to_string());
    let says = all
        .clone()
        .next()
        .map(|one| one["says"].as_str().unwrap().to_string());
    (names.collect(), says.unwrap_or_default())
}

/// The columns with `done` alone, in each row (a column is one) as `of` makes it of whether each step ends.
fn with_done(mut columns: Value, of: &dyn Fn(Vec<bool>) -> Vec<bool>) -> Value {
    let all = columns.as_object_mut().unwrap();
    let [terminated, truncated] = ["terminated", "truncated"].map(|name| all.remove(name).unwrap());
    let row = |(x, y): (&Value, &Value)| {
        let both = x.as_array().unwrap().iter().zip(y.as_array().unwrap());
        let ends = both.map(|(x, y)| x.as_bool().unwrap() || y.as_bool().unwrap());
        json!(of(ends.collect()))
    };
    let done = if terminated[0].is_array() {
        let both = terminated
            .as_array()
            .unwrap()
            .iter()
            .zip(truncated.as_array().unwrap());
        both.map(row).collect()
    } else {
        row((&terminated, &truncated))
    };
    all.insert("done".into(), done);
    columns
}

/// The flag of the step before; of the first, `first`.
fn before(first: bool) -> impl Fn(Vec<bool>) -> Vec<bool> {
    move |ends| {
        let mut all = vec![first];
        all.extend(&ends[..ends.len() - 1]);
        all
    }
}

/// Steps with the flags of the one before.
fn shifted(steps: &[Step]) -> Vec<Step> {
    let flags = steps.iter().map(|x| (x.4, x.5));
    let flags = std::iter::once((false, false)).chain(flags);
    let both = steps.iter().zip(flags);
    both.map(|(x, (ended, cut))| (x.0, x.1, x.2, x.3, ended, cut))
        .collect()
}

fn without(mut columns: Value, name: &str) -> Value {
    columns.as_object_mut().unwrap().remove(name);
    columns
}

/// The rows of rectangles one after the other.
fn flattened(mut columns: Value) -> Value {
    for column in columns.as_object_mut().unwrap().values_mut() {
        let rows = column.as_array().unwrap().iter();
        let cells = rows.flat_map(|row| row.as_array().unwrap().clone());
        *column = cells.collect();
    }
    columns
}

/// As CleanRL has it: dones[t] goes with obs[t].
#[test]
fn done_of_the_step_before_has_a_name() {
    for limit in [usize::MAX, 4] {
        let steps = flat(&episodes(400, limit).concat());
        let right = with_done(steps.clone(), &|ends| ends);
        assert_eq!(report(&right)["verdict"], "consistent");
        for first in [false, true] {
            let done = with_done(steps.clone(), &before(first));
            assert_eq!(named(&done).0, ["flags-shifted"], "{limit} {first}");
            let blind = without(done, "next_states");
            assert_eq!(named(&blind).0, ["flags-shifted"], "{limit} {first}");
        }
    }
    let both = flat(&shifted(&episodes(400, 4).concat()));
    assert_eq!(named(&both).0, ["flags-shifted"]);
}

/// Ten environments side by side, reshape(−1) of [T, N]; with the flag of the step before as well.
#[test]
fn flattened_rectangles_have_a_name() {
    for limit in [usize::MAX, 4] {
        let runs = episodes(400, limit);
        let of = |f: &dyn Fn(&[Step]) -> Vec<Step>| {
            let rows: Vec<Vec<Step>> = runs.chunks(40).map(|runs| f(&runs.concat())).collect();
            time_first(&rows)
        };
        let plain = of(&<[Step]>::to_vec);
        let buffered = of(&shifted);
        assert_eq!(named(&plain).0, ["axes-swapped"]);
        assert_eq!(named(&buffered).0, ["axes-swapped+flags-shifted"]);
        for next in ["next_states", "none"] {
            let (names, says) = named(&without(flattened(plain.clone()), next));
            assert_eq!(names, ["axes-flattened"], "{limit} {next}");
            assert!(says.ends_with("; N = 10"), "{says}");
            let (names, says) = named(&without(flattened(buffered.clone()), next));
            assert_eq!(names, ["axes-flattened+flags-shifted"], "{limit} {next}");
            assert!(says.ends_with("; N = 10"), "{says}");
        }
    }
    let rows: Vec<Vec<Step>> = episodes(400, usize::MAX)
        .chunks(40)
        .map(same_step)
        .collect();
    let (names, _) = named(&flattened(time_first(&rows)));
    assert_eq!(names, ["axes-flattened+autoreset-same-step"]);
}

/// What is wrong otherwise has none of these names.
#[test]
fn other_mistakes_are_no_readings() {
    let mut steps = episodes(400, usize::MAX).concat();
    steps.iter_mut().for_each(|step| step.2 += 0.25);
    assert_eq!(named(&flat(&steps)).0, [""; 0]);
    let mut steps = episodes(400, usize::MAX).concat();
    for t in (0..steps.len()).step_by(7) {
        steps[t].3 = (steps[t].3 + 1) % 3;
    }
    assert_eq!(named(&flat(&steps)).0, [""; 0]);
}
