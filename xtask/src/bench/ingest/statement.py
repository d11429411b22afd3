"""Runs one statement in DuckDB; prints the seconds that it took, then its rows.

    python3 statement.py SQL
"""
import sys
import time

import duckdb

connection = duckdb.connect()
started = time.perf_counter()
rows = connection.execute(sys.argv[1]).fetchall()
print(time.perf_counter() - started)
for row in rows:
    print(*row, sep="\t")
