"""Parquet files written by pyarrow: one value space in every encoding, page version and codec, and odd layouts.

    python3 pyarrow_files.py FOLDER

writes them. Nothing is random: the same pyarrow writes the same bytes.
"""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pyarrow_columns import ROWS, nested_columns, plain_columns

CODECS = ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]


def table_of(columns):
    return pa.table({"id": pa.array(range(ROWS), pa.int64()), **columns})


def encoded(table, encodings):
    """The columns whose type has an entry in `encodings`, and what `column_encoding` wants of them."""
    names = {
        field.name: encoding
        for field in table.schema
        for is_kind, encoding in encodings
        if is_kind(field.type)
    }
    return table.select(list(dict.fromkeys(["id", *names]))), names


def is_text(kind):
    return pa.types.is_string(kind) or pa.types.is_binary(kind)


def is_int(kind):
    stored_as_int = pa.types.is_date32(kind) or pa.types.is_time(kind) or pa.types.is_timestamp(kind)
    return pa.types.is_integer(kind) or stored_as_int


def is_fixed(kind):
    return pa.types.is_fixed_size_binary(kind) or pa.types.is_decimal(kind)


def is_split(kind):
    return pa.types.is_floating(kind) or is_int(kind) or is_fixed(kind)


def write_encodings(folder, table):
    deltas, delta_names = encoded(
        table,
        [(is_int, "DELTA_BINARY_PACKED"), (is_text, "DELTA_BYTE_ARRAY"), (is_fixed, "DELTA_BYTE_ARRAY")],
    )
    lengths, length_names = encoded(table, [(is_text, "DELTA_LENGTH_BYTE_ARRAY")])
    splits, split_names = encoded(table, [(is_split, "BYTE_STREAM_SPLIT")])
    booleans, boolean_names = encoded(table, [(pa.types.is_boolean, "RLE")])
    for version, suffix in [("1.0", "v1"), ("2.0", "v2")]:
        pages = {"data_page_version": version, "max_rows_per_page": 37, "write_batch_size": 16}
        pq.write_table(table, folder / f"py_plain_{suffix}.parquet", use_dictionary=False, **pages)
        pq.write_table(table, folder / f"py_dictionary_{suffix}.parquet", use_dictionary=True, **pages)
        for name, part, encodings in [
            ("delta", deltas, delta_names),
            ("delta_length", lengths, length_names),
            ("byte_stream_split", splits, split_names),
            ("boolean_rle", booleans, boolean_names),
        ]:
            path = folder / f"py_{name}_{suffix}.parquet"
            pq.write_table(part, path, use_dictionary=False, column_encoding=encodings, **pages)


def write_codecs(folder, table):
    for codec in CODECS:
        for version, suffix in [("1.0", "v1"), ("2.0", "v2")]:
            path = folder / f"py_{codec}_{suffix}.parquet"
            pq.write_table(table, path, compression=codec, data_page_version=version, row_group_size=100)


def write_layouts(folder, table):
    def write(name, rows=table, **options):
        pq.write_table(rows, folder / f"py_{name}.parquet", **options)

    write("no_statistics", write_statistics=False, row_group_size=50)
    write("page_index", write_page_index=True, row_group_size=120, max_rows_per_page=10, write_batch_size=5)
    write("checksums", write_page_checksum=True, row_group_size=120)
    coarse = table.drop_columns([name for name in table.column_names if name.endswith("_ns")])
    write("version_1", rows=coarse, version="1.0", row_group_size=120)
    # INT96 has no zone, and readers differ in whether they take it from Arrow's schema.
    local = table.drop_columns([name for name in table.column_names if name.startswith("instant")])
    write("int96", rows=local, use_deprecated_int96_timestamps=True, row_group_size=120)
    write("integer_decimals", store_decimal_as_integer=True, row_group_size=120)
    write("no_arrow_schema", store_schema=False, row_group_size=120)
    write("one_row_a_group", rows=table.slice(0, 12), row_group_size=1)
    write("dictionary_overflow", dictionary_pagesize_limit=64, data_page_size=256, write_batch_size=8)
    write("no_rows", rows=table.slice(0, 0))
    blooms = {name: {"ndv": ROWS, "fpp": 0.01} for name in ["id", "int32", "int64", "text", "bytes", "float64"]}
    write("bloom_filters", bloom_filter_options=blooms, row_group_size=60)
    write("spark", rows=table.select(["id", "text", "timestamp_us", "timestamp_ns"]), flavor="spark")
    with pq.ParquetWriter(folder / "py_empty_groups.parquet", table.schema) as writer:
        for part in [table.slice(0, 0), table.slice(0, 5), table.slice(0, 0), table.slice(5, 7), table.slice(0, 0)]:
            writer.write_table(part)


def write_shapes(folder):
    many = {f"c{index}": pa.array([index, None, -index], pa.int32()) for index in range(10_000)}
    pq.write_table(pa.table(many), folder / "py_many_columns.parquet")
    huge = pa.array([chr(97 + index) * 5_000_000 for index in range(3)] + [None, ""], pa.string())
    table = pa.table({"id": pa.array(range(5), pa.int64()), "text": huge})
    pq.write_table(table, folder / "py_huge_strings.parquet", use_dictionary=False, compression="zstd")
    pq.write_table(table, folder / "py_huge_strings_dictionary.parquet", use_dictionary=True, compression="none")
    nothing = {kind: pa.nulls(ROWS, pa.type_for_alias(kind)) for kind in ["int32", "float64", "string", "null", "bool"]}
    pq.write_table(pa.table({"id": pa.array(range(ROWS), pa.int64()), **nothing}), folder / "py_only_nulls.parquet")


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    plain = table_of(plain_columns())
    nested = table_of(nested_columns())
    write_encodings(folder, plain)
    write_codecs(folder, plain)
    write_layouts(folder, plain)
    write_shapes(folder)
    for name, options in {
        "v1": {"data_page_version": "1.0"},
        "v2": {"data_page_version": "2.0", "compression": "zstd"},
        "small_pages": {"write_page_index": True, "max_rows_per_page": 7, "write_batch_size": 3, "row_group_size": 90},
        "plain": {"use_dictionary": False, "write_statistics": False},
        "item": {"use_compliant_nested_type": False},
    }.items():
        pq.write_table(nested, folder / f"py_nested_{name}.parquet", **options)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
