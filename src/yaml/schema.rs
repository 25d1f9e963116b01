//! The JSON Schema of the model file, for editors.

use serde_json::{Value, json};

use crate::mend::Argument;

/// A JSON Schema (draft 2020-12) that every model file satisfies.
///
/// It knows the keys, the words and the shapes; names, sums and ranges that depend on other parts
/// of the file are left to [`Model::load`](crate::model::Model::load).
pub fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "exact-mdp model",
        "description": "A finite Markov decision process.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties(),
        "allOf": [
            {
                "anyOf": [
                    { "required": ["grid"], "not": { "required": ["states"] } },
                    { "required": ["garnet"], "not": { "required": ["states"] } },
                    { "required": ["states", "actions", "transitions", "initial"] },
                    { "required": ["states", "players", "transitions", "initial"], "not": { "required": ["actions"] } },
                    { "required": ["states", "actions", "dynamics", "initial"] }
                ]
            },
            {
                "anyOf": [
                    { "required": ["discount"] },
                    { "required": ["horizon"] },
                    {
                        "required": ["criterion"],
                        "properties": { "criterion": { "enum": ["average", "total"] } }
                    }
                ]
            }
        ],
        "$defs": definitions()
    })
}

fn properties() -> Value {
    json!({
        "name": { "type": "string", "description": "The model's name; the file's stem if left out." },
        "description": { "type": "string", "description": "One line about the model." },
        "discount": {
            "$ref": "#/$defs/number",
            "description": "γ in [0, 1]; 1 asks for the total reward until termination."
        },
        "horizon": {
            "type": "integer", "minimum": 1,
            "description": "T, the number of actions; asks for the finite-horizon criterion, where the discount defaults to 1."
        },
        "criterion": {
            "enum": ["discounted", "finite-horizon", "total", "average"],
            "description": "What is maximised; follows from `discount` and `horizon` if left out."
        },
        "objective": {
            "enum": ["maximize", "minimize"],
            "description": "`minimize` if the rewards are costs; `maximize` if left out."
        },
        "states": {
            "description": "Names of the states, or how many there are (named \"0\", \"1\", …), or the numbers of a grid, of one axis or of several by name.",
            "anyOf": [
                { "$ref": "#/$defs/names" },
                { "$ref": "#/$defs/axis" },
                { "type": "object", "not": { "required": ["steps"] }, "additionalProperties": { "$ref": "#/$defs/axis" } }
            ]
        },
        "actions": {
            "description": "Names of the actions, in the order used everywhere, or the numbers of a grid.",
            "anyOf": [{ "$ref": "#/$defs/names" }, { "$ref": "#/$defs/axis" }]
        },
        "dynamics": dynamics(),
        "players": {
            "description": "Who plays, each with the names of its actions; the actions of the model are the joint ones, `heads+tails`.",
            "type": "object", "minProperties": 1,
            "additionalProperties": { "$ref": "#/$defs/names" }
        },
        "initial": {
            "description": "ρ₀: `uniform` (over the states that are not terminal), a state, or probabilities of states.",
            "anyOf": [{ "$ref": "#/$defs/name" }, { "$ref": "#/$defs/weights" }]
        },
        "transitions": {
            "description": "p(s' | s, a): by state and action, or as rows [state, action, next state, probability, reward].",
            "anyOf": [
                { "type": "object", "additionalProperties": { "type": "object", "additionalProperties": {
                    "anyOf": [{ "$ref": "#/$defs/name" }, { "$ref": "#/$defs/weights" }]
                } } },
                { "type": "array", "items": { "$ref": "#/$defs/row" } }
            ]
        },
        "rewards": {
            "description": "r(s), r(s, a) or r(s, a, s') by state, action and next state; what is left out is 0. Or several of them, by name.",
            "type": "object",
            "additionalProperties": { "anyOf": [
                { "$ref": "#/$defs/number" },
                { "type": "object", "additionalProperties": { "anyOf": [
                    { "$ref": "#/$defs/number" },
                    { "type": "object", "additionalProperties": {
                        "anyOf": [{ "$ref": "#/$defs/number" }, { "$ref": "#/$defs/weights" }]
                    } }
                ] } }
            ] }
        },
        "intervals": {
            "description": "Between which numbers p(s' | s, a) lies, by state, action and next state; for `robust`.",
            "type": "object",
            "additionalProperties": { "type": "object", "additionalProperties": {
                "type": "object", "additionalProperties": {
                    "anyOf": [
                        { "$ref": "#/$defs/number" },
                        { "type": "array", "items": { "$ref": "#/$defs/number" }, "minItems": 2, "maxItems": 2 }
                    ]
                }
            } }
        },
        "observations": {
            "description": format!("O(o | a, s') of a model whose states are not seen: by next state, or by next state and action, what is seen, or probabilities of what is. Needs {}.", Argument::Nodes),
            "type": "object",
            "additionalProperties": { "anyOf": [
                { "$ref": "#/$defs/name" },
                { "$ref": "#/$defs/weights" },
                { "type": "object", "additionalProperties": {
                    "anyOf": [{ "$ref": "#/$defs/name" }, { "$ref": "#/$defs/weights" }]
                } }
            ] }
        },
        "terminal": {
            "description": "Absorbing states, with reward 0 and no actions.",
            "type": "array", "items": { "$ref": "#/$defs/name" }
        },
        "layout": {
            "description": "Where the states lie on a grid, row by row; null for a cell without a state. For reports only.",
            "type": "array",
            "items": { "type": "array", "items": { "anyOf": [{ "$ref": "#/$defs/name" }, { "type": "null" }] } }
        },
        "grid": grid(),
        "garnet": garnet(),
        "policy": policy()
    })
}

