"""Orders: what is delivered, what is still open."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount.adapters.memory import FixedClock
from custaccount.kernel.ids import DeliveryNoteId, DeliveryNoteNumber, OrderId, OrderLineId
from custaccount.orders import DeliveredLine, DeliveryNote, ErpUnavailable, OrderStatus
from custaccount.orders.model import answered, is_order_id
from tests.house import order

CLOCK = FixedClock()
ORDER = order("acme-1", clock=CLOCK, articles={"X1": "12", "X2": "1"})


def note(name: str, **quantities: str) -> DeliveryNote:
    """Deliver some of the order's lines."""
    return DeliveryNote(
        id=DeliveryNoteId(name),
        number=DeliveryNoteNumber(name),
        sent=CLOCK(),
        lines=tuple(
            DeliveredLine(order_line=ORDER.lines[int(place[1:]) - 1].id, quantity=Decimal(quantity))
            for place, quantity in quantities.items()
        ),
    )


def test_nothing_delivered_is_all_open() -> None:
    """Line by line."""
    assert list(ORDER.delivered.values()) == [Decimal(0), Decimal(0)]
    assert list(ORDER.open.values()) == [Decimal(12), Decimal(1)]


def test_deliveries_add_up_over_all_notes() -> None:
    """Two parcels of one line are one sum."""
    sent = attrs.evolve(ORDER, delivery_notes=(note("L1", _1="5"), note("L2", _1="3.5", _2="1")))

    assert list(sent.delivered.values()) == [Decimal("8.5"), Decimal(1)]
    assert list(sent.open.values()) == [Decimal("3.5"), Decimal(0)]


def test_more_than_ordered_leaves_nothing_open() -> None:
    """Never less than nothing."""
    sent = attrs.evolve(ORDER, delivery_notes=(note("L1", _1="13"),))

    assert sent.delivered[ORDER.lines[0].id] == Decimal(13)
    assert sent.open[ORDER.lines[0].id] == Decimal(0)


def test_nothing_is_open_once_it_is_cancelled() -> None:
    """What was delivered before stays delivered."""
    cancelled = attrs.evolve(
        ORDER,
        summary=attrs.evolve(ORDER.summary, status=OrderStatus.CANCELLED),
        delivery_notes=(note("L1", _1="5"),),
    )

    assert list(cancelled.open.values()) == [Decimal(0), Decimal(0)]
    assert cancelled.delivered[ORDER.lines[0].id] == Decimal(5)


def test_a_delivery_of_a_line_the_order_does_not_show_hides_nothing() -> None:
    """ERPs do that; it is counted and breaks nothing."""
    stray = DeliveredLine(order_line=OrderLineId("stray"), quantity=Decimal(2))
    sent = attrs.evolve(ORDER, delivery_notes=(attrs.evolve(note("L1"), lines=(stray,)),))

    assert sent.delivered[OrderLineId("stray")] == Decimal(2)
    assert list(sent.open) == [line.id for line in ORDER.lines]


@given(st.lists(st.decimals("0", "20", places=2), max_size=5))
def test_open_and_delivered_make_the_order(parts: list[Decimal]) -> None:
    """As long as not more was sent than ordered."""
    notes = tuple(note(f"L{place}", _1=str(part)) for place, part in enumerate(parts))
    sent = attrs.evolve(ORDER, delivery_notes=notes)
    line = ORDER.lines[0]

    assert sent.delivered[line.id] == sum(parts)
    assert sent.open[line.id] == max(line.quantity - sum(parts), Decimal(0))


@pytest.mark.parametrize(
    "raw", ["", "x" * 201, "a\nb", "a\0", "a\N{ZERO WIDTH SPACE}", None, 7, b"x"]
)
def test_what_is_no_order_id_is_seen_at_once(raw: object) -> None:
    """It is never sent to an ERP."""
    assert not is_order_id(raw)


@pytest.mark.parametrize("raw", ["7", "A 4711/08", "Ä-1", "x" * 200])
def test_an_order_id_is_opaque(raw: str) -> None:
    """Whatever an ERP calls its orders."""
    assert is_order_id(raw)


def test_only_the_order_that_was_asked_for_is_an_answer() -> None:
    """A source that returns another one can't be trusted with any of it."""
    assert answered(ORDER, ORDER.summary.id) is ORDER

    for other in ("id-acme-2", "ID-ACME-1", ""):
        with pytest.raises(ErpUnavailable):
            answered(ORDER, OrderId(other))


@pytest.mark.parametrize("wrong", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_quantity_is_a_finite_number(wrong: str) -> None:
    """Ordered or delivered: what could not be counted with is refused where it comes in."""
    with pytest.raises(ValueError, match="finite"):
        attrs.evolve(ORDER.lines[0], quantity=Decimal(wrong))
    with pytest.raises(ValueError, match="finite"):
        DeliveredLine(order_line=ORDER.lines[0].id, quantity=Decimal(wrong))


@pytest.mark.parametrize("wrong", [1, 1.5, "1", None])
def test_a_quantity_is_a_decimal(wrong: object) -> None:
    """Floats don't add up, and text is no number."""
    with pytest.raises(TypeError):
        attrs.evolve(ORDER.lines[0], quantity=wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        DeliveredLine(order_line=ORDER.lines[0].id, quantity=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("quantity", ["-3", "0", "0.001"])
def test_a_line_may_take_back(quantity: str) -> None:
    """Returns and cancelled lines are part of a history; they are shown as they are."""
    line = attrs.evolve(ORDER.lines[0], quantity=Decimal(quantity))

    assert line.quantity == Decimal(quantity)
