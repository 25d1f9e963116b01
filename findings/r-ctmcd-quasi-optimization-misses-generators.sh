#!/usr/bin/env bash
# ctmcd 1.4.2 of R (Debian 12's r-cran-ctmcd): quasi-optimization does not give back a generator that is one already.
#
# Guess: with P = exp(Q) for a generator Q the methods DA, WA and QO, which mend the logarithm of P where it is no
#        generator, all give Q: there is nothing to mend, and the nearest generator to Q is Q.
# Seen:  DA and WA do. QO sets the smallest rate of every row to 0 and spreads it over the others: (-0.3, 0.2, 0.1)
#        becomes (-0.25, 0.25, 0), so that a transition of probability 0.07 in P is impossible under its answer. It
#        begins the search for what to cut with one entry, and never tries none. With two states it raises, always.
set -euo pipefail
# needs R and the package: apt-get install --no-install-recommends r-cran-ctmcd
Rscript - <<'RRR'
suppressMessages(library(ctmcd))
cat("ctmcd", as.character(packageVersion("ctmcd")), "\n")
stopifnot(packageVersion("ctmcd") == "1.4.2")
Q <- rbind(c(-0.3, 0.2, 0.1), c(0.1, -0.3, 0.2), c(0, 0, 0))
P <- expm::expm(Q)
print(P)
for (method in c("DA", "WA", "QO")) {
  found <- gm(P, te = 1, method = method)$par
  cat(method, ": largest difference from the generator", max(abs(found - Q)), "\n")
  stopifnot((max(abs(found - Q)) < 1e-9) == (method != "QO"))
}
print(found)
stopifnot(all.equal(found, rbind(c(-0.25, 0.25, 0), c(0, -0.25, 0.25), c(0, 0, 0))))
cat("from 2 to 1: P has", P[2, 1], ", exp of the answer", expm::expm(found)[2, 1], "\n")
stopifnot(P[2, 1] > 0.07, abs(expm::expm(found)[2, 1]) < 1e-12)

two <- rbind(c(-0.2, 0.2), c(0.3, -0.3))
stopifnot(all.equal(gm(expm::expm(two), te = 1, method = "DA")$par, two))
error <- tryCatch({ gm(expm::expm(two), te = 1, method = "QO"); "none" }, error = conditionMessage)
cat("two states, QO:", error, "\n")
stopifnot(error != "none")
RRR
