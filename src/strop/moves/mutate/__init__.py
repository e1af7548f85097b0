"""Search operators for repair without a model."""

from strop.moves.mutate.mutation import Mutation, mutations

__all__ = ["Mutation", "mutations"]
