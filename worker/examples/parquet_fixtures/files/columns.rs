//! Columns of every flat Arrow type that Parquet stores: extremes, NULL, and values that differ from row to row.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, BinaryArray, BinaryViewArray, BooleanArray, Date32Array,
    Decimal128Array, FixedSizeBinaryArray, Float32Array, Float64Array, Int64Array, LargeBinaryArray,
    LargeStringArray, PrimitiveArray, StringArray, StringViewArray,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowNativeType, ArrowTimestampType, DataType, DurationMillisecondType, Int8Type, Int16Type, Int32Type,
    Int64Type, Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

/// Rows of each column.
pub const ROWS: usize = 140;

/// The first second of the year 1 and the last of 9999.
const CALENDAR_SECONDS: (i64, i64) = (-62_135_596_800, 253_402_300_799);

/// The columns, after a required column `id`.
pub fn plain() -> Vec<(String, ArrayRef)> {
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("boolean", booleans()),
        ("int8", integers::<Int8Type>()),
        ("int16", integers::<Int16Type>()),
        ("int32", integers::<Int32Type>()),
        ("int64", integers::<Int64Type>()),
        ("uint8", integers::<UInt8Type>()),
        ("uint16", integers::<UInt16Type>()),
        ("uint32", integers::<UInt32Type>()),
        ("uint64", integers::<UInt64Type>()),
        (
            "float16",
            as_type(&floats32(&[65_504.0, 6e-8]), &DataType::Float16),
        ),
        ("float32", floats32(&[f32::MIN_POSITIVE, f32::MAX, 0.1])),
        ("float64", floats64()),
        ("date32", dates()),
        ("time_us", clock::<Time64MicrosecondType>(1_000_000)),
        ("time_ns", clock::<Time64NanosecondType>(1_000_000_000)),
        (
            "timestamp_ms",
            timestamps::<TimestampMillisecondType>(1_000, None),
        ),
        (
            "timestamp_us",
            timestamps::<TimestampMicrosecondType>(1_000_000, None),
        ),
        (
            "timestamp_ns",
            timestamps::<TimestampNanosecondType>(1_000_000_000, None),
        ),
        (
            "instant_us",
            timestamps::<TimestampMicrosecondType>(1_000_000, Some("UTC")),
        ),
        (
            "instant_tokyo",
            timestamps::<TimestampMillisecondType>(1_000, Some("+09:00")),
        ),
        (
            "duration_ms",
            Arc::new(int64s().reinterpret_cast::<DurationMillisecondType>()),
        ),
        ("fixed", fixed()),
    ];
    columns.extend(decimals());
    columns.extend(texts());
    with_id(columns)
}

/// The columns behind `id`, which counts from 0.
pub fn with_id(columns: Vec<(&str, ArrayRef)>) -> Vec<(String, ArrayRef)> {
    let ids: Int64Array = (0..).take(ROWS).map(Some).collect();
    std::iter::once(("id", Arc::new(ids) as ArrayRef))
        .chain(columns)
        .map(|(name, array)| (name.to_owned(), array))
        .collect()
}

/// A number below 2^32 that looks random and is not.
pub fn scrambled(row: usize) -> u64 {
    (row as u64).wrapping_mul(2_654_435_761).wrapping_add(12_345) & 0xffff_ffff
}

/// A decimal's digits: less than `most`, of either sign.
pub fn unscaled(row: usize, most: i128) -> i128 {
    let digits = i128::from(scrambled(row)).pow(3) * 31 % most;
    if row.is_multiple_of(2) { digits } else { -digits }
}

/// Each third row one of `specials`, the others `ordinary(row)`.
pub fn mixed<T: Clone>(specials: &[Option<T>], ordinary: impl Fn(usize) -> T) -> Vec<Option<T>> {
    (0..ROWS)
        .map(|row| match row % 3 {
            0 => specials[row / 3 % specials.len()].clone(),
            _ => Some(ordinary(row)),
        })
        .collect()
}

fn as_type(array: &ArrayRef, data_type: &DataType) -> ArrayRef {
    cast(array, data_type).expect("can be cast")
}

fn booleans() -> ArrayRef {
    Arc::new(BooleanArray::from(mixed(
        &[Some(true), Some(false), None],
        |row| scrambled(row).is_multiple_of(5),
    )))
}

fn integers<T: ArrowPrimitiveType<Native: ArrowNativeTypeOp>>() -> ArrayRef {
    let specials = [
        Some(T::Native::MIN_TOTAL_ORDER),
        Some(T::Native::MAX_TOTAL_ORDER),
        None,
        Some(T::Native::ZERO),
        Some(T::Native::ONE),
    ];
    let spread = |row| T::Native::usize_as((scrambled(row) << 31 ^ scrambled(row + 7)) as usize);
    let values: PrimitiveArray<T> = mixed(&specials, spread).into_iter().collect();
    Arc::new(values)
}

fn int64s() -> Int64Array {
    mixed(&[Some(0), None, Some(-1)], |row| scrambled(row) as i64)
        .into_iter()
        .collect()
}

fn floats32(more: &[f32]) -> ArrayRef {
    let mut specials = vec![
        Some(0.0),
        Some(-0.0),
        None,
        Some(f32::NAN),
        Some(f32::INFINITY),
        Some(f32::NEG_INFINITY),
    ];
    specials.extend(more.iter().copied().map(Some));
    Arc::new(Float32Array::from(mixed(&specials, |row| {
        (scrambled(row) % 4096) as f32 / 64.0 - 32.0
    })))
}

