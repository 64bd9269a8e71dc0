"""Runs the migrations, all in one transaction each way.

Batch operations rebuild tables (DROP TABLE), and with foreign_keys=ON that cascades into every child row without a
word. So foreign keys are off while a migration runs, and everything is checked before it is committed.
"""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from wdj.core.db import Model, db
from wdj.core.search import in_models


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        transactional_ddl=True,
        compare_type=True,
        include_name=in_models,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"the migration would leave rows without their parent: {broken[:5]}")


def main() -> None:
    engine = db.engine
    if engine.dialect.name != "sqlite":
        with engine.connect() as connection:
            run(connection)
        return
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None  # noqa: S101
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            run(connection)
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


with current_app.app_context():
    main()
