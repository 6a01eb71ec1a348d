"""Imports on every store: by ERP id, in batches, again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs
import pytest

from custaccount import NotAllowed, Permission
from custaccount.customers.desk import BATCH
from custaccount.customers.rows import read_csv
from custaccount.kernel.ids import ErpCustomerId
from custaccount.portals import CustomerStatus
from tests.house import Shop, everything_in, how_often


def rows(how_many: int, *, name: str = "Name") -> list[dict[str, object]]:
    """Make rows of an export."""
    return [
        {"erp_id": f"K{place}", "number": f"N{place}", "name": name, "groups": "g1|g2"}
        for place in range(how_many)
    ]


def test_an_import_again_changes_nothing(nord: Shop) -> None:
    """Idempotent to the last row: no new version, no event."""
    desk = nord.house.accounts.register_desk
    first = desk.import_rows(nord.staff, rows(3))
    before = everything_in(nord.house.storage)

    again = desk.import_rows(nord.staff, rows(3))

    assert (first.created, again.unchanged, again.created + again.changed) == (3, 3, 0)
    assert everything_in(nord.house.storage) == before


def test_a_dry_run_says_the_same_and_writes_nothing(nord: Shop) -> None:
    """Counts and problems, without a trace: no customer, no group, no event."""
    desk = nord.house.accounts.register_desk
    mixed = [
        *rows(2),
        {"erp_id": "K9"},
        {"erp_id": "E-ACME", "number": "1001", "name": "Acme changed"},
    ]
    before = everything_in(nord.house.storage)

    dry = desk.import_rows(nord.staff, mixed, dry_run=True)
    assert everything_in(nord.house.storage) == before

    assert desk.import_rows(nord.staff, mixed) == dry
    assert (dry.created, dry.changed, dry.refused) == (2, 1, 1)


def test_an_id_or_number_that_comes_twice_is_refused_the_second_time(nord: Shop) -> None:
    """The first row counts; each later one says which field it repeats, across batches too."""
    many = [
        *rows(BATCH + 1),
        {"erp_id": "K0", "number": "other", "name": "Twice"},
        {"erp_id": "other", "number": "N1", "name": "Twice"},
        {"erp_id": "K2", "number": "N2", "name": "Twice"},
    ]

    report = nord.house.accounts.register_desk.import_rows(nord.staff, many)

    told = [(one.row, [problem.field for problem in one.problems]) for one in report.problems]
    assert told == [
        (BATCH + 2, ["erp_id"]),
        (BATCH + 3, ["number"]),
        (BATCH + 4, ["erp_id", "number"]),
    ]
    assert (report.created, report.refused, report.rows) == (BATCH + 1, 3, len(many))


def test_a_number_another_customer_has_is_refused(nord: Shop) -> None:
    """Acme's number stays Acme's; the other rows are kept."""
    report = nord.house.accounts.register_desk.import_rows(
        nord.staff, [{"erp_id": "K1", "number": "1001", "name": "Thief"}, *rows(1)]
    )

    assert (report.created, report.refused) == (1, 1)
    assert report.problems[0].problems[0].code == "customers.number_taken"
    assert nord.customer("E-ACME").number == "1001"


def test_a_number_may_change_hands_within_an_import(nord: Shop) -> None:
    """Decide on purpose: a swap in one file is refused for both, and said; nothing is lost."""
    swap = [
        {"erp_id": "E-ACME", "number": "1002", "name": "Acme"},
        {"erp_id": "E-BETA", "number": "1001", "name": "Beta"},
    ]

    report = nord.house.accounts.register_desk.import_rows(nord.staff, swap)

    assert report.refused == 2
    assert nord.customer("E-ACME").number == "1001"
    assert nord.customer("E-BETA").number == "1002"


def test_progress_is_told_after_each_batch(nord: Shop) -> None:
    """How many rows are done, up to all of them; each batch is an event."""
    told: list[int] = []
    before = how_often(nord.house.storage, "customers.register_imported")

    nord.house.accounts.register_desk.import_rows(
        nord.staff, iter(rows(2 * BATCH + 7)), progress=told.append
    )

    assert told == [BATCH, 2 * BATCH, 2 * BATCH + 7]
    assert how_often(nord.house.storage, "customers.register_imported") == before + 3


def test_an_import_changes_what_the_row_says(nord: Shop) -> None:
    """Status, contacts and groups follow the export; the id does not."""
    before = nord.customer("E-ACME")

    after = nord.change(
        "E-ACME",
        status="closed",
        groups="crafts|new",
        contacts=[{"name": "Ann", "email": "ann@acme.example"}, {"name": "No mail"}],
        contact=None,
        email=None,
    )

    assert after.id == before.id
    assert after.status is CustomerStatus.CLOSED
    assert [contact.name for contact in after.contacts] == ["Ann", "No mail"]
    assert after.groups == (nord.group("crafts"), nord.group("new"))


def csv_with(lines: int, bad: Mapping[int, str]) -> list[str]:
    """Write a file of so many lines under its header, some of them bad; the header is line 1."""
    return [
        "erp_id,number,name\n",
        *(bad.get(line, f"K{line},N{line},Name") + "\n" for line in range(2, lines + 2)),
    ]


@pytest.mark.parametrize(
    "bad",
    ["K602,N602", "K602,N602,Name,more", 'K602,N602,"Name"x', 'K602,N602,"Name', "K602,,Name"],
    ids=["short", "long", "quoted badly", "never closed", "no number"],
)
def test_a_bad_line_far_down_hinders_no_other(nord: Shop, bad: str) -> None:
    """Line 602 of a thousand is row 601, in the second batch: it is named, 999 are kept."""
    report = nord.house.accounts.register_desk.import_rows(
        nord.staff, read_csv(csv_with(1000, {602: bad}))
    )

    assert (report.created, report.refused, report.rows) == (999, 1, 1000)
    (problem,) = report.problems
    assert (problem.row, problem.kept) == (601, False)
    kept = kept_of(nord, range(2, 1002))
    assert kept == set(range(2, 1002)) - {602}


@pytest.mark.parametrize("row", [1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH, 2 * BATCH + 1])
def test_a_bad_row_at_the_border_of_a_batch_shifts_nothing(nord: Shop, row: int) -> None:
    """First, last and next of a batch: it is counted where it stands, and no row is lost."""
    if nord.house.storage.__class__.__name__ != "MemoryStorage" and row != BATCH:
        return  # what no store decides is tried in memory alone
    told: list[int] = []
    many = 2 * BATCH + 1

    report = nord.house.accounts.register_desk.import_rows(
        nord.staff, read_csv(csv_with(many, {row + 1: "short"})), progress=told.append
    )

    assert [problem.row for problem in report.problems] == [row]
    assert (report.created, report.refused, report.rows) == (many - 1, 1, many)
    assert told == [BATCH, 2 * BATCH, many]
    assert kept_of(nord, range(2, many + 2)) == set(range(2, many + 2)) - {row + 1}


def test_a_batch_of_bad_rows_is_no_end(nord: Shop) -> None:
    """Nothing to write in the first unit: the second batch is written all the same."""
    bad = dict.fromkeys(range(2, BATCH + 2), "short")

    report = nord.house.accounts.register_desk.import_rows(
        nord.staff, read_csv(csv_with(BATCH + 1, bad))
    )

    assert (report.created, report.refused) == (1, BATCH)
    assert [problem.row for problem in report.problems] == list(range(1, BATCH + 1))


def kept_of(shop: Shop, lines: Iterable[int]) -> set[int]:
    """Say which lines of a file became customers."""
    wanted = {ErpCustomerId(f"K{line}"): line for line in lines}
    found = shop.house.accounts.register_desk.by_erp_id(shop.staff, list(wanted))
    return {wanted[erp_id] for erp_id in found}


def test_nothing_to_import_is_nothing(nord: Shop) -> None:
    """An empty file is no error."""
    before = everything_in(nord.house.storage)

    report = nord.house.accounts.register_desk.import_rows(nord.staff, [])

    assert report.rows == 0
    assert everything_in(nord.house.storage) == before


def test_who_may_not_manage_the_register_reads_no_row(nord: Shop) -> None:
    """Refused before the file is opened."""
    lacking = attrs.evolve(nord.staff, permissions=frozenset({Permission.MANAGE_PRICES}))

    def never() -> object:
        pytest.fail("a row was read")
        yield {}

    desk = nord.house.accounts.register_desk
    for verb in (
        lambda: desk.import_rows(lacking, never()),  # type: ignore[arg-type]
        lambda: desk.groups(lacking),
        lambda: desk.by_erp_id(lacking, []),
    ):
        with pytest.raises(NotAllowed):
            verb()
