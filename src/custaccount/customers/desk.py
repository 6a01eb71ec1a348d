"""What staff do with the customer register."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import attrs

from custaccount.customers.model import (
    AUDITED,
    AUDITED_BY_NAME,
    Customer,
    CustomerAdded,
    CustomerChanged,
    CustomerGroup,
    RegisterImported,
)
from custaccount.customers.ports import CustomersReading, CustomersWork, KeepCustomers
from custaccount.customers.rows import RegisterRow, Row, group_keys, read
from custaccount.facilities.audit import changes_of
from custaccount.kernel.access import Permission, Staff
from custaccount.kernel.clock import Clock
from custaccount.kernel.errors import Problem
from custaccount.kernel.i18n import N_, Text
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    ErpCustomerId,
    NewId,
)
from custaccount.kernel.operations import requires
from custaccount.kernel.scope import RealmScope
from custaccount.kernel.work import Begin, Reading, repeatable

BATCH = 500
"""Rows that are written in one unit."""


@attrs.frozen(kw_only=True)
class RowProblem:
    """What is wrong with a row."""

    row: int
    """Counted from 1, the header not counted."""
    kept: bool
    """Whether the customer was kept all the same."""
    problems: tuple[Problem, ...]


@attrs.frozen(kw_only=True)
class ImportReport:
    """What an import did, or would do."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: tuple[RowProblem, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return self.created + self.changed + self.unchanged + self.refused

    def __add__(self, other: "ImportReport") -> "ImportReport":
        """Add what the next rows did."""
        return ImportReport(
            created=self.created + other.created,
            changed=self.changed + other.changed,
            unchanged=self.unchanged + other.unchanged,
            refused=self.refused + other.refused,
            problems=self.problems + other.problems,
        )


@attrs.frozen
class _Numbered:
    number: int
    row: RegisterRow


@attrs.frozen
class _Seen:
    """What one import has had already: an ERP id and a number stand in one row each."""

    erp_ids: set[ErpCustomerId] = attrs.field(factory=set)
    numbers: set[CustomerNumber] = attrs.field(factory=set)

    def again(self, row: RegisterRow) -> tuple[Problem, ...]:
        text = Text(N_("This stands in an earlier row already."))
        twice = (("erp_id", row.erp_id in self.erp_ids), ("number", row.number in self.numbers))
        self.erp_ids.add(row.erp_id)
        self.numbers.add(row.number)
        return tuple(
            Problem(field=field, code="customers.row_twice", text=text)
            for field, holds in twice
            if holds
        )


