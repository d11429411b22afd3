//! Every logical and converted type on each physical type that it may have, beneath Arrow's own mapping.

use std::ops::Range;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
    Int96, Int96Type,
};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::Named;
use super::columns::{ROWS, mixed, scrambled, unscaled};

/// Writes a range of rows.
type WriteRows = dyn Fn(&mut SerializedColumnWriter<'_>, Range<usize>);

/// One optional column: its declaration, and what writes a range of its rows.
struct Column {
    declaration: String,
    write: Box<WriteRows>,
}

/// The files.
pub fn files() -> Vec<Named> {
    let whole = std::slice::from_ref(&(0..ROWS));
    let with_empty_groups: &[Range<usize>] = &[0..0, 0..50, 50..50, 50..ROWS, ROWS..ROWS];
    let properties = WriterProperties::builder;
    let small = || {
        properties()
            .set_data_page_row_count_limit(11)
            .set_write_batch_size(5)
    };
    let file = |name: &str, columns: &[Column], groups, properties| {
        (format!("logical_{name}"), write(columns, groups, properties))
    };
    // parquet-rs cuts bounds of decimals in bytes as if they were text, which makes other numbers of them.
    let mut short = all();
    short.retain(|column| !column.declaration.contains("decimal_bytes"));
    let interval = [texts("text (STRING)"), intervals()];
    vec![
        file("types", &all(), whole, properties()),
        file(
            "small_pages",
            &all(),
            whole,
            small().set_compression(Compression::SNAPPY),
        ),
        file(
            "short_statistics",
            &short,
            whole,
            properties().set_statistics_truncate_length(Some(1)),
        ),
        file("empty_groups", &all(), with_empty_groups, properties()),
        file("interval", &interval, whole, properties()),
        file("bson", &[texts("bson (BSON)")], whole, properties()),
    ]
}

fn all() -> Vec<Column> {
    let mut columns = vec![
        texts("plain_bytes"),
        texts("string (STRING)"),
        texts("utf8 (UTF8)"),
        jsons(),
        texts("enum (ENUM)"),
        fixed("uuid (UUID)", 16, |row| scrambled(row).to_be_bytes().repeat(2)),
        fixed("float16 (FLOAT16)", 2, |row| {
            (scrambled(row) as u16 & 0x7bff).to_le_bytes().to_vec()
        }),
        fixed("fixed", 3, |row| vec![row as u8, 0, 0xff]),
        int96(),
    ];
    columns.extend(decimals());
    columns.extend(integers());
    columns.extend(moments());
    columns
}

fn write(columns: &[Column], groups: &[Range<usize>], properties: WriterPropertiesBuilder) -> Vec<u8> {
    let declarations: String = columns
        .iter()
        .map(|column| format!("optional {};\n", column.declaration))
        .collect();
    let schema =
        parse_message_type(&format!("message m {{ required int64 id;\n{declarations} }}")).expect("parses");
    let properties = Arc::new(properties.build());
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), properties).expect("starts");
    for rows in groups {
        let mut group = writer.next_row_group().expect("starts");
        let mut id = group.next_column().expect("starts").expect("is there");
        let ids: Vec<i64> = rows.clone().map(|row| row as i64).collect();
        id.typed::<Int64Type>()
            .write_batch(&ids, None, None)
            .expect("writes");
        id.close().expect("closes");
        for column in columns {
            let mut leaf = group.next_column().expect("starts").expect("is there");
            (column.write)(&mut leaf, rows.clone());
            leaf.close().expect("closes");
        }
        group.close().expect("closes");
    }
    writer.into_inner().expect("closes")
}

fn column<T: DataType>(declaration: &str, values: Vec<Option<T::T>>) -> Column {
    let write = move |leaf: &mut SerializedColumnWriter<'_>, rows: Range<usize>| {
        let levels: Vec<i16> = values[rows.clone()]
            .iter()
            .map(|value| i16::from(value.is_some()))
            .collect();
        let present: Vec<T::T> = values[rows].iter().flatten().cloned().collect();
        leaf.typed::<T>()
            .write_batch(&present, Some(&levels), None)
            .expect("writes");
    };
    Column {
        declaration: declaration.to_owned(),
        write: Box::new(write),
    }
}

