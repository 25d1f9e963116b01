#!/usr/bin/env bash
# markovchain 0.9.1 of R (Debian 12's r-cran-markovchain): rewards before hitting leave out the start, expectedRewards
# does not.
#
# Guess: for a target that is never reached in n steps, or for no rewards there, expectedRewardsBeforeHittingA(A, s, n)
#        is what expectedRewards(n) says for s; and for many steps it is the textbook's N r, N = 1 / (1 - Q).
# Seen:  expectedRewards(n) counts the n + 1 states from the start on, the other one the n states after it: 5/3 for
#        8/3. And the sum is kept in single precision: 0.1368420869 for 0.1368421053.
set -euo pipefail
# needs R and the package: apt-get install --no-install-recommends r-cran-markovchain
Rscript - <<'EOF'
suppressMessages(library(markovchain))
stopifnot(packageVersion("markovchain") == "0.9.1")
gambler <- function(win) {
  P <- matrix(c(1, 0, 0, 0, 1 - win, 0, win, 0, 0, 1 - win, 0, win, 0, 0, 0, 1), 4, byrow = TRUE)
  new("markovchain", states = c("0", "1", "2", "3"), transitionMatrix = P)
}
chain <- gambler(0.5)
reward <- c(0, 1, 2, 0)
ends <- c("0", "3")
N <- solve(diag(2) - chain@transitionMatrix[2:3, 2:3])
textbook <- c(N %*% reward[2:3])[1]
all <- expectedRewards(chain, 200, reward)[2]
before <- expectedRewardsBeforeHittingA(chain, ends, "1", reward, 200)
cat("from 1 until an end: textbook", textbook, ", expectedRewards", all, ", before hitting", before, "\n")
stopifnot(abs(textbook - 8 / 3) < 1e-12, abs(all - 8 / 3) < 1e-12, abs(before - 5 / 3) < 1e-6)
one <- c(expectedRewards(chain, 1, reward)[2], expectedRewardsBeforeHittingA(chain, ends, "1", reward, 1))
cat("one step:", one, "\n")
stopifnot(one == c(2, 1))

uneven <- expectedRewardsBeforeHittingA(gambler(0.4), ends, "1", reward / 10, 500)
cat(sprintf("single precision: %.10f for %.10f\n", uneven, 0.18 / 0.76 - 0.1))
stopifnot(abs(uneven - (0.18 / 0.76 - 0.1)) > 1e-9, abs(uneven - (0.18 / 0.76 - 0.1)) < 1e-6)
EOF
