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
