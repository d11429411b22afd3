"""Reads Parquet files with pyarrow: each line of the input is a path, each line of the output its content as JSON.

Values have the form of the console API: integers beyond 2^53 and decimals as strings, times as ISO 8601, bytes in
hexadecimal, nested values as arrays and objects. What JSON cannot say is {"$float": "NaN"}. Times are computed from
the stored integers, because Python's own end at the year 9999.
"""

import json
import math
import sys

import pyarrow as pa
import pyarrow.parquet as pq

SAFE = 2**53 - 1
NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
DAY = 86_400 * 10**9


def rendered(array):
    """The values of an array, as a list."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return rendered(array.storage)
    if pa.types.is_dictionary(kind):
        return rendered(array.dictionary_decode())
    if pa.types.is_struct(kind):
        fields = [rendered(child) for child in array.flatten()]
        names = [kind.field(index).name for index in range(kind.num_fields)]
        return present(array, lambda row: {name: values[row] for name, values in zip(names, fields)})
    if pa.types.is_map(kind):
        keys, items = rendered(array.keys), rendered(array.items)
        ends = array.offsets.to_pylist()
        entries = lambda row: range(ends[row], ends[row + 1])
        return present(array, lambda row: {text(keys[entry]): items[entry] for entry in entries(row)})
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        values, ends = rendered(array.values), array.offsets.to_pylist()
        return present(array, lambda row: values[ends[row] : ends[row + 1]])
    if pa.types.is_fixed_size_list(kind):
        values, size = rendered(array.values), kind.list_size
        start = array.offset
        return present(array, lambda row: values[(start + row) * size : (start + row + 1) * size])
    return scalars(array, kind)


def present(array, value):
    valid = array.is_valid().to_pylist()
    return [value(row) if valid[row] else None for row in range(len(array))]


def scalars(array, kind):
    if pa.types.is_float16(kind):
        array = array.cast(pa.float32())
    if pa.types.is_temporal(kind):
        stored = array.cast(pa.int32() if kind.bit_width == 32 else pa.int64()).to_pylist()
        return [None if value is None else moment(value, kind) for value in stored]
    return [plain(value) for value in array.to_pylist()]


def plain(value):
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -SAFE <= value <= SAFE else str(value)
    if isinstance(value, float):
        is_ordinary = math.isfinite(value) and not (value == 0 and math.copysign(1, value) < 0)
        return value if is_ordinary else {"$float": repr(value).replace("nan", "NaN").replace("inf", "Infinity")}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value
    return format(value, "f")


def moment(value, kind):
    if pa.types.is_date32(kind):
        return day(value)
    if pa.types.is_date64(kind):
        return day(value // 86_400_000)
    nanoseconds = value * NANOSECONDS[kind.unit]
    if pa.types.is_time(kind):
        return clock(nanoseconds)
    if pa.types.is_duration(kind):
        if value == 0:
            return "P0D"
        seconds, fraction = divmod(abs(nanoseconds), 10**9)
        return f"{'-' if value < 0 else ''}PT{seconds}" + (f".{fraction:09}".rstrip("0") if fraction else "") + "S"
    zone = "" if kind.tz is None else "Z"
    return f"{day(nanoseconds // DAY)}T{clock(nanoseconds % DAY)}{zone}"


def day(days):
    """The proleptic Gregorian date: Howard Hinnant's civil_from_days."""
    era, of_era = divmod(days + 719_468, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    sign = "" if 0 <= year <= 9999 else "+" if year > 0 else "-"
    return f"{sign}{abs(year):04}-{month:02}-{of_year - (153 * shifted + 2) // 5 + 1:02}"


def clock(nanoseconds):
    seconds, fraction = divmod(nanoseconds, 10**9)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return text + (f".{fraction:09}".rstrip("0") if fraction else "")


def text(key):
    return key if isinstance(key, str) else json.dumps(key)


def content(path):
    # Wrapping around at 2262 is what nanoseconds would do to INT96.
    table = pq.read_table(path, coerce_int96_timestamp_unit="us", partitioning=None)
    columns = [rendered(column.combine_chunks()) if column.num_chunks else [] for column in table.columns]
    return {"columns": table.column_names, "rows": [list(row) for row in zip(*columns)]}


if __name__ == "__main__":
    for line in sys.stdin:
        try:
            answer = content(line.rstrip("\n"))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
