"""The core: nouns, budget, ledger, run, cards and choice. Standard library only."""
