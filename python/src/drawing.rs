//! The pictures of the program: what `--plot` and `report` draw.

use std::ffi::CString;
use std::sync::Arc;

use exact_mdp::chain::Structure;
use exact_mdp::linalg::SolverOptions;
use exact_mdp::mdp::{Criterion, Mdp};
use exact_mdp::policy::{self, Kind as Family};
use exact_mdp::polytope::Polytope;
use exact_mdp::report::Quantity;
use exact_mdp_pictures::curves::{Curve, Curves};
use exact_mdp_pictures::direction::Direction;
use exact_mdp_pictures::graph::{self, Graph};
use exact_mdp_pictures::landscape::{self, Axis};
use exact_mdp_pictures::pairs;
use exact_mdp_pictures::polytope::Plane;
use exact_mdp_pictures::quarters::Quarters;
use exact_mdp_pictures::scale::{Kind, Scale};
use exact_mdp_pictures::states::{self, States};
use exact_mdp_pictures::{Picture, Scene, studies};
use nalgebra::DMatrix;
use pyo3::exceptions::PyUserWarning;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arrays::{floats, pairs_of};
use crate::error::{analysis, argument};
use crate::interrupt::run;
use crate::model::Model;
use crate::policy::Policy;
use crate::solved::Solved;

/// Most pairs of a legible map.
const PAIRS: usize = 800;

/// What a picture shows, and its SVG.
pub type Drawn = (String, String);

/// The covariance of an estimator over the parameters of a policy.
pub fn covariance<'py>(
    py: Python<'py>,
    estimator: &str,
    labels: &[String],
    covariance: Option<&DMatrix<f64>>,
) -> PyResult<Bound<'py, PyAny>> {
    let title = format!("the covariance of {estimator}");
    let picture = covariance.and_then(|found| {
        let row = |row: nalgebra::RowDVector<f64>| row.iter().map(|x| (*x).into()).collect();
        let rows: Vec<Vec<Quantity>> = found.row_iter().map(|r| row(r.into_owned())).collect();
        studies::square(&title, "compare/covariance", "Cov", labels, (&rows, None))
    });
    let picture = picture.ok_or_else(|| {
        argument(format!(
            "a covariance of {} parameters says nothing as a picture; draw a part of it",
            labels.len()
        ))
    })?;
    object(py, Picture { title, ..picture })
}

/// A picture that was drawn before.
pub fn of<'py>(py: Python<'py>, (title, svg): &Drawn) -> PyResult<Bound<'py, PyAny>> {
    let class = py.import("exact_mdp.pictures")?.getattr("Picture")?;
    class.call1((svg, title))
}

/// The PNG of an SVG that was drawn here; a warning where the font of a PNG lacks some of its letters.
#[pyfunction]
pub fn _png<'py>(py: Python<'py>, svg: &str) -> PyResult<Bound<'py, PyBytes>> {
    let lacking = exact_mdp_pictures::pixels::lacking_in_file(svg);
    if !lacking.is_empty() {
        let said = format!(
            "the font of PNG pictures lacks {lacking:?}, drawn as boxes; .svg has the fonts of who looks at it"
        );
        let category = py.get_type::<PyUserWarning>();
        // of who calls `save`
        PyErr::warn(py, &category, &CString::new(said)?, 2)?;
    }
    let png = exact_mdp_pictures::pixels::png_of_file(svg);
    let png = png.map_err(|why| argument(format!("this is no picture: {why}")))?;
    Ok(PyBytes::new(py, &png))
}

/// What a picture shows, and its SVG.
pub fn svg(picture: Picture) -> Drawn {
    (picture.title.clone(), picture.file())
}

/// A drawn picture as an object of `exact_mdp.pictures`.
fn object<'py>(py: Python<'py>, picture: Picture) -> PyResult<Bound<'py, PyAny>> {
    of(py, &svg(picture))
}

/// The transitions under a policy.
pub fn transitions<'py>(
    model: &Bound<'py, Model>,
    chosen: Option<&Bound<'py, Policy>>,
) -> PyResult<Bound<'py, PyAny>> {
    let mdp = &model.get().mdp;
    if mdp.states() >= graph::MOST {
        return Err(argument(format!(
            "a graph of {} states says nothing; m.solve_policy().evaluate().plot() draws their values",
            mdp.states()
        )));
    }
    let solved = Solved::new(model, chosen, SolverOptions::default())?;
    let values: Vec<Quantity> = solved.solved.v().iter().map(|x| (*x).into()).collect();
    let scene = Scene::new(mdp);
    let structure = Structure::new(mdp, solved.solved.policy()).map_err(analysis)?;
    let recurrent = |state| structure.class_of(state).is_some();
    let graph = Graph {
        states: States {
            scene: &scene,
            letter: match mdp.criterion() {
                Criterion::Average => "h(s)",
                _ => "v(s)",
            },
            source: "evaluate/v",
            values: &values,
            scale: Scale::of_signed(values.iter().filter_map(Quantity::value), None),
            policy: None,
        },
        edges: edges(mdp, solved.solved.policy()),
        recurrent: (0..mdp.states()).map(recurrent).collect(),
        classes: None,
    };
    object(model.py(), graph.draw())
}