fn int32(declaration: &str, specials: &[i32], ordinary: impl Fn(usize) -> i32) -> Column {
    let specials: Vec<_> = specials.iter().copied().map(Some).chain([None]).collect();
    column::<Int32Type>(&format!("int32 {declaration}"), mixed(&specials, ordinary))
}

fn int64(declaration: &str, specials: &[i64], ordinary: impl Fn(usize) -> i64) -> Column {
    let specials: Vec<_> = specials.iter().copied().map(Some).chain([None]).collect();
    column::<Int64Type>(&format!("int64 {declaration}"), mixed(&specials, ordinary))
}

fn texts(declaration: &str) -> Column {
    let specials = ["", "{}", "Zürich 日本", "\"quoted\""].map(|text| Some(ByteArray::from(text)));
    let values = mixed(&[specials.as_slice(), &[None]].concat(), |row| {
        ByteArray::from(format!("[{row}]").as_str())
    });
    column::<ByteArrayType>(&format!("binary {declaration}"), values)
}

fn jsons() -> Column {
    let specials = ["{}", "null", "\"quoted\""].map(|json| Some(ByteArray::from(json)));
    let values = mixed(&[specials.as_slice(), &[None]].concat(), |row| {
        ByteArray::from(format!("[{row}]").as_str())
    });
    column::<ByteArrayType>("binary json (JSON)", values)
}

fn fixed(declaration: &str, length: usize, ordinary: impl Fn(usize) -> Vec<u8>) -> Column {
    let of = |bytes: Vec<u8>| FixedLenByteArray::from(bytes);
    let values = mixed(&[Some(of(vec![0; length])), None], |row| of(ordinary(row)));
    column::<FixedLenByteArrayType>(&format!("fixed_len_byte_array({length}) {declaration}"), values)
}

/// Months, days and milliseconds.
fn intervals() -> Column {
    let of = |row: usize| [row as u32, 2 * row as u32, 1_000].map(u32::to_le_bytes).concat();
    fixed("wait (INTERVAL)", 12, of)
}

/// Julian days and nanoseconds of the day: from before 1970 to beyond what 64 bits of nanoseconds hold.
fn int96() -> Column {
    let of = |day: u32, nanoseconds: u64| {
        let mut value = Int96::new();
        value.set_data(nanoseconds as u32, (nanoseconds >> 32) as u32, day);
        value
    };
    let specials = [
        Some(of(2_440_588, 0)),
        Some(of(2_440_587, 86_399_999_999_000)),
        None,
        Some(of(5_373_484, 1_000)),
        Some(of(1_721_426, 0)),
    ];
    let ordinary = |row| {
        of(
            2_440_588 + (scrambled(row) % 40_000) as u32 - 10_000,
            scrambled(row) * 1_000,
        )
    };
    column::<Int96Type>("int96 int96", mixed(&specials, ordinary))
}

fn decimals() -> Vec<Column> {
    let values = |digits: u32| {
        let most = 10_i128.pow(digits) - 1;
        let specials = [Some(0), Some(1), Some(-1), None, Some(most), Some(-most)];
        mixed(&specials, move |row| unscaled(row, most))
    };
    let big_endian = |value: i128, length: usize| value.to_be_bytes()[16 - length..].to_vec();
    // As few bytes as hold the value, which is what writers of variable length make.
    let shortest = move |value: i128| {
        let length = (1..=16).find(|length| (value << (128 - 8 * length)) >> (128 - 8 * length) == value);
        ByteArray::from(big_endian(value, length.unwrap_or(16)))
    };
    let fixed = |declaration: &str, digits, length: usize| {
        let values = values(digits)
            .into_iter()
            .map(|value| Some(FixedLenByteArray::from(big_endian(value?, length))));
        column::<FixedLenByteArrayType>(
            &format!("fixed_len_byte_array({length}) {declaration}"),
            values.collect(),
        )
    };
    let bytes = |declaration: &str, digits| {
        let values = values(digits).into_iter().map(|value| value.map(shortest));
        column::<ByteArrayType>(&format!("binary {declaration}"), values.collect())
    };
    let narrow = |digits| {
        values(digits)
            .into_iter()
            .map(|value| value.map(|value| value as i64))
    };
    vec![
        column::<Int32Type>(
            "int32 decimal_int32 (DECIMAL(9,2))",
            narrow(9).map(|value| value.map(|value| value as i32)).collect(),
        ),
        column::<Int64Type>("int64 decimal_int64 (DECIMAL(18,4))", narrow(18).collect()),
        column::<Int64Type>("int64 decimal_int64_short (DECIMAL(3,1))", narrow(3).collect()),
        fixed("decimal_fixed_1 (DECIMAL(2,1))", 2, 1),
        fixed("decimal_fixed_9 (DECIMAL(20,5))", 20, 9),
        fixed("decimal_fixed_16 (DECIMAL(38,0))", 38, 16),
        fixed("decimal_fixed_padded (DECIMAL(4,2))", 4, 16),
        bytes("decimal_bytes (DECIMAL(38,3))", 38),
        bytes("decimal_bytes_short (DECIMAL(5,2))", 5),
    ]
}

