"""Rows of a register export: every separator, every problem, at once."""

from __future__ import annotations

import io

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount import Language
from custaccount.customers import Contact, Customer
from custaccount.customers.rows import FileUnreadable, read, read_csv, read_json
from custaccount.kernel.ids import (
    CustomerGroupId,
    CustomerId,
    CustomerNumber,
    ErpCustomerId,
    RealmId,
)
from custaccount.portals import CustomerStatus

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
ROW = {"erp_id": "E1", "number": "1001", "name": "Acme"}


def fields_of(row: dict[str, object]) -> list[str]:
    """List the fields that have a problem."""
    return [problem.field for problem in read(row)[1]]


# Files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("begin", ["", BOM])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_is_read_with_the_separator_of_its_header(separator: str, begin: str, end: str) -> None:
    """Comma, semicolon or tab; a byte order mark and Windows' line ends do not matter."""
    lines = (["erp_id", "number", "name"], ["E1", "0001", "Müller, Söhne; Co"])
    text = begin + end.join(
        separator.join(f'"{cell}"' if "Co" in cell else cell for cell in cells) for cells in lines
    )

    rows = list(read_csv(io.StringIO(text + end, newline="")))

    assert rows == [{"erp_id": "E1", "number": "0001", "name": "Müller, Söhne; Co"}]


def test_csv_cells_may_hold_lines_and_quotes() -> None:
    """As RFC 4180 writes them; empty lines are nothing."""
    text = 'erp_id,name\nE1,"Acme\nLtd"\n\nE2,"the ""best"""\n'

    assert [row["name"] for row in read_csv(io.StringIO(text, newline=""))] == [
        "Acme\nLtd",
        'the "best"',
    ]


@pytest.mark.parametrize("text", ["", "number,name\n1,x\n"])
def test_csv_without_a_column_for_the_erp_id_is_refused(text: str) -> None:
    """Nothing of it could be kept."""
    with pytest.raises(FileUnreadable, match="no column erp_id"):
        list(read_csv(io.StringIO(text)))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("E1,1", "This line has 2 cells, the header has 3."),
        ("E1,1,x,y", "This line has 4 cells, the header has 3."),
        ('E1,1,"x', "This line is no CSV."),
    ],
)
def test_a_line_that_cannot_be_read_is_a_row_that_cannot_be_kept(line: str, why: str) -> None:
    """The others are kept, and its number stays right."""
    text = f"erp_id,number,name\nE0,0,Acme\n{line}\n"

    good, bad = map(read, read_csv(io.StringIO(text)))

    assert good[0] is not None
    assert bad[0] is None
    assert [str(problem.text) for problem in bad[1]] == [why]


@pytest.mark.parametrize(
    "after",
    [
        ["E2,2,Beta"],
        ["E2,2,Beta"] * 20_000,
        ['E2,2,"Beta"', "E3,3,Gamma"],
        ["E2,2,Beta", 'E3,3,"Gamma, Delta"', 'E4,4,"the ""best"""'],
        ['E2,2,"Beta', "E3,3,Gamma"],
    ],
    ids=["one", "more than a cell may hold", "a cell in quotes", "several", "once more"],
)
def test_a_quote_that_is_never_closed_hides_no_line(after: list[str]) -> None:
    """Its line is the bad one; each line after it is read for itself, in order, none twice."""
    closed = {line: list(read_csv(io.StringIO(f"erp_id,number,name\n{line}\n"))) for line in after}
    lines = ["erp_id,number,name", "E0,0,Acme", 'E1,1,"x', *after]

    rows = list(read_csv(io.StringIO("\n".join(lines) + "\n", newline="")))

    assert rows[0]["erp_id"] == "E0"
    assert read(rows[1])[0] is None
    assert rows[2:] == [row for line in after for row in closed[line]]


def test_a_record_of_several_lines_that_breaks_is_read_line_by_line() -> None:
    """Cells that hold lines are whole before it and after it."""
    text = 'erp_id,name\nE0,"A\nB"\nE1,"x\ny"z\nE2,"C\nD"\n'

    kept = [row for row in read_csv(io.StringIO(text, newline="")) if "erp_id" in row]

    assert kept == [{"erp_id": "E0", "name": "A\nB"}, {"erp_id": "E2", "name": "C\nD"}]


@pytest.mark.parametrize(
    "text", ["", "{", "{}", "7", '"x"', "[1]", '[{"erp_id": "E1"}, 2]', "[" * 100_000]
)
def test_json_that_is_no_list_of_objects_is_refused(text: str) -> None:
    """Nested however deep."""
    with pytest.raises(FileUnreadable):
        list(read_json(io.StringIO(text)))


def test_json_rows_may_hold_lists() -> None:
    """Groups and contacts as they are."""
    text = '[{"erp_id": "E1", "number": 1001, "name": "Acme", "groups": ["a", "b"]}]'

    (row,) = read_json(io.StringIO(text))
    kept, problems = read(row)

    assert problems == ()
    assert kept is not None
    assert (kept.number, kept.groups) == ("1001", ("a", "b"))


