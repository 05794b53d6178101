"""``python -m surveykit`` is the command line."""

from surveykit.cli import main

main()
