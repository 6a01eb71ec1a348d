"""Run migrations on the connection the host gives in ``config.attributes["connection"]``."""

from alembic import context

from custaccount.adapters.sqlalchemy.migrating import VERSION_TABLE
from custaccount.adapters.sqlalchemy.tables import metadata

config = context.config
schema = config.attributes.get("schema")
connection = config.attributes["connection"]
if schema:
    connection = connection.execution_options(schema_translate_map={None: schema})

context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    version_table_schema=schema,
    render_as_batch=connection.dialect.name == "sqlite",
    include_name=lambda name, kind, _parents: kind != "table" or name in metadata.tables,
)
with context.begin_transaction():
    context.run_migrations()
if schema:
    connection.execution_options(schema_translate_map=None)
