"""One file per survey platform; each registers one entry in :data:`surveykit.responses.exports.platforms`."""
