# Partial least squares on the correlations R of the indicators: Lohmoeller (1989); Tenenhaus, Esposito Vinzi, Chatelin and
# Lauro (2005, section 2). `common` are the constructs that PLSc corrects: Dijkstra and Henseler (2015).
pls <- function(R, blocks, modes, from, to, search_from = from, search_to = to, scheme = "path", common = character(),
                sd = rep(1, nrow(R)), tolerance = 1e-10) {
  constructs <- names(blocks)
  arrows <- function(a, b) {
    found <- matrix(0, length(blocks), length(blocks), dimnames = list(constructs, constructs))
    found[cbind(a, b)] <- 1
    found
  }
  of_length_one <- function(v, block) v / sqrt(drop(t(v) %*% S[block, block, drop = FALSE] %*% v))
  coefficients <- function(C, D) {
    B <- 0 * C
    for (j in constructs) {
      before <- constructs[D[, j] == 1]
      if (length(before)) B[before, j] <- solve(C[before, before, drop = FALSE], C[before, j])
    }
    B
  }
  S <- R * outer(sd, sd)
  W <- matrix(0, nrow(R), length(blocks), dimnames = list(rownames(R), constructs))
  member <- W
  for (j in constructs) {
    b <- blocks[[j]]
    member[b, j] <- 1
    start <- if (modes[[j]] == "first") eigen(S[b, b], symmetric = TRUE)$vectors[, 1] else rep(1, length(b))
    W[b, j] <- of_length_one(start, b)
  }
  D <- arrows(search_from, search_to)
  for (step in 1:3000) {
    SW <- S %*% W
    C <- t(W) %*% SW
    E <- switch(scheme, centroid = sign(C) * (D + t(D) > 0), factorial = C * (D + t(D) > 0),
      path = C * t(D) + coefficients(C, D))
    target <- SW %*% E
    new <- W
    for (j in constructs[unlist(modes[constructs]) %in% c("A", "B") & lengths(blocks) > 1]) {
      b <- blocks[[j]]
      v <- target[b, j]
      if (modes[[j]] == "B") v <- solve(S[b, b], v)
      new[b, j] <- of_length_one(v, b)
    }
    change <- sum(abs(abs(new) - abs(W)))
    W <- new
    if (change < tolerance) break
  }
  W <- sweep(W, 2, ifelse(colSums(S %*% W * member) < 0, -1, 1), "*") * sd
  cross <- R %*% W
  C <- t(W) %*% cross
  L <- cross * member
  used <- setNames(rep(1, length(blocks)), constructs)
  for (j in common) {
    w <- W[blocks[[j]], j]
    own <- R[blocks[[j]], blocks[[j]]]
    used[[j]] <- sum(w^2)^2 * (drop(t(w) %*% own %*% w) - sum(w^2)) / (sum(w^2)^2 - sum(w^4))
    L[blocks[[j]], j] <- w * sqrt(used[[j]]) / sum(w^2)
  }
  C <- C / sqrt(outer(used, used))
  diag(C) <- 1
  B <- coefficients(C, arrows(from, to))
  measured <- do.call(rbind, lapply(constructs, function(j) data.frame(lhs = j, rhs = blocks[[j]])))
  at <- cbind(measured$rhs, measured$lhs)
  rbind(data.frame(lhs = measured$lhs, op = "=~", rhs = measured$rhs, est = L[at]),
    data.frame(lhs = measured$lhs, op = "<~", rhs = measured$rhs, est = W[at]),
    data.frame(lhs = to, op = "~", rhs = from, est = B[cbind(from, to)]))
}
symmetric <- function(below, names) {
  found <- matrix(0, length(names), length(names), dimnames = list(names, names))
  found[upper.tri(found, diag = TRUE)] <- below
  found[lower.tri(found)] <- t(found)[lower.tri(found)]
  found
}
