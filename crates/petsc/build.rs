//! Compiles the shim against the system's PETSc.

fn main() {
    println!("cargo:rerun-if-changed=shim/shim.c");
    let found = pkg_config::Config::new()
        .range_version("3.18".."4")
        .probe("petsc");
    let petsc = found.unwrap_or_else(|error| {
        panic!(
            "feature `petsc` needs PETSc over MPI: apt-get install libpetsc-real3.18-dev openmpi-bin \
             pkg-config ({error})"
        )
    });
    let mut shim = cc::Build::new();
    // the compiler of the MPI that PETSc was built with knows where its headers are
    if std::env::var_os("CC").is_none() {
        shim.compiler("mpicc");
    }
    for folder in &petsc.include_paths {
        shim.include(folder);
    }
    shim.file("shim/shim.c")
        .std("c11")
        .warnings(false)
        .compile("exact_mdp_petsc");
    // PETSc's own flags are printed by pkg-config, those of MPI are known to its compiler
    let libraries = std::process::Command::new("mpicc")
        .arg("--showme:libs")
        .output();
    let libraries = libraries.ok().filter(|found| found.status.success());
    let libraries = libraries.map(|found| String::from_utf8_lossy(&found.stdout).into_owned());
    for library in libraries.as_deref().unwrap_or("mpi").split_whitespace() {
        println!("cargo:rustc-link-lib={library}");
    }
}
