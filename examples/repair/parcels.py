"""Prices of parcels. There is a fault in here; `strop fix` finds it."""

LIMITS = [(1.0, 390), (5.0, 620), (20.0, 980)]  # up to so many kilograms: so many cents


def price(weight, express=False):
    """Cents for a parcel of `weight` kilograms; twice as much for express. None if too heavy."""
    for limit, cents in LIMITS:
        if weight < limit:
            return 2 * cents if express else cents
    return None


def total(weights, express=False):
    """Cents for several parcels. Raises ValueError if one is too heavy."""
    prices = [price(weight, express) for weight in weights]
    if None in prices:  # say which
        raise ValueError(f"too heavy: {weights[prices.index(None)]} kg")
    return sum(prices)
