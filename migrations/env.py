"""How Alembic renders our migrations: into SQL, which storage runs over its own driver."""

from alembic import context

context.configure(
    dialect_name="postgresql",
    as_sql=True,
    output_buffer=context.config.output_buffer,
    # Storage runs the whole script in one transaction of its own.
    transactional_ddl=False,
)
context.run_migrations()