/// s, s', p^π(s'|s) > 0.
fn edges(mdp: &Mdp, policy: &policy::Policy) -> Vec<(usize, usize, f64)> {
    let mut edges = Vec::new();
    for state in 0..mdp.states() {
        let mut row = vec![0.0; mdp.states()];
        for pair in mdp.space().pairs_of(state) {
            let taken = policy.probabilities()[pair];
            let next = mdp.p().row(pair);
            next.for_each(|(next, p)| row[next] += taken * p);
        }
        let positive = row.into_iter().enumerate().filter(|(_, p)| *p > 0.0);
        edges.extend(positive.map(|(next, p)| (state, next, p)));
    }
    edges
}

/// A number of every state: a map, bars or columns; visits by their logarithms where they differ much.
#[pyfunction]
#[pyo3(signature = (model, letter, values, policy, visits))]
pub fn _states(
    model: &Bound<'_, Model>,
    letter: &str,
    values: &Bound<'_, PyAny>,
    policy: Option<&Bound<'_, Policy>>,
    visits: bool,
) -> PyResult<Drawn> {
    let mdp = &model.get().mdp;
    let array = floats(values, "values")?;
    if array.as_array().shape() != [mdp.states()] {
        return Err(argument(format!(
            "the shape of the values is {:?}; expected [{}], a number for each state",
            array.as_array().shape(),
            mdp.states()
        )));
    }
    let values: Vec<Quantity> = array.as_array().iter().map(|x| (*x).into()).collect();
    let finite = values.iter().filter_map(Quantity::value);
    let probabilities: Option<Vec<Quantity>> = policy.map(|policy| {
        let all = policy.get().policy.probabilities();
        all.iter().map(|x| (*x).into()).collect()
    });
    let states = States {
        scene: &Scene::new(mdp),
        letter,
        source: "evaluate/v",
        values: &values,
        scale: if visits {
            Scale::of_visits(finite)
        } else {
            Scale::of_signed(finite, None)
        },
        policy: probabilities.as_ref().map(|probabilities| states::Policy {
            probabilities,
            source: "evaluate/policy/probabilities",
        }),
    };
    Ok(svg(states.draw()))
}

/// A number of every pair: on a map in quarters, else a matrix.
#[pyfunction]
#[pyo3(signature = (model, letter, values, probabilities))]
pub fn _pairs(
    model: &Bound<'_, Model>,
    letter: &str,
    values: &Bound<'_, PyAny>,
    probabilities: bool,
) -> PyResult<Drawn> {
    let mdp = &model.get().mdp;
    let space = mdp.space();
    let values = pairs_of(values, space, "values")?;
    let values: Vec<Quantity> = values.into_iter().map(Quantity::from).collect();
    let scale = if probabilities {
        pairs::PROBABILITIES
    } else {
        Scale::of_signed(values.iter().filter_map(Quantity::value), None)
    };
    let scene = Scene::new(mdp);
    let all_directions = || {
        let mut names = space.action_names().iter();
        names.all(|name| Direction::of(&name).is_some())
    };
    if let Some(layout) = scene.grid().filter(|_| values.len() <= PAIRS)
        && all_directions()
    {
        let of_states = vec![Quantity::Undefined; mdp.states()];
        let states = States {
            scene: &scene,
            letter,
            source: "evaluate/q",
            values: &of_states,
            scale,
            policy: None,
        };
        let quarters = Quarters {
            states,
            layout,
            values: &values,
        };
        return Ok(svg(quarters.draw()));
    }
    let drawn = pairs::matrix(&scene, letter, "evaluate/q", &values, scale);
    drawn.map(svg).ok_or_else(|| {
        argument(format!(
            "a matrix of {} states and {} actions says nothing; draw a part of the array",
            mdp.states(),
            space.actions()
        ))
    })
}

