"""The values that pyarrow's files hold: of each type the extremes, NULL, and values that differ from row to row."""

import decimal

import pyarrow as pa

ROWS = 240
DAY = 86_400


def scrambled(row):
    """A number below 2^32 that looks random and is not."""
    return (row * 2_654_435_761 + 12_345) % 2**32


def mixed(kind, specials, ordinary):
    """Each third row one of `specials`, the others `ordinary(row)`."""
    values = [specials[row // 3 % len(specials)] if row % 3 == 0 else ordinary(row) for row in range(ROWS)]
    return pa.array(values, kind)


def integers(kind, bits, signed):
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    specials = [low, high, None, 0, 1, low + 1, high - 1]
    return mixed(kind, specials, lambda row: low + (scrambled(row) << 32 | scrambled(row + 7)) % (high - low + 1))


def floats(kind, specials):
    values = [0.0, -0.0, None, float("nan"), float("inf"), float("-inf"), *specials]
    return mixed(kind, values, lambda row: (scrambled(row) % 4096 - 2048) / 64)


def decimals(kind):
    digits = 10**kind.precision - 1

    def of(unscaled):
        with decimal.localcontext(prec=80):
            return None if unscaled is None else decimal.Decimal(unscaled).scaleb(-kind.scale)

    spread = lambda row: pow(scrambled(row) + 3, 9) % (2 * digits + 1) - digits
    return mixed(kind, [of(each) for each in (0, 1, -1, None, digits, -digits)], lambda row: of(spread(row)))


def moments(kind, specials, ordinary):
    stored = pa.int32() if kind.bit_width == 32 else pa.int64()
    return mixed(stored, specials, ordinary).cast(kind)


def times(kind, per_second):
    last = DAY * per_second - 1
    return moments(kind, [0, last, None, 1], lambda row: scrambled(row) * 7919 % (last + 1))


def timestamps(kind, per_second):
    year_9999, year_1 = 253_402_300_800 * per_second - 1, -62_135_596_800 * per_second
    # The last of 64 bits are infinity to DuckDB.
    reach = 2**63 - 1 - 10**9 if per_second == 10**9 else year_9999
    specials = [0, -1, None, 1, max(year_1, -reach), min(year_9999, reach), -per_second, 951_827_696 * per_second]
    return moments(kind, specials, lambda row: (scrambled(row) - 2**31) * per_second + scrambled(row + 1) % per_second)


def plain_columns():
    texts = ["", "a", None, "Zürich 日本 🐦", "O'Hare \"x\"", "line\nbreak\ttab\0nul", "z" * 300, "common prefix "]
    text = lambda row: f"common prefix {scrambled(row) % 50:02}" if row % 2 else f"{scrambled(row):x}"
    blobs = [b"", b"\0", None, b"\xff\xfe\0", b"PAR1", bytes(range(256))]
    blob = lambda row: scrambled(row).to_bytes(4, "big") * (row % 5)
    sixteen = [bytes(16), b"\xff" * 16, None, bytes(range(16))]
    return {
        "boolean": mixed(pa.bool_(), [True, False, None], lambda row: scrambled(row) % 5 == 0),
        **{f"int{bits}": integers(getattr(pa, f"int{bits}")(), bits, True) for bits in (8, 16, 32, 64)},
        **{f"uint{bits}": integers(getattr(pa, f"uint{bits}")(), bits, False) for bits in (8, 16, 32, 64)},
        "float16": floats(pa.float16(), [65504.0, -65504.0, 2.0**-24, 1.5]),
        "float32": floats(pa.float32(), [3.4028234663852886e38, 1e-45, 0.1, 16777216.0]),
        "float64": floats(pa.float64(), [1.7976931348623157e308, 5e-324, 0.1, 9007199254740993.0]),
        "decimal_1_0": decimals(pa.decimal128(1, 0)),
        "decimal_4_1": decimals(pa.decimal128(4, 1)),
        "decimal_9_9": decimals(pa.decimal128(9, 9)),
        "decimal_18_6": decimals(pa.decimal128(18, 6)),
        "decimal_19_2": decimals(pa.decimal128(19, 2)),
        "decimal_38_10": decimals(pa.decimal128(38, 10)),
        "decimal_38_38": decimals(pa.decimal128(38, 38)),
        "decimal_76_20": decimals(pa.decimal256(76, 20)),
        "text": mixed(pa.string(), texts, text),
        "large_text": mixed(pa.large_string(), texts, text),
        "text_dictionary": mixed(pa.string(), texts, lambda row: f"value {row % 9}").dictionary_encode(),
        "bytes": mixed(pa.binary(), blobs, blob),
        "large_bytes": mixed(pa.large_binary(), blobs, blob),
        "fixed": mixed(pa.binary(5), [bytes(5), b"\xff" * 5, None], lambda row: f"{row:05}".encode()),
        "uuid": pa.ExtensionArray.from_storage(pa.uuid(), mixed(pa.binary(16), sixteen, lambda row: scrambled(row).to_bytes(16, "big"))),
        "json": pa.ExtensionArray.from_storage(pa.json_(), mixed(pa.string(), ["{}", "null", None], lambda row: f'{{"k": {row}}}')),
        "date32": moments(pa.date32(), [0, -1, None, 2_932_896, -719_162], lambda row: scrambled(row) % 80_000 - 30_000),
        "date64": moments(pa.date64(), [0, -DAY * 1000, None], lambda row: (scrambled(row) % 80_000 - 30_000) * DAY * 1000),
        "time_s": times(pa.time32("s"), 1),
        "time_ms": times(pa.time32("ms"), 10**3),
        "time_us": times(pa.time64("us"), 10**6),
        "time_ns": times(pa.time64("ns"), 10**9),
        **{f"timestamp_{unit}": timestamps(pa.timestamp(unit), scale) for unit, scale in UNITS},
        **{f"instant_{unit}": timestamps(pa.timestamp(unit, "UTC"), scale) for unit, scale in UNITS},
        "instant_berlin": timestamps(pa.timestamp("us", "Europe/Berlin"), 10**6),
        "nothing": pa.nulls(ROWS),
    }


UNITS = [("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9)]


def nested_columns():
    def of(kind, specials, ordinary):
        return mixed(kind, specials, ordinary)

    point = pa.struct([("x", pa.int32()), ("y", pa.float64()), ("name", pa.string())])
    line = pa.struct([("label", pa.string()), ("points", pa.list_(point)), ("tags", pa.list_(pa.string()))])
    corner = lambda row: {"x": row, "y": row / 4, "name": f"p{row}" if row % 4 else None}
    return {
        "integers": of(pa.list_(pa.int32()), [[], None, [None], [1, None, 3]], lambda row: list(range(row % 6))),
        "texts": of(pa.list_(pa.string()), [[], None, [None, ""], ["a"]], lambda row: [f"t{row}"] * (row % 4)),
        "decimals": of(pa.list_(pa.decimal128(12, 3)), [[], None], lambda row: [decimal.Decimal(row) / 8]),
        "lists": of(
            pa.list_(pa.list_(pa.int64())),
            [[], None, [None], [[]], [[None]], [[], None, [1]]],
            lambda row: [list(range(each)) for each in range(row % 4)],
        ),
        "three_levels": of(
            pa.list_(pa.list_(pa.list_(pa.string()))), [[[[]]], [[None]], None], lambda row: [[["x", None]] * (row % 3)]
        ),
        "large_list": of(pa.large_list(pa.int32()), [[], None], lambda row: [row, None]),
        "fixed_list": of(pa.list_(pa.int16(), 3), [[1, 2, 3], None, [None, 0, None]], lambda row: [row, row, -row]),
        "record": of(point, [None, {"x": None, "y": None, "name": None}], corner),
        "deep_record": of(
            pa.struct([("a", pa.struct([("b", pa.struct([("c", pa.int32()), ("d", pa.list_(pa.int32()))]))]))]),
            [None, {"a": None}, {"a": {"b": None}}, {"a": {"b": {"c": None, "d": None}}}],
            lambda row: {"a": {"b": {"c": row, "d": [row] * (row % 3)}}},
        ),
        "records": of(pa.list_(point), [[], None, [None]], lambda row: [corner(row + each) for each in range(row % 4)]),
        "lines": of(
            pa.list_(line),
            [[], None, [None], [{"label": None, "points": None, "tags": None}], [{"label": "", "points": [], "tags": []}]],
            lambda row: [{"label": f"l{row}", "points": [corner(row), None], "tags": ["a", None][: row % 3]}],
        ),
        "mapping": of(
            pa.map_(pa.string(), pa.int32()), [[], None, [("k", None)]], lambda row: [(f"k{each}", row) for each in range(row % 4)]
        ),
        "mapping_of_records": of(
            pa.map_(pa.int32(), point), [[], None, [(7, None)]], lambda row: [(row, corner(row)), (row + 1, None)]
        ),
        "mapping_of_lists": of(
            pa.map_(pa.string(), pa.list_(pa.int32())), [[], None, [("a", None), ("b", [])]], lambda row: [("k", [row, None])]
        ),
        "list_of_mappings": of(
            pa.list_(pa.map_(pa.string(), pa.int32())), [[], None, [None], [[]]], lambda row: [[("a", row)], []]
        ),
        "moments": of(pa.list_(pa.timestamp("us", "UTC")), [[], None], lambda row: [row * 10**15 - 10**16, None]),
        "half_floats": of(pa.list_(pa.float16()), [[], None, [float("nan"), -0.0]], lambda row: [row / 2]),
    }
