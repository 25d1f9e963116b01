//! Finds the system's LAPACK for the feature `lapack`; does nothing without it.

fn main() {
    println!("cargo:rerun-if-env-changed=EXACT_MDP_LAPACK_LIB");
    if std::env::var_os("CARGO_FEATURE_LAPACK").is_none() {
        return;
    }
    if let Ok(libraries) = std::env::var("EXACT_MDP_LAPACK_LIB") {
        for library in libraries.split(',') {
            println!("cargo:rustc-link-lib={library}");
        }
        return;
    }
    let found = pkg_config::Config::new()
        .atleast_version("0.3.10")
        .probe("openblas");
    if found.is_err() {
        panic!(
            "feature `lapack` needs OpenBLAS: install libopenblas-dev and pkg-config, \
             or set EXACT_MDP_LAPACK_LIB=lapack,blas"
        );
    }
}
