"""The functions of R that ``methods.R`` carries with it: base R only, so that a reviewer installs lavaan and nothing else."""

from __future__ import annotations

__all__ = ["AGAINST", "LOCALE", "PLS", "READING"]

LOCALE = r"""
# Names and labels may hold any character: a session that knows ASCII only is told otherwise.
if (!isTRUE(l10n_info()[["UTF-8"]])) for (name in c("C.UTF-8", "en_US.UTF-8", "UTF-8"))
  if (nzchar(suppressWarnings(Sys.setlocale("LC_CTYPE", name)))) break
"""

READING = r"""
# The answers: a file of text, read cell by cell, whatever the locale of this session.
cells_of <- function(file, encoding, delimiter, width, aside, n, sha256) {
  if (!file.exists(file)) stop("the answers are not there: ", file, "\n  Rscript methods.R FILE names them", call. = FALSE)
  said <- said_of(file, sha256)
  cat("answers:", basename(file), "-", said, "\n")
  text <- iconv(list(readBin(file, "raw", file.size(file))), encoding, "UTF-8")
  if (is.na(text)) stop(file, " is not encoded in ", encoding, call. = FALSE)
  bytes <- charToRaw(text)
  if (length(bytes) > 2 && identical(bytes[1:3], as.raw(c(0xef, 0xbb, 0xbf)))) bytes <- bytes[-(1:3)]
  copy <- tempfile()
  on.exit(unlink(copy))
  writeBin(c(bytes, charToRaw("\n")), copy)
  cells <- read.table(copy, sep = delimiter, quote = "\"", colClasses = "character", na.strings = character(),
    comment.char = "", fill = TRUE, blank.lines.skip = TRUE, encoding = "UTF-8",
    col.names = paste0("V", seq_len(width)))
  names_read <- cells[intersect(aside, seq_len(nrow(cells))), , drop = FALSE]
  cells <- cells[-aside, , drop = FALSE]
  if (nrow(cells) != n) stop(file, " has ", nrow(cells), " rows where the report used ", n, ": these are other answers (",
    said, ")", call. = FALSE)
  attr(cells, "names_read") <- names_read
  cells
}
said_of <- function(file, sha256) {
  found <- if (sha256 == "") "" else if (exists("sha256sum", asNamespace("tools"))) {
    unname(getExportedValue("tools", "sha256sum")(file))
  } else if (requireNamespace("digest", quietly = TRUE)) digest::digest(file = file, algo = "sha256") else ""
  if (found == "") "SHA-256 not compared"
  else if (found == sha256) "the file of the report by its SHA-256"
  else "NOT the file of the report by its SHA-256"
}
demand_names <- function(names_read, expected, remedy = "") {
  for (place in names(expected)) {
    seen <- trimws(names_read[[as.integer(place)]])
    if (!expected[[place]] %in% seen) stop("column ", place, " of the file is not ", expected[[place]], remedy, call. = FALSE)
  }
}
# A cell that is a number stands for itself, the cells in `from` for `to`; every other one is no answer.
numbers <- function(cells, from = character(), to = numeric(), comma = FALSE) {
  cells <- gsub("^[ \t\r\n]+|[ \t\r\n]+$", "", cells)
  plain <- if (comma) gsub(",", ".", cells, fixed = TRUE) else cells
  found <- rep(NA_real_, length(cells))
  is_number <- grepl("^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$", plain)
  found[is_number] <- as.numeric(plain[is_number])
  at <- match(cells, from)
  found[!is.na(at)] <- to[at[!is.na(at)]]
  found
}
words <- function(cells, from = character(), to = character()) {
  found <- gsub("^[ \t\r\n]+|[ \t\r\n]+$", "", cells)
  at <- match(found, from)
  found[!is.na(at)] <- to[at[!is.na(at)]]
  found[!nzchar(found)] <- NA
  found
}
mean_score <- function(data, items, least) {
  x <- data[items]
  ifelse(rowSums(!is.na(x)) >= least, rowMeans(x, na.rm = TRUE), NA)
}
# Weights that agree with the population on each margin: Deming and Stephan (1940); cut to bounds, what is cut off is spread.
raked <- function(weights, data, targets, bounds = NULL) {
  groups <- lapply(data[names(targets)], function(x) ifelse(is.na(x), "missing", x))
  for (sweep in 1:10000) {
    before <- weights
    for (name in names(targets)) {
      sums <- tapply(weights, groups[[name]], sum)
      weights <- weights * as.vector(targets[[name]][groups[[name]]] / sums[groups[[name]]])
    }
    if (max(abs(weights - before)) <= 1e-14 * sum(weights)) break
  }
  if (is.null(bounds)) return(weights)
  ends <- bounds * mean(weights)
  total <- sum(weights)
  cut <- rep(FALSE, length(weights))
  repeat {
    outside <- weights < ends[1] - 1e-12 * ends[2] | weights > ends[2] * (1 + 1e-12)
    if (!any(outside)) return(weights)
    cut <- cut | outside
    weights <- ifelse(outside, pmin(pmax(weights, ends[1]), ends[2]), weights)
    if (all(cut)) stop("the bounds leave no weight to spread to", call. = FALSE)
    weights <- ifelse(cut, weights, weights + (total - sum(weights)) / sum(!cut))
  }
}
# Each column must have as many answers as the report counted, and the same sum of them.
demand_sums <- function(data, answers, sums) {
  for (name in names(answers)) {
    x <- data[[name]]
    if (sum(!is.na(x)) != answers[[name]] || abs(sum(x, na.rm = TRUE) - sums[[name]]) > 1e-8 * max(1, abs(sums[[name]])))
      stop("the column ", name, " is not the one of the report: ", sum(!is.na(x)), " answers with the sum ",
        format(sum(x, na.rm = TRUE), digits = 12), " instead of ", answers[[name]], " with ",
        format(sums[[name]], digits = 12), call. = FALSE)
  }
}
"""

