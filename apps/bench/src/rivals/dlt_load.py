# Loads all CSV files of a folder into PostgreSQL with dlt, as a table that it makes and merges by the key.
# Arguments: folder, schema.table, columns, key. The server is the one that libpq's variables name.
import os
import pathlib
import sys
import tempfile

import dlt
from pyarrow import csv

folder, table, columns, key = sys.argv[1:5]
schema, name = table.split(".")


@dlt.resource(name=name, write_disposition="merge", primary_key=key.split(","))
def files():
    for path in sorted(pathlib.Path(folder).glob("*.csv")):
        yield csv.read_csv(path)


os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
server = "postgresql://{PGUSER}:{PGPASSWORD}@{PGHOST}:{PGPORT}/{PGDATABASE}".format(**os.environ)
with tempfile.TemporaryDirectory() as work:
    dlt.pipeline(
        pipeline_name="bench",
        pipelines_dir=work,
        destination=dlt.destinations.postgres(server),
        dataset_name=schema,
    ).run(files(), loader_file_format="csv")
