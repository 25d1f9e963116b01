//! Names of estimators, there and back.

use super::*;

#[test]
fn names_parse_to_what_prints_them() {
    let names = "total-return,total-return:-0.25,total-return:discounted,reward-to-go:dropped,\
                 baseline:optimal-state,baseline:optimal-parameter,\
                 baseline:optimal-parameter-stationary:dropped,baseline:1/3:dropped,baseline:1e-320,baseline:-1e300,q,advantage,td-residual,gae:0.95,\
                 n-step:3:dropped";
    for name in names.split(',') {
        let estimator: Estimator = name.parse().unwrap();
        assert_eq!(estimator.to_string(), name);
    }
    for estimator in all(true) {
        assert_eq!(estimator.to_string().parse(), Ok(estimator));
    }
    assert_eq!(parse_list("q, all", false).unwrap().len(), all(false).len());
}

#[test]
fn what_libraries_compute_has_names() {
    let names = "reward-to-go:bootstrapped,lambda-return:0.95:dropped,one-step-of-lambda-return:0.9,\
                 gae:0.95:cut-as-end:dropped,td-residual:cut-as-end,v-trace:1:1,v-trace:inf:0.5:dropped,\
                 retrace:1,importance:ordinary:dropped,importance:per-decision,importance:self-normalised,\
                 per-step-mean:gae:0.95:dropped,whitened:reward-to-go:ddof-0,\
                 per-step-mean:whitened:gae:0.95:dropped:ddof-1,in-sample-baseline:total-return";
    for name in names.split(',') {
        let estimator: Estimator = name.parse().unwrap();
        assert_eq!(estimator.to_string(), name);
    }
    for name in [
        "gae:2:cut-as-end",
        "lambda-return:-1",
        "v-trace:1",
        "v-trace:-1:1",
        "whitened:q",
        "whitened:q:ddof-2",
        "whitened:total-return:ddof-0",
        "whitened:v-trace:1:1:ddof-0",
        "per-step-mean:importance:ordinary",
        "per-step-mean:per-step-mean:q",
        "in-sample-baseline:q",
        "in-sample-baseline:total-return:dropped",
    ] {
        assert!(name.parse::<Estimator>().is_err(), "{name}");
    }
}

#[test]
fn what_is_no_estimator_is_refused() {
    for name in ["", "reward-to-go:discounted", "q:1", "baseline"] {
        let error = name.parse::<Estimator>().unwrap_err().to_string();
        assert_eq!(error, format!("unknown estimator `{name}`"));
    }
    let near = [
        ("reward-to-og", Some("reward-to-go")),
        ("reward-to-og:dropped", Some("reward-to-go:dropped")),
        ("gea:0.9", Some("gae:0.9")),
        ("baseline:optimal-sate", Some("baseline:optimal-state")),
        ("vtrace:1:1", Some("v-trace:1:1")),
        ("something-else", None),
    ];
    for (name, meant) in near {
        let expected = Error::UnknownEstimator {
            found: name.into(),
            nearest: meant.map(String::from),
        };
        assert_eq!(name.parse::<Estimator>(), Err(expected));
    }
    for name in [
        "gae",
        "gae:2",
        "gae:-0.1",
        "n-step:0",
        "n-step:2.5",
        "retrace:2",
        "v-trace:1",
        "v-trace:-1:1",
        "v-trace:nan:1",
        "lambda-return:2",
        "one-step-of-lambda-return:x",
    ] {
        let error = name.parse::<Estimator>().unwrap_err().to_string();
        let kind = name.split(':').next().unwrap();
        assert!(error.contains(&format!("as in {kind}:")), "{error}");
    }
    assert!("noise:1:-2".parse::<Critic>().is_err());
}

#[test]
fn an_estimator_named_twice_is_found_out() {
    let names = "gae:9/10, q, gae:0.9, all, q:dropped, gae:0.9";
    assert_eq!(repeated(names, true, None).unwrap(), ["gae:0.9"]);
    assert!(repeated("q,advantage", true, None).unwrap().is_empty());
}
