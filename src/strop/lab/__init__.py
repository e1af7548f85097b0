"""Small worlds with exact verifiers, for language models small enough to train on a CPU."""
