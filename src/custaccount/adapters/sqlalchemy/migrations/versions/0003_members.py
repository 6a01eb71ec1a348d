"""Members: roles a company makes, functions that are switched, who placed an order."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

IN_MARIADB = ("mariadb", "mysql")
EXACT = {"charset": "utf8mb4", "collation": "utf8mb4_nopad_bin"}


def _exact(on_mariadb: sa.types.TypeEngine[str]) -> sa.types.TypeEngine[str]:
    in_c = sa.String(collation="C")
    return sa.String().with_variant(in_c, "postgresql").with_variant(on_mariadb, *IN_MARIADB)


KEY = _exact(mysql.VARCHAR(191, **EXACT))
SHORT = _exact(mysql.VARCHAR(255, **EXACT))
PROSE = _exact(mysql.LONGTEXT(**EXACT))
BODY = sa.Text().with_variant(mysql.LONGTEXT(**EXACT), *IN_MARIADB)
MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), *IN_MARIADB)

INDICES = {
    "registrations": ("realm", "company", "asked", "id"),
    "orders": ("realm", "author", "placed", "number"),
    "audit": ("realm", "about_customer", "at", "id"),
}
GIVEN_ROLES = ("memberships", "invitations")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "custaccount_role_books",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("roles", BODY, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "customer", name=op.f("pk_custaccount_role_books")),
    )
    _change_roles(SHORT, PROSE)
    _add("memberships", "acted", MOMENT)
    _add("registrations", "company", SHORT)
    _add("orders", "author", SHORT)
    _add("orders", "author_name", PROSE)
    _add("orders", "author_email", PROSE)
    _add("audit", "about_customer", SHORT)
    _tell_customers()
    for table, columns in INDICES.items():
        op.create_index(_index(table, columns), f"custaccount_{table}", columns)
    _switch_nothing("customers")
    _switch_nothing("customer_groups")
    _add_filled("customer_groups", "version", sa.Integer(), 1)
    _add_filled("invitations", "by_staff", sa.Boolean(), True)  # noqa: FBT003 - a column's value


def _index(table: str, columns: Sequence[str]) -> str:
    return op.f(f"ix_custaccount_{table}_{'_'.join(columns)}")


def _schema() -> str | None:
    """Name the schema for what changes a table: it is put into other statements by itself."""
    return op.get_context().version_table_schema


def _add(table: str, name: str, kind: sa.types.TypeEngine[Any]) -> None:
    op.add_column(f"custaccount_{table}", sa.Column(name, kind), schema=_schema())


def _add_filled(table: str, name: str, kind: sa.types.TypeEngine[Any], filler: object) -> None:
    """Add a column that is never empty, the same in every row that is there."""
    _add(table, name, kind)
    rows = sa.table(f"custaccount_{table}", sa.column(name, kind))
    op.execute(rows.update().values({name: filler}))
    with op.batch_alter_table(f"custaccount_{table}", schema=_schema()) as batch:
        batch.alter_column(name, nullable=False, existing_type=kind)


def _switch_nothing(table: str) -> None:
    column = sa.Column("features", BODY, nullable=False, server_default="{}")
    op.add_column(f"custaccount_{table}", column, schema=_schema())
    if op.get_bind().dialect.name == "sqlite":
        return  # it would make the table anew, and other tables hold on to it: the default stays
    op.alter_column(
        f"custaccount_{table}",
        "features",
        server_default=None,
        existing_type=BODY,
        existing_nullable=False,
        existing_server_default="{}",
        schema=_schema(),
    )


def _change_roles(was: sa.types.TypeEngine[str], now: sa.types.TypeEngine[str]) -> None:
    """Give the roles more room, or less, where text has a length."""
    if op.get_bind().dialect.name not in IN_MARIADB:
        return
    for table in GIVEN_ROLES:
        op.alter_column(
            f"custaccount_{table}",
            "roles",
            type_=now,
            existing_type=was,
            existing_nullable=False,
        )


AT_ONCE = 1000


def _tell_customers() -> None:
    """Write of each entry whom it is about: on whose behalf, else whom the event names."""
    audit = _table("audit", "realm", "id", "customer", "facts", "about_customer")
    op.execute(audit.update().values(about_customer=audit.c.customer))

    def named(row: sa.Row[Any]) -> str | None:
        customer: str | None = json.loads(row.facts).get("customer")
        return customer

    silent = audit.c.customer.is_(None) & audit.c.facts.like('%"customer":%')
    _rewrite(audit.c.about_customer, audit, silent, named)


def _rewrite(
    column: sa.ColumnClause[Any],
    table: sa.TableClause,
    some: sa.ColumnElement[bool],
    made: Callable[[sa.Row[Any]], str | None],
) -> None:
    """Make a column of what else is in some rows of a table, so many at once."""
    bind = op.get_bind()
    rewrite = (
        table.update()
        .where(table.c.realm == sa.bindparam("of"), table.c.id == sa.bindparam("this"))
        .values({column: sa.bindparam("made")})
    )
    for rows in _parts(bind, table, some):
        new = [{"of": row.realm, "this": row.id, "made": made(row)} for row in rows]
        bind.execute(rewrite, new)


def _parts(
    bind: sa.Connection, table: sa.TableClause, some: sa.ColumnElement[bool]
) -> Iterator[Sequence[sa.Row[Any]]]:
    page = sa.select(table).where(some).order_by(table.c.realm, table.c.id).limit(AT_ONCE)
    rows = bind.execute(page).all()
    while rows:
        yield rows
        last = rows[-1]
        later = (table.c.realm == last.realm) & (table.c.id > last.id)
        rows = bind.execute(page.where(sa.or_(table.c.realm > last.realm, later))).all()


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(f"custaccount_{name}", *map(sa.column, columns))


def downgrade() -> None:
    """Go back: roles a company made are gone, and what a member offered is withdrawn."""
    _withdraw_members_offers()
    _take_own_roles()
    _change_roles(PROSE, SHORT)
    for table, columns in INDICES.items():
        op.drop_index(_index(table, columns), f"custaccount_{table}")
    with op.batch_alter_table("custaccount_invitations", schema=_schema()) as batch:
        batch.drop_column("by_staff")
    op.drop_column("custaccount_customer_groups", "version", schema=_schema())
    op.drop_column("custaccount_customer_groups", "features", schema=_schema())
    op.drop_column("custaccount_customers", "features", schema=_schema())
    op.drop_column("custaccount_audit", "about_customer", schema=_schema())
    for name in ("author_email", "author_name", "author"):
        op.drop_column("custaccount_orders", name, schema=_schema())
    op.drop_column("custaccount_registrations", "company", schema=_schema())
    op.drop_column("custaccount_memberships", "acted", schema=_schema())
    op.drop_table("custaccount_role_books")


def _withdraw_members_offers() -> None:
    """End them: nobody would look again at what their inviters may grant."""
    staffs = sa.column("by_staff", sa.Boolean())
    invitations = sa.table(
        "custaccount_invitations", staffs, *map(sa.column, ("state", "open_key", "version"))
    )
    op.execute(
        invitations.update()
        .where(invitations.c.state == "open", invitations.c.by_staff == sa.false())
        .values(state="withdrawn", open_key=None, version=invitations.c.version + 1)
    )


SHIPPED = {"administrator", "buyer", "accountant", "viewer"}


def _take_own_roles() -> None:
    """Leave everybody the roles that were there before."""

    def left(row: sa.Row[Any]) -> str:
        return ",".join(one for one in row.roles.split(",") if one in SHIPPED)

    for name in GIVEN_ROLES:
        table = _table(name, "realm", "id", "roles")
        _rewrite(table.c.roles, table, table.c.roles != "", left)
