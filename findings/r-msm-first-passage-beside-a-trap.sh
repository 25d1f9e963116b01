#!/usr/bin/env bash
# msm 1.7 of R (Debian 12's r-cran-msm): the expected first passage beside a trap of two states is an error of LAPACK.
#
# Guess: Inf wherever the target may be missed for ever, as efpt.msm gives it beside an absorbing state.
# Seen:  Inf is given to the states from which an absorbing state other than the target can be reached. A trap of
#        two states is no absorbing state: the equations are singular, "Lapack routine dgesv: system is exactly singular",
#        also for the states whose answer is finite. ppass.msm, the probability of passage, takes the same model, but no tot
#        = Inf: an error about an infinite entry.
set -euo pipefail
# needs R and the package: apt-get install --no-install-recommends r-cran-msm
Rscript - <<'EOF'
options(warn = 2) # a warning would be an error
suppressMessages(library(msm))
stopifnot(packageVersion("msm") == "1.7")
# from 1 to the target 2 or into the trap; state 5 goes to the target alone
Q <- rbind(c(-2, 1, 1, 0, 0), c(0, 0, 0, 0, 0), c(0, 0, -1, 1, 0), c(0, 0, 1, -1, 0), c(0, 4, 0, 0, -4))
trapped <- Q
trapped[3:4, ] <- 0
cat("a trap of absorbing states:", efpt.msm(qmatrix = trapped, tostate = 2), "\n")
stopifnot(efpt.msm(qmatrix = trapped, tostate = 2) == c(Inf, 0, Inf, Inf, 0.25))
said <- tryCatch(efpt.msm(qmatrix = Q, tostate = 2), error = conditionMessage)
cat("a trap of two states:", said, "\n")
stopifnot(is.character(said), grepl("exactly singular", said))
passed <- ppass.msm(qmatrix = Q, tot = 1000)[, 2]
cat("passed by time 1000:", passed, "\n")
stopifnot(abs(passed - c(0.5, 1, 0, 0, 1)) < 1e-9)
said <- tryCatch(ppass.msm(qmatrix = Q, tot = Inf), error = conditionMessage)
cat("passed at any time:", said, "\n")
stopifnot(is.character(said))
EOF
