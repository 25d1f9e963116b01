#!/usr/bin/env bash
# markovchain 0.9.1 of R (Debian 12's r-cran-markovchain): with byrow=FALSE seven functions answer for its transpose.
#
# Guess: a chain given by columns has the numbers of the same chain given by rows; at most the matrices in the answers
#        are transposed too.
# Seen:  so it is for steadyStates, meanFirstPassageTime, meanRecurrenceTime, absorptionProbabilities and
#        hittingProbabilities. expectedRewards, expectedRewardsBeforeHittingA, firstPassage, firstPassageMultiple,
#        committorAB, noofVisitsDist and rmarkovchain take the columns for rows, whose sums are not 1: other rewards,
#        first passages that the chain cannot make, and a simulation that takes them. No message.
set -euo pipefail
# needs R and the package: apt-get install --no-install-recommends r-cran-markovchain
Rscript - <<'EOF'
suppressMessages(library(markovchain))
stopifnot(packageVersion("markovchain") == "0.9.1")
P <- matrix(c(0.2, 0.8, 0, 0.5, 0, 0.5, 0.3, 0.3, 0.4), 3, byrow = TRUE)
names <- c("a", "b", "c")
rows <- new("markovchain", states = names, transitionMatrix = P)
columns <- new("markovchain", states = names, transitionMatrix = t(P), byrow = FALSE)

# from a to c is impossible: both say so
stopifnot(transitionProbability(rows, "a", "c") == 0, transitionProbability(columns, "a", "c") == 0)
same <- function(x, y) isTRUE(all.equal(c(x), c(y), tolerance = 1e-9, check.attributes = FALSE))
stopifnot(same(steadyStates(rows), steadyStates(columns)))
stopifnot(same(meanFirstPassageTime(rows), t(meanFirstPassageTime(columns))))
stopifnot(same(meanRecurrenceTime(rows), meanRecurrenceTime(columns)))

reward <- c(1, 2, 5)
exact <- reward + P %*% reward + P %*% P %*% reward
cat("rewards of three states: exact", exact, "\n  by row", expectedRewards(rows, 2, reward),
    "\n  by column", expectedRewards(columns, 2, reward), "\n")
stopifnot(same(expectedRewards(rows, 2, reward), exact))
stopifnot(same(expectedRewards(columns, 2, reward), c(6.29, 7.36, 10.35)))

first <- list(firstPassage(rows, "a", 1), firstPassage(columns, "a", 1))
cat("first step from a: by row", first[[1]], ", by column", first[[2]], "\n")
stopifnot(same(first[[1]], c(0.2, 0.8, 0)), same(first[[2]], c(0.2, 0.5, 0.3)))
# from b: half to a, half to c
cat("from b to a before c: by row", committorAB(rows, 1, 3)[2], ", by column", committorAB(columns, 1, 3)[2], "\n")
stopifnot(same(committorAB(rows, 1, 3), c(1, 0.5, 0)), same(committorAB(columns, 1, 3), c(1, 0.8, 0)))

jumps <- function(chain) {
  set.seed(1)
  path <- rmarkovchain(2000, chain, t0 = "a")
  sum(head(path, -1) == "a" & tail(path, -1) == "c")
}
cat("steps from a to c among 2000: by row", jumps(rows), ", by column", jumps(columns), "\n")
stopifnot(jumps(rows) == 0, jumps(columns) > 100)
EOF