# Rows -------------------------------------------------------------------------------------------


def test_a_row_says_what_it_says() -> None:
    """Every field, trimmed; status and language as words, the country in capitals."""
    kept, problems = read(
        {
            **ROW,
            "status": "On Hold",
            "language": "DE",
            "street": " Am Markt 1 ",
            "postal_code": "01067",
            "town": "Dresden",
            "country": "de",
            "groups": " a | b|a||",
            "contact": "Alice",
            "email": "alice@acme.example",
        }
    )

    assert problems == ()
    assert kept is not None
    assert (kept.status, kept.language) == (CustomerStatus.ON_HOLD, Language.DE)
    assert (kept.street, kept.postal_code, kept.country) == ("Am Markt 1", "01067", "DE")
    assert kept.groups == ("a", "b")
    assert [str(contact.email) for contact in kept.contacts] == ["alice@acme.example"]


CLOSED = Customer(
    id=CustomerId("c"),
    realm=RealmId("north"),
    erp_id=ErpCustomerId("E1"),
    number=CustomerNumber("1001"),
    name="Acme",
    status=CustomerStatus.CLOSED,
    language=Language.SV,
    street="Am Markt 1",
    contacts=(Contact(name="Alice"),),
    groups=(CustomerGroupId("g"),),
)


def test_what_a_row_leaves_out_stays_as_it_is_known() -> None:
    """A closed customer is not opened by an export without a status."""
    kept, problems = read(dict(ROW))

    assert problems == ()
    assert kept is not None
    known = kept.applied(CLOSED, {})
    assert known == attrs.evolve(CLOSED, number=known.number, name=known.name)


def test_what_a_row_empties_is_emptied_but_never_the_status() -> None:
    """An empty cell says that there is nothing; a customer has a status always."""
    emptied = dict.fromkeys(("status", "language", "street", "email", "groups"), "")
    kept, problems = read({**ROW, **emptied})

    assert problems == ()
    assert kept is not None
    known = kept.applied(CLOSED, {})
    assert (known.language, known.street, known.contacts, known.groups) == (None, "", (), ())
    assert known.status is CustomerStatus.CLOSED


def test_all_problems_of_a_row_come_at_once() -> None:
    """Nobody imports ten times to hear ten things."""
    broken: dict[str, object] = {
        "erp_id": " ",
        "number": "x" * 201,
        "name": "Evil\r\nBcc: x",
        "country": "Germany",
        "status": "sleeping",
        "language": "tlh",
        "groups": [1],
        "colour": "red",
        "email": "no address",
    }

    assert fields_of(broken) == [
        "erp_id",
        "number",
        "name",
        "country",
        "status",
        "language",
        "groups",
        "colour",
        "contacts[0].email",
    ]
    assert read(broken)[0] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"erp_id": None}, "erp_id"),
        ({"number": True}, "number"),
        ({"number": 1.5}, "number"),
        ({"name": ["Acme"]}, "name"),
        ({"town": "a\N{RIGHT-TO-LEFT OVERRIDE}b"}, "town"),
        ({"country": "D3"}, "country"),
        ({"country": "ÄÖ"}, "country"),
        ({"groups": {"a": 1}}, "groups"),
        ({"password": "x"}, "password"),
        ({"role": "administrator"}, "role"),
        ({"version": "7"}, "version"),
    ],
)
def test_a_row_that_can_not_be_kept_is_refused(change: dict[str, object], field: str) -> None:
    """Each with its own field; a field there is not can't slip in (case 10)."""
    kept, problems = read({**ROW, **change})

    assert kept is None
    assert [problem.field for problem in problems] == [field]


@pytest.mark.parametrize(
    ("contacts", "field"),
    [
        ([{"name": "Jörg", "email": "jörg@acme.example"}], "contacts[0].email"),
        ([{"name": "A"}, {"name": "B", "email": "b@b@b"}], "contacts[1].email"),
        ([{"name": "a\0b", "email": "a@b.example"}], "contacts[0].name"),
        ("alice@acme.example", "contacts"),
        ([7], "contacts"),
    ],
)
def test_a_contact_in_error_keeps_the_customer(contacts: object, field: str) -> None:
    """Reported, and the customer is kept; the unusable part is not."""
    kept, problems = read({**ROW, "contacts": contacts})

    assert kept is not None
    assert [problem.field for problem in problems] == [field]
    assert all(contact.email is None or contact.email.key.isascii() for contact in kept.contacts)


@given(
    st.dictionaries(
        st.sampled_from(["erp_id", "number", "name", "status", "groups", "contacts", "email", "x"]),
        st.one_of(
            st.none(),
            st.text(max_size=8),
            st.integers(),
            st.booleans(),
            st.floats(),
            st.lists(st.one_of(st.text(max_size=4), st.integers()), max_size=3),
            st.lists(
                st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2), max_size=2
            ),
        ),
    )
)
def test_no_row_crashes_the_reader(row: dict[str, object]) -> None:
    """Whatever an export holds: kept, or refused with a reason."""
    kept, problems = read(row)

    assert kept is not None or problems
