"""Rows of a register export: every separator, every problem, at once."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custaccount import Language
from custaccount.customers import CustomerStatus
from custaccount.customers.rows import FileUnreadable, read, read_csv, read_json

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


def test_short_lines_leave_fields_out() -> None:
    """What is missing at the end is not there."""
    assert list(read_csv(io.StringIO("erp_id,number,name\nE1,1\n"))) == [
        {"erp_id": "E1", "number": "1"}
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no column erp_id"),
        ("number,name\n1,x\n", "no column erp_id"),
        ("erp_id,name\nE1,x,y\n", "line 2 has too many cells"),
        ('erp_id,name\nE1,"x\n', "line"),
    ],
)
def test_csv_that_is_none_says_where(text: str, why: str) -> None:
    """A typed error with the line."""
    with pytest.raises(FileUnreadable, match=why):
        list(read_csv(io.StringIO(text)))


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


def test_what_is_left_out_has_its_default() -> None:
    """Active, without language, contacts or groups."""
    kept, problems = read(dict(ROW))

    assert problems == ()
    assert kept is not None
    assert (kept.status, kept.language) == (CustomerStatus.ACTIVE, None)
    assert (kept.contacts, kept.groups) == ((), ())


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
