"""Accounts: how one is made, who signs in and how often, and what belongs to it."""

import itertools
import unicodedata
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

IN_MARIADB = ("mariadb", "mysql")
EXACT = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}


def _exact(on_mariadb: sa.types.TypeEngine[str]) -> sa.types.TypeEngine[str]:
    in_c = sa.String(collation="C")
    return sa.String().with_variant(in_c, "postgresql").with_variant(on_mariadb, *IN_MARIADB)


KEY = _exact(mysql.VARCHAR(191, **EXACT))
SHORT = _exact(mysql.VARCHAR(255, **EXACT))
WORD = _exact(mysql.VARCHAR(32, **EXACT))
PROSE = _exact(mysql.LONGTEXT(**EXACT))
BODY = sa.Text().with_variant(mysql.LONGTEXT(**EXACT), *IN_MARIADB)
MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), *IN_MARIADB)


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "custaccount_number_ranges",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("prefix", SHORT, nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("warn_at", sa.BigInteger(), nullable=False),
        sa.Column("gapless", sa.Boolean(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "key", name=op.f("pk_custaccount_number_ranges")),
        sa.UniqueConstraint(
            "realm", "edition", name=op.f("uq_custaccount_number_ranges_realm_edition")
        ),
    )
    op.create_table(
        "custaccount_limit_uses",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("uses", BODY, nullable=False),
        sa.Column("over", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("realm", "name", "key", name=op.f("pk_custaccount_limit_uses")),
    )
    op.create_index(
        op.f("ix_custaccount_limit_uses_realm_over"), "custaccount_limit_uses", ["realm", "over"]
    )
    op.create_table(
        "custaccount_staff",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("email", SHORT, nullable=False),
        sa.Column("email_key", SHORT, nullable=False),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("password", PROSE, nullable=True),
        sa.Column("initial_until", MOMENT, nullable=True),
        sa.Column("state", WORD, nullable=False),
        sa.Column("grants", BODY, nullable=False),
        sa.Column("language", WORD, nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("signed_in", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_staff")),
        sa.UniqueConstraint(
            "realm", "email_key", name=op.f("uq_custaccount_staff_realm_email_key")
        ),
    )
    op.create_table(
        "custaccount_staff_sessions",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("staff", SHORT, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("begun", MOMENT, nullable=False),
        sa.Column("used", MOMENT, nullable=False),
        sa.Column("language", WORD, nullable=False),
        sa.PrimaryKeyConstraint("realm", "digest", name=op.f("pk_custaccount_staff_sessions")),
    )
    op.create_index(
        op.f("ix_custaccount_staff_sessions_realm_begun"),
        "custaccount_staff_sessions",
        ["realm", "begun"],
    )
    op.create_table(
        "custaccount_addresses",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("addition", PROSE, nullable=False),
        sa.Column("street", PROSE, nullable=False),
        sa.Column("postal_code", SHORT, nullable=False),
        sa.Column("town", PROSE, nullable=False),
        sa.Column("country", SHORT, nullable=False),
        sa.Column("phone", SHORT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "customer", "id", name=op.f("pk_custaccount_addresses")),
    )
    op.create_table(
        "custaccount_invitations",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("portal", SHORT, nullable=False),
        sa.Column("customer", SHORT, nullable=False),
        sa.Column("email", SHORT, nullable=False),
        sa.Column("email_key", SHORT, nullable=False),
        sa.Column("open_key", SHORT, nullable=True),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("roles", SHORT, nullable=False),
        sa.Column("invited_by", SHORT, nullable=False),
        sa.Column("issued", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_invitations")),
        sa.UniqueConstraint(
            "realm",
            "customer",
            "open_key",
            name=op.f("uq_custaccount_invitations_realm_customer_open_key"),
        ),
    )
    op.create_table(
        "custaccount_registrations",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("portal", SHORT, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("email", SHORT, nullable=False),
        sa.Column("email_key", SHORT, nullable=False),
        sa.Column("answers", BODY, nullable=False),
        sa.Column("language", WORD, nullable=False),
        sa.Column("draft", PROSE, nullable=True),
        sa.Column("state", WORD, nullable=False),
        sa.Column("asked", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("proven", MOMENT, nullable=True),
        sa.Column("user", SHORT, nullable=True),
        sa.Column("candidates", BODY, nullable=False),
        sa.Column("decided_by", SHORT, nullable=True),
        sa.Column("reason", PROSE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_registrations")),
        sa.UniqueConstraint(
            "realm", "email_key", name=op.f("uq_custaccount_registrations_realm_email_key")
        ),
    )
    op.create_index(
        op.f("ix_custaccount_registrations_realm_state_asked_id"),
        "custaccount_registrations",
        ["realm", "state", "asked", "id"],
    )
    op.create_index(
        op.f("ix_custaccount_registrations_realm_expires"),
        "custaccount_registrations",
        ["realm", "expires"],
    )
    op.create_table(
        "custaccount_drafts",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("customer", SHORT, nullable=False),
        sa.Column("user", SHORT, nullable=False),
        sa.Column("text", PROSE, nullable=False),
        sa.Column("kept", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_drafts")),
    )
    op.create_index(
        op.f("ix_custaccount_drafts_realm_customer_user"),
        "custaccount_drafts",
        ["realm", "customer", "user"],
    )
    op.create_index(
        op.f("ix_custaccount_drafts_realm_kept"), "custaccount_drafts", ["realm", "kept"]
    )
    _widen_customers()
    _widen_users()
    _widen_sessions()
    _widen_memberships()


OF_CUSTOMERS = (
    ("kind", WORD, "company"),
    ("phone", SHORT, ""),
    ("email", SHORT, None),
    ("email_key", SHORT, None),
    ("vat_id", SHORT, ""),
    ("details", BODY, "{}"),
    ("billing", SHORT, None),
    ("delivery", SHORT, None),
    ("search", PROSE, ""),
)
"""The new columns, and what is there so far; those with nothing may be empty."""


def _schema() -> str | None:
    """Name the schema for what changes a table: it is put into other statements by itself."""
    return op.get_context().version_table_schema


def _widen_customers() -> None:
    for name, kind, default in OF_CUSTOMERS:
        column = sa.Column(name, kind, nullable=default is None, server_default=default)
        op.add_column("custaccount_customers", column, schema=_schema())
    _fill_search()
    if op.get_bind().dialect.name == "sqlite":
        return  # it would make the table anew, and other tables hold on to it: the defaults stay
    for name, kind, default in OF_CUSTOMERS:
        if default is not None:
            op.alter_column(
                "custaccount_customers",
                name,
                server_default=None,
                existing_type=kind,
                existing_nullable=False,
                existing_server_default=default,
                schema=_schema(),
            )


AT_ONCE = 1000


def _fill_search() -> None:
    """Write what customers are searched by, some at a time."""
    customers = _table("customers", "realm", "id", "number", "name", "town", "search")
    contacts = _table("contacts", "realm", "customer", "position", "email")
    fill = (
        customers.update()
        .where(customers.c.realm == sa.bindparam("of"), customers.c.id == sa.bindparam("this"))
        .values(search=sa.bindparam("folded"))
    )
    some = sa.select(customers).order_by(customers.c.realm, customers.c.id).limit(AT_ONCE)
    bind, page = op.get_bind(), some
    while True:
        part = page.subquery()
        theirs = (contacts.c.realm == part.c.realm) & (contacts.c.customer == part.c.id)
        rows = bind.execute(
            sa.select(part, contacts.c.email)
            .select_from(part.outerjoin(contacts, theirs))
            .order_by(part.c.realm, part.c.id, contacts.c.position)
        ).all()
        if not rows:
            return
        each = itertools.groupby(rows, lambda row: (row.realm, row.id))
        filled = [{"of": of, "this": this, "folded": _search(many)} for (of, this), many in each]
        bind.execute(fill, filled)
        of, this = filled[-1]["of"], filled[-1]["this"]
        later = (customers.c.realm == of) & (customers.c.id > this)
        page = some.where(sa.or_(customers.c.realm > of, later))


def _search(rows: Iterable[sa.Row[Any]]) -> str:
    """Fold what a customer is found by; as it is done when one is kept, at the time of writing."""
    first, *more = rows
    emails = (row.email for row in (first, *more))
    text = " ".join(one for one in (first.number, first.name, first.town, *emails) if one)
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _widen_users() -> None:
    op.add_column("custaccount_users", sa.Column("name", PROSE), schema=_schema())
    op.add_column("custaccount_users", sa.Column("phone", SHORT), schema=_schema())
    op.add_column("custaccount_users", sa.Column("initial_until", MOMENT), schema=_schema())
    op.add_column("custaccount_users", sa.Column("theme", WORD), schema=_schema())
    users = _table("users", "name", "phone", "theme")
    op.execute(users.update().values(name="", phone="", theme="auto"))
    with op.batch_alter_table("custaccount_users", schema=_schema()) as batch:
        batch.alter_column("email", nullable=True, existing_type=SHORT)
        batch.alter_column("email_key", nullable=True, existing_type=SHORT)
        batch.alter_column("name", nullable=False, existing_type=PROSE)
        batch.alter_column("phone", nullable=False, existing_type=SHORT)
        batch.alter_column("theme", nullable=False, existing_type=WORD)


def _widen_sessions() -> None:
    op.add_column("custaccount_sessions", sa.Column("id", SHORT), schema=_schema())
    op.add_column("custaccount_sessions", sa.Column("authenticated", MOMENT), schema=_schema())
    op.add_column("custaccount_sessions", sa.Column("browser", PROSE), schema=_schema())
    sessions = _table("sessions", "id", "digest", "begun", "authenticated", "browser")
    op.execute(
        sessions.update().values(
            id=sa.func.substr(sessions.c.digest, 1, 32),  # names it, and is not what finds it
            authenticated=sessions.c.begun,
            browser="",
        )
    )
    with op.batch_alter_table("custaccount_sessions", schema=_schema()) as batch:
        batch.alter_column("id", nullable=False, existing_type=SHORT)
        batch.alter_column("authenticated", nullable=False, existing_type=MOMENT)
        batch.alter_column("browser", nullable=False, existing_type=PROSE)
    op.create_index(
        op.f("ix_custaccount_sessions_realm_user"), "custaccount_sessions", ["realm", "user"]
    )


def _widen_memberships() -> None:
    op.add_column("custaccount_memberships", sa.Column("user_code", SHORT), schema=_schema())
    op.add_column("custaccount_memberships", sa.Column("reason", PROSE), schema=_schema())
    _give_codes()
    with op.batch_alter_table("custaccount_memberships", schema=_schema()) as batch:
        batch.alter_column("reason", nullable=False, existing_type=PROSE)
        batch.create_unique_constraint(
            op.f("uq_custaccount_memberships_realm_customer_user_code"),
            ["realm", "customer", "user_code"],
        )


def _give_codes() -> None:
    """Give each customer's first member an empty code, the others 2, then 3."""
    memberships = _table("memberships", "realm", "id", "customer", "state", "user_code", "reason")
    there = memberships.c.state != "removed"
    op.execute(memberships.update().values(reason=""))
    op.execute(memberships.update().where(there).values(user_code=""))
    place = sa.func.row_number().over(
        partition_by=(memberships.c.realm, memberships.c.customer), order_by=memberships.c.id
    )
    places = (
        sa.select(memberships.c.realm, memberships.c.id, place.label("place"))
        .where(there)
        .subquery()
    )
    bind = op.get_bind()
    more = bind.execute(sa.select(places).where(places.c.place > 1)).all()
    number = (
        memberships.update()
        .where(memberships.c.realm == sa.bindparam("of"), memberships.c.id == sa.bindparam("this"))
        .values(user_code=sa.bindparam("code"))
    )
    if more:
        bind.execute(
            number, [{"of": of, "this": this, "code": str(place)} for of, this, place in more]
        )


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(f"custaccount_{name}", *map(sa.column, columns))


def downgrade() -> None:
    """Go back; first of all, and only if every user has an address: there was no other way in."""
    with op.batch_alter_table("custaccount_users", schema=_schema()) as batch:
        batch.alter_column("email", nullable=False, existing_type=SHORT)
        batch.alter_column("email_key", nullable=False, existing_type=SHORT)
        for name in ("theme", "initial_until", "phone", "name"):
            batch.drop_column(name)
    with op.batch_alter_table("custaccount_memberships", schema=_schema()) as batch:
        batch.drop_constraint(
            op.f("uq_custaccount_memberships_realm_customer_user_code"), type_="unique"
        )
        batch.drop_column("reason")
        batch.drop_column("user_code")
    op.drop_index(op.f("ix_custaccount_sessions_realm_user"), "custaccount_sessions")
    with op.batch_alter_table("custaccount_sessions", schema=_schema()) as batch:
        for name in ("browser", "authenticated", "id"):
            batch.drop_column(name)
    for name, _kind, _default in reversed(OF_CUSTOMERS):
        op.drop_column("custaccount_customers", name, schema=_schema())
    op.drop_table("custaccount_drafts")
    op.drop_table("custaccount_registrations")
    op.drop_table("custaccount_invitations")
    op.drop_table("custaccount_addresses")
    op.drop_table("custaccount_staff_sessions")
    op.drop_table("custaccount_staff")
    op.drop_table("custaccount_limit_uses")
    op.drop_table("custaccount_number_ranges")
