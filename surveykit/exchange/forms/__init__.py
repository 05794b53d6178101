"""One file per form that a questionnaire can be written as."""
