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
