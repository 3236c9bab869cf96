"""Many rows in one INSERT or UPDATE, at half the cost of SQLAlchemy's own way.

SQLAlchemy builds a dictionary of parameters and looks at every column again for each row; here the statement and the
conversions of its columns are made once for each kind of database. Errors and events stay SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Table

Convert = Callable[[Any], Any]


class BulkWrite:
    """Writes ``names`` of every row: inserts, or updates the row with the same ``key`` when one is given."""

    def __init__(self, target: Table, names: Sequence[str], key: str | None = None) -> None:
        self.target = target
        self.names = list(names)
        self.key = key
        self._prepared: dict[str, tuple[str, list[tuple[str, Convert | None]]]] = {}

    def run(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write the rows, if there are any."""
        statement, columns = self._of(connection.dialect)
        parameters = [
            tuple([row[name] if convert is None else convert(row[name]) for name, convert in columns]) for row in rows
        ]
        if parameters:
            connection.exec_driver_sql(statement, parameters)

    def run_tuples(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """The same for values in the order of ``names`` that both databases take as they are, such as numbers."""
        if rows:
            connection.exec_driver_sql(self._of(connection.dialect)[0], list(rows))

    def _of(self, dialect: Dialect) -> tuple[str, list[tuple[str, Convert | None]]]:
        if dialect.name not in self._prepared:
            self._prepared[dialect.name] = self._prepare(dialect)
        return self._prepared[dialect.name]

    def _prepare(self, dialect: Dialect) -> tuple[str, list[tuple[str, Convert | None]]]:
        quote = dialect.identifier_preparer.quote
        mark = "?" if dialect.paramstyle == "qmark" else "%s"
        table, columns = quote(self.target.name), [quote(name) for name in self.names]
        names = list(self.names)
        if self.key is None:
            marks = ", ".join([mark] * len(columns))
            statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - own names only
        else:
            changes = ", ".join(f"{column} = {mark}" for column in columns)
            statement = f"UPDATE {table} SET {changes} WHERE {quote(self.key)} = {mark}"  # noqa: S608 - own names only
            names.append(self.key)
        types = [self.target.c[name].type.dialect_impl(dialect) for name in names]
        converts = [found.bind_processor(dialect) for found in types]
        return statement, list(zip(names, converts, strict=True))
