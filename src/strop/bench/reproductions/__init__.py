"""One file a paper: the experiment that tests its claim."""