/// Curves over one axis: names, and their points from the left to the right; and levels across.
#[pyfunction]
pub fn _curves(
    title: String,
    x: String,
    y: String,
    curves: Vec<(String, Vec<(f64, f64)>)>,
    levels: Vec<(String, f64)>,
) -> Drawn {
    let finite = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
    let curve = |(name, points): (String, Vec<(f64, f64)>)| Curve {
        name,
        points: points.into_iter().filter(finite).collect(),
        band: Vec::new(),
        marks: Vec::new(),
    };
    let curves = Curves {
        title,
        x: (x, Kind::Linear),
        y: (y, Kind::Linear),
        curves: curves.into_iter().map(curve).collect(),
        levels: levels
            .into_iter()
            .filter(|(_, x)| x.is_finite())
            .map(Into::into)
            .collect(),
        window: (f64::NEG_INFINITY, f64::INFINITY),
    };
    svg(curves.draw())
}

/// J along a parameter of the policy, all others held, or over the plane of two, with ∇J: names and, where they are said,
/// ranges.
#[pyfunction]
pub fn _landscape(
    solved: &Bound<'_, Solved>,
    axes: Vec<(String, Option<(f64, f64)>)>,
) -> PyResult<Drawn> {
    let policy = solved.get().solved.policy();
    let labels = policy.labels();
    let axes = axes
        .into_iter()
        .map(|(name, range)| axis(policy, &labels, &name, range));
    let axes: Vec<Axis> = axes.collect::<PyResult<_>>()?;
    if let [x, y] = axes.as_slice()
        && x.parameter == y.parameter
    {
        return Err(argument("x and y are one parameter; name two, or one"));
    }
    let drawn = crate::solved::ask(solved, move |solved| match axes {
        axes if axes.len() == 1 => landscape::line(solved, &axes[0]),
        axes => <[Axis; 2]>::try_from(axes)
            .ok()
            .and_then(|axes| landscape::plane(solved, &axes)),
    })?;
    drawn.map(svg).ok_or_else(|| {
        argument("J exists nowhere on what is asked for; give ranges in which the policy is one")
    })
}

fn axis(
    policy: &policy::Policy,
    labels: &[String],
    name: &str,
    range: Option<(f64, f64)>,
) -> PyResult<Axis> {
    let parameter = policy.parameter(name);
    let parameter = parameter.map_err(|why| analysis(why.into()))?;
    if let Some((low, high)) = range.filter(|(x, y)| !(x.is_finite() && y.is_finite() && x < y)) {
        return Err(argument(format!(
            "the range from {low} to {high} does not go upwards"
        )));
    }
    let theta = policy.theta().and_then(|theta| theta.get(parameter));
    let is_probability = matches!(
        policy.parametrization().kind(),
        Family::Direct | Family::Simplex
    );
    let usual = landscape::usual(theta.copied().unwrap_or_default(), is_probability);
    Ok(Axis {
        parameter,
        name: labels[parameter].clone(),
        range: range.unwrap_or(usual),
    })
}

/// The values of all policies in two states, the first two that act unless said, and paths among them: names, and v in
/// every state of each policy.
#[pyfunction]
pub fn _polytope(
    model: &Bound<'_, Model>,
    states: Option<[String; 2]>,
    paths: Vec<(String, Vec<Vec<f64>>)>,
) -> PyResult<Drawn> {
    let mdp = Arc::clone(&model.get().mdp);
    let number = |name: &String| {
        let found = mdp.space().state_named(name);
        found.ok_or_else(|| argument(format!("the model has no state {name:?}")))
    };
    let states = match &states {
        Some([x, y]) => Some([number(x)?, number(y)?]),
        None => None,
    };
    if let Some((name, _)) = paths
        .iter()
        .find(|(_, path)| path.iter().any(|v| v.len() != mdp.states()))
    {
        return Err(argument(format!(
            "the path {name:?} has rows of another length than {}, the number of states",
            mdp.states()
        )));
    }
    let drawn = run(model.py(), usize::MAX, move || {
        let polytope = Polytope::new(&mdp, states, &Default::default())?;
        let point = |v: &Vec<f64>| polytope.states.map(|state| v[state]);
        let path = |(name, path): (String, Vec<Vec<f64>>)| (name, path.iter().map(point).collect());
        let plane = Plane {
            scene: &Scene::new(&mdp),
            polytope: &polytope,
            paths: paths.into_iter().map(path).collect(),
        };
        Ok(svg(plane.draw()))
    })?;
    drawn.map_err(|error: exact_mdp::polytope::PolytopeError| argument(error.to_string()))
}
