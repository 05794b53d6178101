# Names and labels may hold any character: a session that knows ASCII only is told otherwise.
if (!isTRUE(l10n_info()[["UTF-8"]])) for (name in c("C.UTF-8", "en_US.UTF-8", "UTF-8"))
  if (nzchar(suppressWarnings(Sys.setlocale("LC_CTYPE", name)))) break