fn floats64() -> ArrayRef {
    let specials = [
        0.0,
        -0.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN_POSITIVE,
        0.1,
    ]
    .map(Some);
    let values = mixed(&[specials.as_slice(), &[None]].concat(), |row| {
        scrambled(row) as f64 / 7.0 - 1e8
    });
    Arc::new(Float64Array::from(values))
}

fn dates() -> ArrayRef {
    let specials = [Some(0), Some(-1), None, Some(2_932_896), Some(-719_162)];
    Arc::new(Date32Array::from(mixed(&specials, |row| {
        (scrambled(row) % 80_000) as i32 - 30_000
    })))
}

fn clock<T: ArrowPrimitiveType<Native = i64>>(per_second: i64) -> ArrayRef {
    let last = 86_400 * per_second - 1;
    let specials = [Some(0), Some(last), None, Some(1)];
    let values: PrimitiveArray<T> = mixed(&specials, |row| scrambled(row) as i64 * 7_919 % (last + 1))
        .into_iter()
        .collect();
    Arc::new(values)
}

fn timestamps<T: ArrowTimestampType>(per_second: i64, zone: Option<&str>) -> ArrayRef {
    let bounded = |seconds: i64| seconds.saturating_mul(per_second).max(-i64::MAX);
    let (first, last) = CALENDAR_SECONDS;
    let specials = [
        Some(0),
        Some(-1),
        None,
        Some(1),
        Some(bounded(first)),
        Some(bounded(last)),
        Some(-per_second),
    ];
    let ordinary =
        |row| (scrambled(row) as i64 - (1 << 31)) * per_second + scrambled(row + 1) as i64 % per_second;
    let values: PrimitiveArray<T> = mixed(&specials, ordinary).into_iter().collect();
    Arc::new(values.with_timezone_opt(zone))
}

fn decimals() -> Vec<(&'static str, ArrayRef)> {
    let of = |precision: u8, scale: i8| {
        let most = 10_i128.pow(u32::from(precision)) - 1;
        let specials = [Some(0), Some(1), Some(-1), None, Some(most), Some(-most)];
        Decimal128Array::from(mixed(&specials, |row| unscaled(row, most)))
            .with_precision_and_scale(precision, scale)
            .expect("fits")
    };
    let wide = |precision, scale| Arc::new(of(precision, scale)) as ArrayRef;
    vec![
        ("decimal_1_0", wide(1, 0)),
        ("decimal_9_2", wide(9, 2)),
        ("decimal_18_18", wide(18, 18)),
        ("decimal_19_3", wide(19, 3)),
        ("decimal_38_0", wide(38, 0)),
        ("decimal_38_38", wide(38, 38)),
        ("decimal32", as_type(&wide(9, 4), &DataType::Decimal32(9, 4))),
        ("decimal64", as_type(&wide(18, 5), &DataType::Decimal64(18, 5))),
        ("decimal256", as_type(&wide(38, 7), &DataType::Decimal256(60, 7))),
    ]
}

fn texts() -> Vec<(&'static str, ArrayRef)> {
    let long = "z".repeat(300);
    let specials = [
        Some(""),
        Some("a"),
        None,
        Some("Zürich 日本 🐦"),
        Some("O'Hare \"x\""),
        Some("nul\0\n"),
        Some(&long),
    ];
    let specials = specials.map(|text| text.map(str::to_owned));
    let values = mixed(&specials, |row| match row % 2 {
        0 => format!("common prefix {:02}", scrambled(row) % 50),
        _ => format!("{:x}", scrambled(row)),
    });
    let text: ArrayRef = Arc::new(StringArray::from(values.clone()));
    let blobs = mixed(
        &[Some(vec![]), Some(vec![0]), None, Some(vec![0xff, 0xfe, 0])],
        |row| scrambled(row).to_be_bytes()[4..].repeat(row % 5),
    );
    let blobs: Vec<Option<&[u8]>> = blobs.iter().map(Option::as_deref).collect();
    let of_keys = |key: DataType, value: DataType| DataType::Dictionary(Box::new(key), Box::new(value));
    vec![
        ("text", Arc::clone(&text)),
        ("text_large", Arc::new(LargeStringArray::from(values.clone()))),
        ("text_view", Arc::new(StringViewArray::from_iter(values))),
        (
            "text_dictionary",
            as_type(&text, &of_keys(DataType::Int32, DataType::Utf8)),
        ),
        (
            "integer_dictionary",
            as_type(
                &integers::<Int64Type>(),
                &of_keys(DataType::UInt8, DataType::Int64),
            ),
        ),
        ("bytes", Arc::new(BinaryArray::from(blobs.clone()))),
        ("bytes_large", Arc::new(LargeBinaryArray::from(blobs.clone()))),
        ("bytes_view", Arc::new(BinaryViewArray::from_iter(blobs))),
    ]
}

fn fixed() -> ArrayRef {
    let specials = [Some([0; 5]), Some([0xff; 5]), None];
    let values = mixed(&specials, |row| [b'r', b'o', b'w', row as u8, 0]);
    let array = FixedSizeBinaryArray::try_from_sparse_iter_with_size(values.into_iter(), 5);
    Arc::new(array.expect("all are of one length"))
}
