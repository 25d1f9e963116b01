#!/usr/bin/env bash
# markovchain 0.9.1 of R (Debian 12's r-cran-markovchain): is.TimeReversible is FALSE for birth-death chains.
#
# Guess: TRUE for the queue M/M/1/3, as for every birth-death chain (Kelly 1979, lemma 1.5), whatever its rates.
# Seen:  pi_i q_ij == pi_j q_ji is tested on floating-point numbers, without a tolerance. Two states are reversible; the
#        queues with arrivals at rates 1 to 9 and services at rate 10 are not, all nine of them where this was
#        measured, with sides that differ by 1e-15. So FALSE says nothing.
set -euo pipefail
# needs R and the package: apt-get install --no-install-recommends r-cran-markovchain
Rscript - <<'EOF'
suppressMessages(library(markovchain))
stopifnot(packageVersion("markovchain") == "0.9.1")
said <- c()
for (arrival in 1:9) {
  Q <- matrix(0, 4, 4)
  for (i in 1:3) {
    Q[i, i + 1] <- arrival
    Q[i + 1, i] <- 10
  }
  diag(Q) <- -rowSums(Q)
  names <- c("0", "1", "2", "3")
  dimnames(Q) <- list(names, names)
  chain <- new("ctmc", states = names, byrow = TRUE, generator = Q)
  pi <- c(steadyStates(chain))
  flow <- diag(pi) %*% Q
  stopifnot(max(abs(flow - t(flow))) < 1e-13, max(abs(pi - (arrival / 10)^(0:3) / sum((arrival / 10)^(0:3)))) < 1e-13)
  said <- c(said, is.TimeReversible(chain))
}
cat("reversible, for arrivals at rates 1 to 9:", said, "\n")
stopifnot(sum(!said) >= 3)
EOF
