"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
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
AMOUNT = sa.String().with_variant(
    mysql.VARCHAR(255, charset="ascii", collation="ascii_bin"), *IN_MARIADB
)
MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), *IN_MARIADB)


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "custaccount_audit",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("event", SHORT, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("by", SHORT, nullable=True),
        sa.Column("customer", SHORT, nullable=True),
        sa.Column("portal", SHORT, nullable=True),
        sa.Column("facts", BODY, nullable=False),
        sa.Column("changes", BODY, nullable=False),
        sa.Column("named", BODY, nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_audit")),
    )
    op.create_index(
        op.f("ix_custaccount_audit_realm_at_id"), "custaccount_audit", ["realm", "at", "id"]
    )
    op.create_index(
        op.f("ix_custaccount_audit_realm_by_at_id"),
        "custaccount_audit",
        ["realm", "by", "at", "id"],
    )
    op.create_table(
        "custaccount_customer_groups",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", SHORT, nullable=False),
        sa.Column("name", PROSE, nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_customer_groups")),
        sa.UniqueConstraint("realm", "key", name=op.f("uq_custaccount_customer_groups_realm_key")),
    )
    op.create_table(
        "custaccount_customers",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("number", SHORT, nullable=False),
        sa.Column("erp_id", SHORT, nullable=True),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("language", WORD, nullable=True),
        sa.Column("street", PROSE, nullable=False),
        sa.Column("postal_code", SHORT, nullable=False),
        sa.Column("town", PROSE, nullable=False),
        sa.Column("country", SHORT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_customers")),
        sa.UniqueConstraint("realm", "erp_id", name=op.f("uq_custaccount_customers_realm_erp_id")),
        sa.UniqueConstraint("realm", "number", name=op.f("uq_custaccount_customers_realm_number")),
    )
    op.create_table(
        "custaccount_memberships",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("user", SHORT, nullable=False),
        sa.Column("customer", SHORT, nullable=False),
        sa.Column("roles", SHORT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_memberships")),
        sa.UniqueConstraint(
            "realm", "customer", "user", name=op.f("uq_custaccount_memberships_realm_customer_user")
        ),
    )
    op.create_index(
        op.f("ix_custaccount_memberships_realm_user"), "custaccount_memberships", ["realm", "user"]
    )
    op.create_table(
        "custaccount_orders",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("customer", SHORT, nullable=False),
        sa.Column("number", SHORT, nullable=False),
        sa.Column("customer_number", SHORT, nullable=True),
        sa.Column("placed", MOMENT, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("total", AMOUNT, nullable=True),
        sa.Column("currency", SHORT, nullable=True),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_orders")),
        sa.UniqueConstraint("realm", "number", name=op.f("uq_custaccount_orders_realm_number")),
    )
    op.create_index(
        op.f("ix_custaccount_orders_realm_customer_placed_number"),
        "custaccount_orders",
        ["realm", "customer", "placed", "number"],
    )
    op.create_table(
        "custaccount_outbox",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("event", SHORT, nullable=False),
        sa.Column("body", BODY, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("had", BODY, nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_outbox")),
    )
    op.create_index(
        op.f("ix_custaccount_outbox_realm_state_at_id"),
        "custaccount_outbox",
        ["realm", "state", "at", "id"],
    )
    op.create_index(
        op.f("ix_custaccount_outbox_state_due_realm"),
        "custaccount_outbox",
        ["state", "due", "realm"],
    )
    op.create_table(
        "custaccount_portals",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", SHORT, nullable=False),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("languages", SHORT, nullable=False),
        sa.Column("currency", SHORT, nullable=False),
        sa.Column("time_zone", SHORT, nullable=False),
        sa.Column("path", SHORT, nullable=True),
        sa.Column("number", SHORT, nullable=True),
        sa.Column("host", SHORT, nullable=True),
        sa.Column("policies", BODY, nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_portals")),
        sa.UniqueConstraint("realm", "key", name=op.f("uq_custaccount_portals_realm_key")),
    )
    op.create_table(
        "custaccount_price_lists",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("key", SHORT, nullable=False),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_price_lists")),
        sa.UniqueConstraint("realm", "key", name=op.f("uq_custaccount_price_lists_realm_key")),
    )
    op.create_table(
        "custaccount_realms",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", name=op.f("pk_custaccount_realms")),
    )
    op.create_table(
        "custaccount_sessions",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("digest", KEY, nullable=False),
        sa.Column("portal", SHORT, nullable=False),
        sa.Column("user", SHORT, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("begun", MOMENT, nullable=False),
        sa.Column("used", MOMENT, nullable=False),
        sa.Column("language", WORD, nullable=False),
        sa.PrimaryKeyConstraint("realm", "digest", name=op.f("pk_custaccount_sessions")),
    )
    op.create_index(
        op.f("ix_custaccount_sessions_realm_begun"), "custaccount_sessions", ["realm", "begun"]
    )
    op.create_table(
        "custaccount_tickets",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("purpose", WORD, nullable=False),
        sa.Column("subject", SHORT, nullable=False),
        sa.Column("portal", SHORT, nullable=False),
        sa.Column("email", SHORT, nullable=True),
        sa.Column("email_key", SHORT, nullable=True),
        sa.Column("language", WORD, nullable=False),
        sa.Column("key", SHORT, nullable=False),
        sa.Column("issued", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_tickets")),
    )
    op.create_index(
        op.f("ix_custaccount_tickets_realm_expires"), "custaccount_tickets", ["realm", "expires"]
    )
    op.create_index(
        op.f("ix_custaccount_tickets_realm_subject_purpose"),
        "custaccount_tickets",
        ["realm", "subject", "purpose"],
    )
    op.create_table(
        "custaccount_users",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("email", SHORT, nullable=False),
        sa.Column("email_key", SHORT, nullable=False),
        sa.Column("email_proven", MOMENT, nullable=True),
        sa.Column("password", PROSE, nullable=True),
        sa.Column("state", WORD, nullable=False),
        sa.Column("language", WORD, nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("signed_in", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("realm", "id", name=op.f("pk_custaccount_users")),
        sa.UniqueConstraint(
            "realm", "email_key", name=op.f("uq_custaccount_users_realm_email_key")
        ),
    )
    op.create_table(
        "custaccount_attachments",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("target", KEY, nullable=False),
        sa.Column("list", KEY, nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["realm", "list"],
            ["custaccount_price_lists.realm", "custaccount_price_lists.id"],
            name=op.f("fk_custaccount_attachments_custaccount_price_lists"),
        ),
        sa.PrimaryKeyConstraint(
            "realm", "level", "target", "list", name=op.f("pk_custaccount_attachments")
        ),
    )
    op.create_table(
        "custaccount_contacts",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", PROSE, nullable=False),
        sa.Column("email", SHORT, nullable=True),
        sa.Column("email_key", SHORT, nullable=True),
        sa.ForeignKeyConstraint(
            ["realm", "customer"],
            ["custaccount_customers.realm", "custaccount_customers.id"],
            name=op.f("fk_custaccount_contacts_custaccount_customers"),
        ),
        sa.PrimaryKeyConstraint(
            "realm", "customer", "position", name=op.f("pk_custaccount_contacts")
        ),
    )
    op.create_index(
        op.f("ix_custaccount_contacts_realm_email_key"),
        "custaccount_contacts",
        ["realm", "email_key"],
    )
    op.create_table(
        "custaccount_delivered_lines",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("order", KEY, nullable=False),
        sa.Column("note", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("order_line", SHORT, nullable=False),
        sa.Column("quantity", AMOUNT, nullable=False),
        sa.ForeignKeyConstraint(
            ["realm", "order"],
            ["custaccount_orders.realm", "custaccount_orders.id"],
            name=op.f("fk_custaccount_delivered_lines_custaccount_orders"),
        ),
        sa.PrimaryKeyConstraint(
            "realm", "order", "note", "position", name=op.f("pk_custaccount_delivered_lines")
        ),
    )
    op.create_table(
        "custaccount_delivery_notes",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("order", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", SHORT, nullable=False),
        sa.Column("number", SHORT, nullable=False),
        sa.Column("sent", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["realm", "order"],
            ["custaccount_orders.realm", "custaccount_orders.id"],
            name=op.f("fk_custaccount_delivery_notes_custaccount_orders"),
        ),
        sa.PrimaryKeyConstraint(
            "realm", "order", "position", name=op.f("pk_custaccount_delivery_notes")
        ),
    )
    op.create_table(
        "custaccount_grouped_customers",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("group", SHORT, nullable=False),
        sa.ForeignKeyConstraint(
            ["realm", "customer"],
            ["custaccount_customers.realm", "custaccount_customers.id"],
            name=op.f("fk_custaccount_grouped_customers_custaccount_customers"),
        ),
        sa.PrimaryKeyConstraint(
            "realm", "customer", "position", name=op.f("pk_custaccount_grouped_customers")
        ),
    )
    op.create_table(
        "custaccount_invoices",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("order", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", SHORT, nullable=False),
        sa.Column("number", SHORT, nullable=False),
        sa.Column("issued", MOMENT, nullable=False),
        sa.Column("net", AMOUNT, nullable=False),
        sa.Column("net_currency", SHORT, nullable=False),
        sa.Column("tax", AMOUNT, nullable=False),
        sa.Column("tax_currency", SHORT, nullable=False),
        sa.Column("gross", AMOUNT, nullable=False),
        sa.Column("gross_currency", SHORT, nullable=False),
        sa.ForeignKeyConstraint(
            ["realm", "order"],
            ["custaccount_orders.realm", "custaccount_orders.id"],
            name=op.f("fk_custaccount_invoices_custaccount_orders"),
        ),
        sa.PrimaryKeyConstraint("realm", "order", "position", name=op.f("pk_custaccount_invoices")),
    )
    op.create_table(
        "custaccount_order_lines",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("order", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("id", SHORT, nullable=False),
        sa.Column("article", SHORT, nullable=False),
        sa.Column("text", PROSE, nullable=False),
        sa.Column("quantity", AMOUNT, nullable=False),
        sa.Column("unit", SHORT, nullable=False),
        sa.Column("price", AMOUNT, nullable=True),
        sa.Column("price_currency", SHORT, nullable=True),
        sa.Column("amount", AMOUNT, nullable=True),
        sa.Column("amount_currency", SHORT, nullable=True),
        sa.ForeignKeyConstraint(
            ["realm", "order"],
            ["custaccount_orders.realm", "custaccount_orders.id"],
            name=op.f("fk_custaccount_order_lines_custaccount_orders"),
        ),
        sa.PrimaryKeyConstraint(
            "realm", "order", "position", name=op.f("pk_custaccount_order_lines")
        ),
    )
    op.create_table(
        "custaccount_order_numbers",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("customer", KEY, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("order", KEY, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.ForeignKeyConstraint(
            ["realm", "order"],
            ["custaccount_orders.realm", "custaccount_orders.id"],
            name=op.f("fk_custaccount_order_numbers_custaccount_orders"),
        ),
        sa.PrimaryKeyConstraint(
            "realm", "customer", "key", "order", name=op.f("pk_custaccount_order_numbers")
        ),
    )
    op.create_index(
        op.f("ix_custaccount_order_numbers_realm_order"),
        "custaccount_order_numbers",
        ["realm", "order"],
    )
    op.create_table(
        "custaccount_portal_addresses",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("portal", KEY, nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("address", SHORT, nullable=False),
        sa.ForeignKeyConstraint(
            ["realm", "portal"],
            ["custaccount_portals.realm", "custaccount_portals.id"],
            name=op.f("fk_custaccount_portal_addresses_custaccount_portals"),
        ),
        sa.PrimaryKeyConstraint(
            "realm", "portal", "kind", name=op.f("pk_custaccount_portal_addresses")
        ),
        sa.UniqueConstraint(
            "kind", "address", name=op.f("uq_custaccount_portal_addresses_kind_address")
        ),
    )
    op.create_table(
        "custaccount_prices",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("list", KEY, nullable=False),
        sa.Column("article", KEY, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unit", SHORT, nullable=False),
        sa.Column("quantity", AMOUNT, nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("currency", SHORT, nullable=False),
        sa.Column("valid_from", MOMENT, nullable=True),
        sa.Column("valid_until", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["realm", "list"],
            ["custaccount_price_lists.realm", "custaccount_price_lists.id"],
            name=op.f("fk_custaccount_prices_custaccount_price_lists"),
        ),
        sa.PrimaryKeyConstraint(
            "realm", "list", "article", "position", name=op.f("pk_custaccount_prices")
        ),
    )
    op.create_table(
        "custaccount_trackings",
        sa.Column("realm", KEY, nullable=False),
        sa.Column("order", KEY, nullable=False),
        sa.Column("note", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("carrier", SHORT, nullable=False),
        sa.Column("reference", PROSE, nullable=False),
        sa.Column("url", PROSE, nullable=True),
        sa.ForeignKeyConstraint(
            ["realm", "order"],
            ["custaccount_orders.realm", "custaccount_orders.id"],
            name=op.f("fk_custaccount_trackings_custaccount_orders"),
        ),
        sa.PrimaryKeyConstraint(
            "realm", "order", "note", "position", name=op.f("pk_custaccount_trackings")
        ),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("custaccount_trackings")
    op.drop_table("custaccount_prices")
    op.drop_table("custaccount_portal_addresses")
    op.drop_table("custaccount_order_numbers")
    op.drop_table("custaccount_order_lines")
    op.drop_table("custaccount_invoices")
    op.drop_table("custaccount_grouped_customers")
    op.drop_table("custaccount_delivery_notes")
    op.drop_table("custaccount_delivered_lines")
    op.drop_table("custaccount_contacts")
    op.drop_table("custaccount_attachments")
    op.drop_table("custaccount_users")
    op.drop_table("custaccount_tickets")
    op.drop_table("custaccount_sessions")
    op.drop_table("custaccount_realms")
    op.drop_table("custaccount_price_lists")
    op.drop_table("custaccount_portals")
    op.drop_table("custaccount_outbox")
    op.drop_table("custaccount_orders")
    op.drop_table("custaccount_memberships")
    op.drop_table("custaccount_customers")
    op.drop_table("custaccount_customer_groups")
    op.drop_table("custaccount_audit")