@attrs.frozen(kw_only=True)
class RegisterDesk:
    """Brings the register in line with what the ERP exported."""

    _reading: Reading[CustomersReading] = attrs.field(alias="reading")
    _begin: Begin[CustomersWork] = attrs.field(alias="begin")
    _clock: Clock = attrs.field(alias="clock")
    _new_id: NewId = attrs.field(alias="new_id")

    @requires(Permission.MANAGE_REGISTER)
    def import_rows(
        self,
        staff: Staff,
        rows: Iterable[Row],
        *,
        dry_run: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> ImportReport:
        """Create and change customers by ERP id; who is not in the rows stays as is.

        Rows are written in batches, each whole or not at all; importing again changes nothing.
        What can't be kept is reported by row, with all its problems, and hinders no other row.
        A field a row does not have stays as it is known.

        Args:
            staff: Who imports.
            rows: What the ERP exported, see ``read_csv`` and ``read_json``.
            dry_run: Only say what would be done.
            progress: Told after each batch how many rows are done.
        """
        report = ImportReport()
        seen = _Seen()
        for batch in _batches(rows):
            good, refused = _checked(batch, first=report.rows + 1, seen=seen)
            report += refused + self._write(staff, good, dry_run=dry_run)
            if progress is not None:
                progress(report.rows)
        return report

    @requires(Permission.MANAGE_REGISTER)
    def groups(self, staff: Staff) -> tuple[CustomerGroup, ...]:
        """List the realm's customer groups by key."""
        with self._reading() as view:
            return tuple(view.customers.groups(staff.scope))

    @requires(Permission.MANAGE_REGISTER)
    def by_erp_id(
        self, staff: Staff, erp_ids: Collection[ErpCustomerId]
    ) -> Mapping[ErpCustomerId, Customer]:
        """Return the customers the register has for these ERP ids."""
        with self._reading() as view:
            return view.customers.with_erp_ids(staff.scope, erp_ids)

    @repeatable
    def _write(self, staff: Staff, good: Sequence[_Numbered], *, dry_run: bool) -> ImportReport:
        rows = [one.row for one in good]
        with self._begin(staff) as work:
            groups = self._groups(work.customers, staff.scope, group_keys(rows))
            known = work.customers.with_erp_ids(staff.scope, [row.erp_id for row in rows])
            holders = work.customers.with_numbers(staff.scope, [row.number for row in rows])
            created: list[Customer] = []
            changed: list[tuple[Customer, Customer]] = []
            taken: list[RowProblem] = []
            for one in good:
                before = known.get(one.row.erp_id)
                if holders.get(one.row.number, before and before.id) != (before and before.id):
                    taken.append(_number_taken(one.number))
                    continue
                after = one.row.applied(before or self._customer(staff.scope, one.row), groups)
                if before is None:
                    created.append(after)
                elif after != before:
                    changed.append((before, after))
            if not dry_run and (created or changed):
                work.customers.save(staff.scope, [*created, *(after for _, after in changed)])
                self._tell(work, created, changed)
                work.commit()
        return ImportReport(
            created=len(created),
            changed=len(changed),
            unchanged=len(good) - len(created) - len(changed) - len(taken),
            refused=len(taken),
            problems=tuple(taken),
        )

    def _tell(
        self,
        work: CustomersWork,
        created: Sequence[Customer],
        changed: Sequence[tuple[Customer, Customer]],
    ) -> None:
        """Note each customer for the trail, and tell subscribers once."""
        now = self._clock()
        for one in created:
            work.note(CustomerAdded(at=now, customer=one.id, number=one.number))
        for before, after in changed:
            changes = changes_of(before, after, shown=AUDITED, named=AUDITED_BY_NAME)
            work.note(CustomerChanged(at=now, customer=after.id, changes=changes))
        work.record(RegisterImported(at=now, created=len(created), changed=len(changed)))

    def _groups(
        self, customers: KeepCustomers, scope: RealmScope, keys: Sequence[str]
    ) -> Mapping[str, CustomerGroupId]:
        known = {group.key: group.id for group in customers.groups(scope)}
        new = [
            CustomerGroup(id=CustomerGroupId(self._new_id()), key=key, name=key)
            for key in keys
            if key not in known
        ]
        if new:
            customers.save_groups(scope, new)
        return known | {group.key: group.id for group in new}

    def _customer(self, scope: RealmScope, row: RegisterRow) -> Customer:
        return Customer(
            id=CustomerId(self._new_id()),
            realm=scope.realm,
            erp_id=row.erp_id,
            number=row.number,
            name=row.name,
        )


def _batches(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    left = iter(rows)
    while batch := tuple(islice(left, BATCH)):
        yield batch


def _checked(
    batch: Sequence[Row], *, first: int, seen: _Seen
) -> tuple[Sequence[_Numbered], ImportReport]:
    good: list[_Numbered] = []
    problems: list[RowProblem] = []
    for number, raw in enumerate(batch, first):
        row, found = read(raw)
        if row is not None:
            again = seen.again(row)
            found, row = (*found, *again), None if again else row
        if found:
            problems.append(RowProblem(row=number, kept=row is not None, problems=found))
        if row is not None:
            good.append(_Numbered(number, row))
    refused = sum(not problem.kept for problem in problems)
    return good, ImportReport(refused=refused, problems=tuple(problems))


def _number_taken(row: int) -> RowProblem:
    text = Text(N_("Another customer has this number."))
    problem = Problem(field="number", code="customers.number_taken", text=text)
    return RowProblem(row=row, kept=False, problems=(problem,))
