#!/usr/bin/env bash
# msm 1.7 of R (Debian 12's r-cran-msm): a state that is left at rates 1 and 1 is absorbing, and the time spent there is Inf.
#
# Guess: absorbing.msm(x) is what absorbing.msm(qmatrix = Q) says of the model's own intensities, state 3 alone; and
#        totlos.msm(x), with no end of time, is the inverse of -Q: (0.5, 0.5, Inf), as it is up to time 1000.
# Seen:  (0.5, Inf, Inf): of a model it reads the matrix of logarithms of the intensities, whose row of zeros is that of rates
#        1. It is so for every state whose rates have the product 1, as in a model with fixed parameters that is written down
#        in units of time that make a rate 1. The expected numbers of visits, (0.5, 1, 1), become (0, 1, 1).
set -euo pipefail
# needs R and the package: apt-get install --no-install-recommends r-cran-msm
Rscript - <<'EOF'
options(warn = 2) # a warning would be an error
suppressMessages(library(msm))
stopifnot(packageVersion("msm") == "1.7")
model <- function(Q) {
  seen <- data.frame(subject = rep(1:2, each = 3), time = c(0, 1, 2, 0, 1, 2), state = c(1, 2, 3, 1, 1, 2))
  msm(state ~ time, subject = subject, data = seen, qmatrix = Q, fixedpars = TRUE)
}
Q <- rbind(c(-3, 2, 1), c(1, -2, 1), c(0, 0, 0))
x <- model(Q)
stopifnot(all.equal(qmatrix.msm(x, ci = "none")[1:3, 1:3], Q, check.attributes = FALSE))
cat("absorbing of Q:", absorbing.msm(qmatrix = Q), " of the model:", absorbing.msm(x), "\n")
stopifnot(absorbing.msm(qmatrix = Q) == 3, absorbing.msm(x) == c(2, 3))
for (end in c(1000, Inf)) {
  cat("up to", end, "- stay:", totlos.msm(x, tot = end), " visits:", envisits.msm(x, tot = end), "\n")
}
stopifnot(abs(totlos.msm(x, tot = 1000)[1:2] - solve(-Q[1:2, 1:2])[1, ]) < 1e-9)
stopifnot(totlos.msm(x)[2] == Inf, envisits.msm(x)[1] == 0, abs(envisits.msm(x, tot = 1000)[1] - 0.5) < 1e-9)
# rates 2 and 1/2: the logarithms add up to 0 as well
stopifnot(absorbing.msm(model(rbind(c(-3, 2, 1), c(0.5, -2.5, 2), c(0, 0, 0)))) == c(2, 3))
# any other rates
x <- model(rbind(c(-3, 2, 1), c(1.01, -2.01, 1), c(0, 0, 0)))
cat("rates 1.01 and 1:", totlos.msm(x), "\n")
stopifnot(absorbing.msm(x) == 3, totlos.msm(x)[2] < 1)
EOF
