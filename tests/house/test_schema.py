"""The migrations make what the models say: the same tables, columns, keys and indexes."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.stage import Stage
from wdj.core.db import Model, db
from wdj.core.search import in_models


def test_migrations_make_the_same_schema_as_the_models(stage: Stage) -> None:
    with stage.app.app_context():
        context = MigrationContext.configure(
            db.session.connection(), opts={"compare_type": True, "include_name": in_models}
        )
        differences = compare_metadata(context, Model.metadata)
    assert not differences, (
        f"{differences}: write a migration (flask --app wsgi db revision), and read it before it runs"
    )


def test_every_column_that_points_somewhere_is_held_by_a_foreign_key(stage: Stage) -> None:
    """A name that ends in _id is a number of another row; the exceptions are keyed hashes of devices."""
    loose = [
        f"{table.name}.{column.name}"
        for table in Model.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_id") and not column.foreign_keys and column.name != "device_id"
    ]
    assert not loose, f"{loose}: use references(…), so that no row points at nothing"


def test_every_foreign_key_into_what_grows_has_an_index(stage: Stage) -> None:
    """Without one, deleting a single item reads the whole table below it."""
    bare = []
    for table in Model.metadata.tables.values():
        firsts = {next(iter(index.columns)).name for index in table.indexes}
        firsts |= {next(iter(table.primary_key.columns)).name}
        for column in table.columns:
            targets = {key.column.table.name for key in column.foreign_keys}
            if "items" in targets and column.name not in firsts:
                bare.append(f"{table.name}.{column.name}")
    assert not bare, f"{bare}: give the column an index"