fn dynamics() -> Value {
    json!({
        "description": "Next states and rewards by formulas in the numbers of the states, of the action `a` and of the noise `w`, in place of `transitions` and `rewards`.",
        "type": "object",
        "additionalProperties": false,
        "required": ["next"],
        "properties": {
            "next": {
                "description": "The next number, in `s`; of several axes a formula for each, in their names. Shared out among its neighbours on the grid.",
                "anyOf": [
                    { "$ref": "#/$defs/formula" },
                    { "type": "object", "additionalProperties": { "$ref": "#/$defs/formula" } }
                ]
            },
            "noise": { "$ref": "#/$defs/weights", "description": "Values of `w` and their probabilities." },
            "reward": { "$ref": "#/$defs/formula", "description": "Paid for every step (default 0)." }
        }
    })
}

fn grid() -> Value {
    let reward =
        |description: &str| json!({ "$ref": "#/$defs/number", "description": description });
    json!({
        "description": "A gridworld from a map; actions left, down, right, up.",
        "type": "object",
        "additionalProperties": false,
        "required": ["map"],
        "properties": {
            "map": { "type": "string", "description": "Lines of letters, all of one length; # is a wall." },
            "slip": {
                "description": "Probabilities of moving ahead, to the left, to the right or back, seen in the direction of the action.",
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "ahead": { "$ref": "#/$defs/number" },
                    "left": { "$ref": "#/$defs/number" },
                    "right": { "$ref": "#/$defs/number" },
                    "back": { "$ref": "#/$defs/number" }
                }
            },
            "step_reward": reward("Paid for every move."),
            "bump_reward": reward("Paid beside it for a move against a border or wall."),
            "legend": {
                "description": "What the letters of the map mean; a letter without an entry is a free cell.",
                "type": "object",
                "propertyNames": { "minLength": 1, "maxLength": 1 },
                "additionalProperties": { "type": "object", "additionalProperties": false, "properties": {
                    "reward": reward("Paid on entering the cell."),
                    "terminal": { "type": "boolean", "description": "Whether the episode ends here." },
                    "initial": reward("Weight of starting here."),
                    "teleport": {
                        "description": "Every action leads to one cell.",
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["to"],
                        "properties": {
                            "to": { "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 2, "maxItems": 2,
                                    "description": "[row, column], from 0 at the top left." },
                            "reward": reward("Paid for the jump.")
                        }
                    }
                } }
            }
        }
    })
}

fn garnet() -> Value {
    let size = |least: u32, text: &str| json!({ "type": "integer", "minimum": least, "description": text });
    json!({
        "description": "A random MDP from a seed.",
        "type": "object",
        "additionalProperties": false,
        "required": ["states", "actions", "branching"],
        "properties": {
            "states": size(1, "Number of states, terminal ones included."),
            "actions": size(1, "Number of actions of a state."),
            "branching": size(1, "Number of next states of a pair."),
            "seed": size(0, "The same seed makes the same model (default 0)."),
            "terminal": size(0, "Number of terminal states, the last ones (default 0)."),
            "reward": { "enum": ["normal", "uniform"], "description": "Distribution of r(s, a): standard normal (default), or uniform on [0, 1)." }
        }
    })
}

