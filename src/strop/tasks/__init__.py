"""Tasks from files: TOML, JSONL rows of the HumanEval and MBPP forms, a prompt with a test file."""