fn integers() -> Vec<Column> {
    let mut columns = Vec::new();
    for (signed, unsigned, bits) in [
        ("INT_8", "UINT_8", 8),
        ("INT_16", "UINT_16", 16),
        ("INT_32", "UINT_32", 32),
    ] {
        let (most, all) = ((1_i64 << (bits - 1)) - 1, (1_i64 << bits) - 1);
        let of = |value: i64| value as i32;
        columns.push(int32(
            &format!("converted_{signed} ({signed})"),
            &[of(-most - 1), of(most)],
            move |row| of(scrambled(row) as i64 % most),
        ));
        columns.push(int32(
            &format!("converted_{unsigned} ({unsigned})"),
            &[of(all), 0],
            move |row| of(scrambled(row) as i64 & all),
        ));
        columns.push(int32(
            &format!("unsigned_{bits} (INTEGER({bits},false))"),
            &[of(all), 0],
            move |row| of(scrambled(row) as i64 & all),
        ));
    }
    columns.push(int64("converted_UINT_64 (UINT_64)", &[-1, 0], |row| {
        (scrambled(row) as i64) << 32
    }));
    columns.push(int64("unsigned_64 (INTEGER(64,false))", &[-1, 0], |row| {
        (scrambled(row) as i64) << 32
    }));
    columns
}

fn moments() -> Vec<Column> {
    let clock = |per_second: i64| move |row| scrambled(row) as i64 * 7_919 % (86_400 * per_second);
    let around = |per_second: i64| {
        move |row| (scrambled(row) as i64 - (1 << 31)) * per_second + scrambled(row + 1) as i64 % per_second
    };
    let (milli, micro, nano) = (1_000, 1_000_000, 1_000_000_000);
    let last = 253_402_300_799;
    vec![
        int32("date (DATE)", &[0, -1, 2_932_896, -719_162], |row| {
            (scrambled(row) % 80_000) as i32 - 30_000
        }),
        int32("time_millis (TIME_MILLIS)", &[0, 86_399_999], move |row| {
            clock(milli)(row) as i32
        }),
        int32("time_ms (TIME(MILLIS,false))", &[0, 86_399_999], move |row| {
            clock(milli)(row) as i32
        }),
        int64("time_micros (TIME_MICROS)", &[0, 86_399_999_999], clock(micro)),
        int64("time_us (TIME(MICROS,true))", &[0, 86_399_999_999], clock(micro)),
        int64(
            "time_ns (TIME(NANOS,false))",
            &[0, 86_399_999_999_999],
            clock(nano),
        ),
        int64(
            "timestamp_millis (TIMESTAMP_MILLIS)",
            &[0, -1, last * milli],
            around(milli),
        ),
        int64(
            "timestamp_micros (TIMESTAMP_MICROS)",
            &[0, -1, last * micro],
            around(micro),
        ),
        int64(
            "local_ms (TIMESTAMP(MILLIS,false))",
            &[0, -1, last * milli],
            around(milli),
        ),
        int64(
            "local_us (TIMESTAMP(MICROS,false))",
            &[0, -1, last * micro],
            around(micro),
        ),
        int64(
            "local_ns (TIMESTAMP(NANOS,false))",
            &[0, -1, i64::MAX - nano],
            around(nano),
        ),
        int64(
            "instant_ms (TIMESTAMP(MILLIS,true))",
            &[0, -1, last * milli],
            around(milli),
        ),
        int64(
            "instant_us (TIMESTAMP(MICROS,true))",
            &[0, -1, last * micro],
            around(micro),
        ),
        int64(
            "instant_ns (TIMESTAMP(NANOS,true))",
            &[0, -1, i64::MAX - nano],
            around(nano),
        ),
    ]
}
