#!/usr/bin/env bash
# markovchain 0.9.1 of R (Debian 12's r-cran-markovchain): firstPassageMultiple adds up the first passages to each state.
#
# Guess: the probabilities that step 1, 2, ... is the first one in the set, "the first time probabilities" of its
#        documentation: (1, 0, 0, 0) where the first step always enters it, and never more than 1 together.
# Seen:  for each state of the set the probability of the first visit to that state, added up: (1, 0.5, 0, 0.25),
#        together 1.75 after four steps and 2 after all. For a set of one state the two are one.
set -euo pipefail
# needs R and the package: apt-get install --no-install-recommends r-cran-markovchain
Rscript - <<'EOF'
suppressMessages(library(markovchain))
stopifnot(packageVersion("markovchain") == "0.9.1")
# b in the middle, a and c on its sides: every step from a enters {b, c}
P <- matrix(c(0, 1, 0, 0.5, 0, 0.5, 0, 1, 0), 3, byrow = TRUE)
chain <- new("markovchain", states = c("a", "b", "c"), transitionMatrix = P)
set <- c(firstPassageMultiple(chain, "a", c("b", "c"), 4))
long <- c(firstPassageMultiple(chain, "a", c("b", "c"), 100))
each <- firstPassage(chain, "a", 4)
cat("first step in {b, c}:", set, "in all", sum(set), ", after 100 steps", sum(long), "\n")
cat("b:", each[, 2], " c:", each[, 3], "\n")
stopifnot(all.equal(set, c(1, 0.5, 0, 0.25)), abs(sum(long) - 2) < 1e-9)
stopifnot(all.equal(set, unname(each[, 2] + each[, 3])))
stopifnot(all.equal(c(firstPassageMultiple(chain, "a", "c", 4)), c(0, 0.5, 0, 0.25)))
# the example of its documentation: from a the sum may not pass 1
example <- new("markovchain", states = c("a", "b", "c"),
               transitionMatrix = matrix(c(0.2, 0.5, 0.3, 0, 1, 0, 0.1, 0.8, 0.1), 3, byrow = TRUE))
documented <- c(firstPassageMultiple(example, "a", c("b", "c"), 60))
cat("the documentation's example:", head(documented, 4), ", in all", sum(documented), "for 1\n")
stopifnot(abs(sum(documented) - 1.375) < 1e-9)
EOF
