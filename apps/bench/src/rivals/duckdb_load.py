# Loads all CSV files of a folder into a table of PostgreSQL with DuckDB.
# Arguments: folder, schema.table, columns, key. The server is the one that libpq's variables name.
import sys

import duckdb
from duckdb_extensions import import_extension

folder, table, columns, key = sys.argv[1:5]
connection = duckdb.connect()
import_extension("postgres_scanner", con=connection)
connection.load_extension("postgres_scanner")
connection.execute("ATTACH '' AS server (TYPE postgres)")
connection.execute(
    f"""INSERT INTO server.{table} ({columns})
        SELECT {columns} FROM (
          SELECT DISTINCT ON ({key}) {columns} FROM read_csv('{folder}/*.csv', header = true, union_by_name = false))"""
)