AGAINST = r"""
# One model after the other: what fails says why and does not stop those after it.
failed <- character()
model_of <- function(title, work) {
  cat("\n== ", title, " ==\n", sep = "")
  tryCatch(work(), error = function(e) {
    failed <<- c(failed, title)
    cat("could not be computed here: ", conditionMessage(e), "\n", sep = "")
  })
  invisible()
}
# How far what was found (lhs, op, rhs, group, est, se) is from the estimates of the report.
against <- function(found, report) {
  report <- as.data.frame(matrix(report, ncol = 6, byrow = TRUE), stringsAsFactors = FALSE)
  key <- function(lhs, op, rhs, group) {
    turned <- op == "~~" & lhs > rhs
    paste(ifelse(turned, rhs, lhs), op, ifelse(turned, lhs, ifelse(op == ":=", "", rhs)), ifelse(op == ":=", "", group))
  }
  if (is.null(found$group)) found$group <- rep(1, nrow(found))
  at <- match(key(report[[1]], report[[2]], report[[3]], report[[4]]), key(found$lhs, found$op, found$rhs, found$group))
  ours <- function(column) suppressWarnings(as.numeric(report[[column]]))
  difference <- function(a, b) {
    apart <- abs(a - b)
    if (all(is.na(apart))) "not compared" else format(max(apart, na.rm = TRUE), digits = 2)
  }
  apart <- abs(found$est[at] - ours(5)) / ours(6)
  cat(sum(!is.na(at)), " of ", nrow(report), " estimates of the report found again; largest difference ",
    difference(found$est[at], ours(5)),
    if (any(is.finite(apart))) sprintf(" (%.2g of its standard error)", max(apart[is.finite(apart)])),
    ", of standard errors ",
    if (is.null(found$se)) "not compared" else difference(found$se[at], ours(6)), "\n", sep = "")
}
"""

PLS = r"""
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
"""
