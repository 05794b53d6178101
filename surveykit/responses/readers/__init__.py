"""One file per format; each registers one reader in :data:`surveykit.responses.raw.readers`."""