fn policy() -> Value {
    let table = |text: &str| {
        json!({
            "description": text,
            "anyOf": [
                { "type": "array", "items": { "$ref": "#/$defs/number" } },
                { "type": "object", "additionalProperties": {
                    "anyOf": [{ "$ref": "#/$defs/number" }, { "$ref": "#/$defs/weights" }]
                } }
            ]
        })
    };
    let by_state = |text: &str| {
        json!({ "description": text, "anyOf": [
            { "$ref": "#/$defs/number" },
            { "type": "array", "items": { "$ref": "#/$defs/number" } },
            { "$ref": "#/$defs/weights" }
        ] })
    };
    let row = json!({ "anyOf": [
        { "type": "array", "items": { "$ref": "#/$defs/number" } },
        { "$ref": "#/$defs/weights" }
    ] });
    let block = json!({
            "parametrization": { "enum": ["softmax", "direct", "simplex", "log-linear", "escort", "gaussian", "observation", "controller"] },
            "temperature": { "$ref": "#/$defs/number", "description": "τ > 0; softmax and log-linear." },
            "power": { "$ref": "#/$defs/number", "description": "At least 1 (default 2); escort." },
            "mean": by_state("μ: one for all states, by state, or one per feature (default 0); gaussian."),
            "log_sigma": by_state("log σ, likewise (default 0); gaussian."),
            "theta": table("Parameters: by state and action, or a flat list."),
            "probabilities": table("π(a | s): by state and action, or a flat list; what is left out is 0."),
            "features": {
                "description": "One row of features per pair; log-linear. One row per state, or formulas in the numbers of the state; gaussian.",
                "anyOf": [
                    { "type": "object", "additionalProperties": { "anyOf": [
                        row,
                        { "type": "object", "additionalProperties": row }
                    ] } },
                    { "type": "array", "items": { "anyOf": [row, { "$ref": "#/$defs/formula" }] } }
                ]
            },
            "nodes": { "type": "integer", "minimum": 1, "description": "How many nodes; controller." },
            "start": { "type": "integer", "minimum": 0, "description": "The first node, if it is sure; controller." },
            "acts_on": { "enum": ["node", "observation"], "description": "What the laws of actions depend on (default node); controller." },
            "laws": { "enum": ["softmax", "simplex"], "description": "What the parameters of a law are (default softmax); observation and controller." },
            "mix": {
                "description": "Mixture with the uniform policy.",
                "type": "object", "additionalProperties": false, "required": ["uniform"],
                "properties": { "uniform": { "$ref": "#/$defs/number", "description": "ε in [0, 1]." } }
            }
    });
    let mut of_player = block.clone();
    of_player["fixed"] = json!({ "type": "boolean", "description": "Whether the player does not learn: it has no parameters then." });
    let mut properties = block;
    properties["parametrization"] = json!({ "enum": ["softmax", "direct", "simplex", "log-linear", "escort", "factored", "gaussian", "observation", "controller"] });
    properties["players"] = json!({
        "description": "Each player's own policy, by its own actions; factored.",
        "type": "object",
        "additionalProperties": { "type": "object", "additionalProperties": false, "properties": of_player }
    });
    json!({
        "description": "The policy that is used where none is given on the command line.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties
    })
}

