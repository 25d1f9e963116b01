#!/usr/bin/env bash
# markovchain 0.9.1 of R (Debian 12's r-cran-markovchain): a chain fitted to "a a b" has a row of zeros, and a
# stationary "distribution" that sums to 1/2.
#
# Guess: the state that is seen last and never left is absorbing, or the fit says that it is not known; at least the
#        result is a chain.
# Seen:  an object of the class markovchain, without a warning, whose row of b is (0, 0): the class's own check
#        refuses it. steadyStates gives (0, 0.5), b is a recurrent class and no absorbing state. sanitize = TRUE makes
#        the row uniform.
set -euo pipefail
# needs R and the package: apt-get install --no-install-recommends r-cran-markovchain
Rscript - <<'EOF'
options(warn = 2) # a warning would be an error
suppressMessages(library(markovchain))
stopifnot(packageVersion("markovchain") == "0.9.1")
fit <- markovchainFit(data = c("a", "a", "b"))$estimate
cat("class:", class(fit), ", row sums:", rowSums(fit@transitionMatrix), "\n")
stopifnot(is(fit, "markovchain"), rowSums(fit@transitionMatrix) == c(1, 0))
steady <- steadyStates(fit)
cat("stationary:", steady, ", recurrent:", unlist(recurrentClasses(fit)), ", absorbing:", absorbingStates(fit), "\n")
stopifnot(abs(steady - c(0, 0.5)) < 1e-9, unlist(recurrentClasses(fit)) == "b", length(absorbingStates(fit)) == 0)
refused <- tryCatch(validObject(fit), error = function(e) conditionMessage(e))
cat("its own check:", refused, "\n")
stopifnot(grepl("do not sum to one", refused))
clean <- markovchainFit(data = c("a", "a", "b"), sanitize = TRUE)$estimate
cat("sanitized row of b:", clean@transitionMatrix["b", ], "\n")
stopifnot(clean@transitionMatrix["b", ] == c(0.5, 0.5))
EOF
