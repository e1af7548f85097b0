import pytest
from parcels import price, total


@pytest.mark.parametrize(
    ("weight", "cents"), [(0.2, 390), (1.0, 390), (1.1, 620), (5.0, 620), (20.0, 980)]
)
def test_price_by_weight(weight, cents):
    assert price(weight) == cents


def test_express_costs_twice():
    assert price(2.0, express=True) == 1240


def test_more_than_twenty_kilograms_have_no_price():
    assert price(20.5) is None


@pytest.fixture
def three_parcels():
    return [0.5, 3.0, 20.0]


def test_total(three_parcels):
    assert total(three_parcels) == 390 + 620 + 980


def test_total_names_the_parcel_that_is_too_heavy(three_parcels):
    with pytest.raises(ValueError, match="31"):
        total([*three_parcels, 31.0])