fn definitions() -> Value {
    let scalar = json!(["string", "number", "boolean", "null"]);
    json!({
        "number": {
            "description": "An integer, a decimal, a scientific literal or a fraction, taken exactly.",
            "anyOf": [
                { "type": "number" },
                { "type": "string", "pattern": "^[+-]?([0-9]+ */ *[0-9]+|([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?)$" }
            ]
        },
        // YAML reads an unquoted 0, yes or null as something else; where a name stands it is one
        "name": { "type": scalar },
        "formula": { "type": ["string", "number"], "description": "As in `9/10*s + a/2 + w`: numbers, variables, + - * / ^, abs, min, max, clip, sqrt, exp, ln, sin, cos, tan, tanh." },
        "axis": {
            "description": "Equally spaced numbers, both ends among them; on a circle (`wrap`) `to` is `from`.",
            "type": "object",
            "additionalProperties": false,
            "required": ["from", "to", "steps"],
            "properties": {
                "from": { "$ref": "#/$defs/number" },
                "to": { "$ref": "#/$defs/number" },
                "steps": { "type": "integer", "minimum": 2, "description": "How many numbers." },
                "wrap": { "type": "boolean" }
            }
        },
        "names": { "anyOf": [
            { "type": "array", "items": { "$ref": "#/$defs/name" }, "minItems": 1 },
            { "type": "integer", "minimum": 1 }
        ] },
        "weights": { "type": "object", "additionalProperties": { "$ref": "#/$defs/number" } },
        "row": {
            "type": "array", "minItems": 4, "maxItems": 5,
            "prefixItems": [
                { "$ref": "#/$defs/name" },
                { "$ref": "#/$defs/name" },
                { "$ref": "#/$defs/name" },
                { "$ref": "#/$defs/number" },
                { "$ref": "#/$defs/number" }
            ]
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_exactly_the_keys_of_the_loader() {
        let schema = json_schema();
        let mut keys: Vec<&str> = crate::yaml::check::KEYS.to_vec();
        keys.sort_unstable();
        let mut described: Vec<&String> = Vec::new();
        described.extend(schema["properties"].as_object().unwrap().keys());
        described.sort_unstable();
        assert_eq!(described, keys);
        assert_eq!(schema["additionalProperties"], false);
    }

    /// Whether a value satisfies a schema, as far as ours go: the keywords that they use, but for
    /// `pattern`, `propertyNames` and numbers' ranges.
    fn accepts(root: &Value, schema: &Value, value: &Value) -> bool {
        let Some(keywords) = schema.as_object() else {
            return schema != &Value::Bool(false);
        };
        let is = |kind: &Value| match kind.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "integer" => value.is_i64() || value.is_u64(),
            _ => value.is_number(),
        };
        let list = |x: &Value| x.as_array().cloned().unwrap_or_default();
        let holds = |(keyword, x): (&String, &Value)| match keyword.as_str() {
            "$ref" => accepts(
                root,
                root.pointer(&x.as_str().unwrap()[1..]).unwrap(),
                value,
            ),
            "type" if x.is_array() => list(x).iter().any(is),
            "type" => is(x),
            "enum" => list(x).contains(value),
            "const" => x == value,
            "not" => !accepts(root, x, value),
            "allOf" => list(x).iter().all(|x| accepts(root, x, value)),
            "anyOf" => list(x).iter().any(|x| accepts(root, x, value)),
            "oneOf" => list(x).iter().filter(|x| accepts(root, x, value)).count() == 1,
            "required" => list(x)
                .iter()
                .all(|key| value.get(key.as_str().unwrap()).is_some()),
            "items" => list(value).iter().all(|item| accepts(root, x, item)),
            "properties" => {
                let mut fields = x.as_object().unwrap().iter();
                fields.all(|(key, x)| value.get(key).is_none_or(|value| accepts(root, x, value)))
            }
            "additionalProperties" => {
                let known = |key: &String| {
                    keywords
                        .get("properties")
                        .is_some_and(|p| p.get(key).is_some())
                };
                let mut fields = value.as_object().into_iter().flatten();
                fields.all(|(key, value)| known(key) || accepts(root, x, value))
            }
            _ => true,
        };
        keywords.iter().all(holds)
    }

    #[test]
    fn a_misspelt_key_is_rejected_wherever_it_stands() {
        let schema = json_schema();
        let explicit = json!({
            "discount": 0.9, "states": ["x"], "actions": ["a"], "initial": "x",
            "transitions": { "x": { "a": "x" } }, "rewards": { "x": { "a": 1 } },
            "policy": { "parametrization": "softmax", "temperature": 1 }
        });
        let grid = json!({
            "discount": 0.9,
            "grid": { "map": "SG", "slip": { "ahead": 1 }, "legend": { "G": { "terminal": true } } }
        });
        let garnet = json!({
            "discount": 0.9,
            "garnet": { "states": 3, "actions": 2, "branching": 2, "seed": 1 }
        });
        for model in [&explicit, &grid, &garnet] {
            assert!(accepts(&schema, &schema, model), "{model}");
        }
        let misspelt = [
            (&explicit, "", "discount"),
            (&explicit, "", "rewards"),
            (&explicit, "/policy", "temperature"),
            (&grid, "/grid", "legend"),
            (&grid, "/grid/slip", "ahead"),
            (&grid, "/grid/legend/G", "terminal"),
            (&garnet, "/garnet", "branching"),
        ];
        for (model, at, key) in misspelt {
            let mut wrong = model.clone();
            let fields = wrong.pointer_mut(at).unwrap().as_object_mut().unwrap();
            let value = fields.remove(key).unwrap();
            fields.insert(format!("{key}x"), value);
            assert!(!accepts(&schema, &schema, &wrong), "{wrong}");
        }
    }
}
