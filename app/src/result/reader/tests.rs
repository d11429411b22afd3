//! Every Arrow type, with its extreme values.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BinaryViewArray, BooleanArray, Date32Array, Date64Array, Decimal32Array,
    Decimal64Array, Decimal128Array, Decimal256Array, DictionaryArray, DurationMillisecondArray,
    DurationSecondArray, FixedSizeBinaryArray, FixedSizeListArray, Float16Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, IntervalMonthDayNanoArray, IntervalYearMonthArray,
    LargeBinaryArray, LargeListArray, LargeStringArray, ListArray, MapBuilder, NullArray, StringArray,
    StringBuilder, StringViewArray, StructArray, Time32MillisecondArray, Time32SecondArray,
    Time64MicrosecondArray, Time64NanosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, IntervalMonthDayNano, i256};

use super::*;

fn read(array: impl Array + 'static) -> Vec<Cell> {
    let array: ArrayRef = Arc::new(array);
    let reader = CellReader::new(array.as_ref());
    (0..array.len()).map(|row| reader.read(row)).collect()
}

fn exact(array: impl Array + 'static) -> Vec<String> {
    read(array)
        .iter()
        .map(|cell| cell.exact().unwrap_or_else(|| "NULL".to_owned()))
        .collect()
}

fn moment(text: &str, epoch_ms: f64) -> Cell {
    Cell::Moment {
        text: text.to_owned(),
        epoch_ms,
    }
}

#[test]
fn integers_of_every_width_keep_their_extremes() {
    assert_eq!(exact(Int8Array::from(vec![i8::MIN, i8::MAX])), ["-128", "127"]);
    assert_eq!(exact(Int16Array::from(vec![i16::MIN])), ["-32768"]);
    assert_eq!(exact(Int32Array::from(vec![i32::MIN])), ["-2147483648"]);
    assert_eq!(
        exact(Int64Array::from(vec![Some(i64::MIN), None, Some(i64::MAX)])),
        ["-9223372036854775808", "NULL", "9223372036854775807"]
    );
    assert_eq!(exact(UInt8Array::from(vec![u8::MAX])), ["255"]);
    assert_eq!(exact(UInt16Array::from(vec![u16::MAX])), ["65535"]);
    assert_eq!(exact(UInt32Array::from(vec![u32::MAX])), ["4294967295"]);
    assert_eq!(exact(UInt64Array::from(vec![u64::MAX])), ["18446744073709551615"]);
}

#[test]
fn floats_keep_signed_zero_infinity_and_nan() {
    assert_eq!(
        exact(Float64Array::from(vec![
            -0.0,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::INFINITY,
            f64::NAN
        ])),
        [
            "-0",
            "2.2250738585072014e-308",
            "1.7976931348623157e308",
            "inf",
            "NaN"
        ]
    );
    assert_eq!(read(Float32Array::from(vec![0.1])), [Cell::Float32(0.1)]);
    let half = Float32Array::from(vec![1.5]);
    let half: Float16Array = arrow::compute::cast(&half, &DataType::Float16)
        .expect("casts")
        .as_primitive()
        .clone();
    assert_eq!(read(half), [Cell::Float32(1.5)]);
}

#[test]
fn decimals_of_every_width_are_digits() {
    let decimal32 = Decimal32Array::from(vec![-1]).with_precision_and_scale(9, 3);
    assert_eq!(exact(decimal32.expect("fits")), ["-0.001"]);
    let decimal64 = Decimal64Array::from(vec![123_456]).with_precision_and_scale(18, 2);
    assert_eq!(exact(decimal64.expect("fits")), ["1234.56"]);
    let largest = 10_i128.pow(38) - 1;
    let decimal128 = Decimal128Array::from(vec![largest, -largest]).with_precision_and_scale(38, 0);
    assert_eq!(
        exact(decimal128.expect("fits")),
        ["9".repeat(38), format!("-{}", "9".repeat(38))]
    );
    let decimal256 = Decimal256Array::from(vec![i256::from_i128(5)]).with_precision_and_scale(76, 2);
    assert_eq!(
        read(decimal256.expect("fits")),
        [Cell::Decimal("0.05".to_owned())]
    );
}

#[test]
fn text_bytes_and_booleans_of_every_layout_read_alike() {
    let texts = vec![Some("a\tb"), None, Some("")];
    let expected = ["a\tb", "NULL", ""];
    assert_eq!(exact(StringArray::from(texts.clone())), expected);
    assert_eq!(exact(LargeStringArray::from(texts.clone())), expected);
    assert_eq!(exact(StringViewArray::from(texts)), expected);

    let bytes: Vec<&[u8]> = vec![&[0, 255]];
    assert_eq!(
        read(BinaryArray::from(bytes.clone())),
        [Cell::Opaque("00ff".to_owned())]
    );
    assert_eq!(exact(LargeBinaryArray::from(bytes.clone())), ["00ff"]);
    assert_eq!(exact(BinaryViewArray::from(bytes.clone())), ["00ff"]);
    let fixed = FixedSizeBinaryArray::try_from_iter(bytes.into_iter()).expect("same sizes");
    assert_eq!(exact(fixed), ["00ff"]);

    assert_eq!(
        read(BooleanArray::from(vec![Some(true), None])),
        [Cell::Boolean(true), Cell::Null]
    );
    assert_eq!(read(NullArray::new(2)), [Cell::Null, Cell::Null]);
}

#[test]
fn dates_reach_from_year_1_to_9999() {
    assert_eq!(
        read(Date32Array::from(vec![-719_162, 0, 2_932_896])),
        [
            moment("0001-01-01", -62_135_596_800_000.0),
            moment("1970-01-01", 0.0),
            moment("9999-12-31", 253_402_214_400_000.0),
        ]
    );
    assert_eq!(
        read(Date64Array::from(vec![978_307_200_000])),
        [moment("2001-01-01", 978_307_200_000.0)]
    );
    assert_eq!(
        exact(Date32Array::from(vec![i32::MAX])),
        ["2147483647 (Date32)"],
        "beyond the calendar, but not lost"
    );
}

#[test]
fn timestamps_of_every_unit_say_whether_they_are_instants() {
    assert_eq!(
        read(TimestampSecondArray::from(vec![-62_135_596_800, 253_402_300_799])),
        [
            moment("0001-01-01T00:00:00", -62_135_596_800_000.0),
            moment("9999-12-31T23:59:59", 253_402_300_799_000.0),
        ]
    );
    assert_eq!(
        read(TimestampMillisecondArray::from(vec![1_500])),
        [moment("1970-01-01T00:00:01.500", 1_500.0)]
    );
    assert_eq!(
        read(TimestampMicrosecondArray::from(vec![1]).with_timezone("UTC")),
        [moment("1970-01-01T00:00:00.000001Z", 0.001)]
    );
    assert_eq!(
        exact(TimestampNanosecondArray::from(vec![-1, i64::MAX]).with_timezone("Europe/Paris")),
        ["1969-12-31T23:59:59.999999999Z", "2262-04-11T23:47:16.854775807Z"]
    );
    assert_eq!(
        exact(TimestampSecondArray::from(vec![i64::MAX])),
        ["9223372036854775807 (Timestamp(s))"]
    );
}

#[test]
fn times_durations_and_intervals() {
    assert_eq!(exact(Time32SecondArray::from(vec![86_399])), ["23:59:59"]);
    assert_eq!(exact(Time32MillisecondArray::from(vec![1])), ["00:00:00.001"]);
    assert_eq!(
        read(Time64MicrosecondArray::from(vec![0])),
        [Cell::Clock("00:00:00".to_owned())]
    );
    assert_eq!(
        exact(Time64NanosecondArray::from(vec![1])),
        ["00:00:00.000000001"]
    );
    assert_eq!(
        read(DurationMillisecondArray::from(vec![-1_500])),
        [Cell::Span {
            text: "-PT1.5S".to_owned(),
            seconds: -1.5
        }]
    );
    assert_eq!(read(DurationSecondArray::from(vec![90]))[0].number(), Some(90.0));
    let interval = IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(1, 2, 0)]);
    assert_eq!(exact(interval), ["1 mons 2 days"]);
    assert_eq!(exact(IntervalYearMonthArray::from(vec![14])), ["1 years 2 mons"]);
}

#[test]
fn lists_structs_and_maps_nest() {
    let items = || vec![Some(vec![Some(1), None]), None, Some(vec![])];
    let expected = ["[1, null]", "NULL", "[]"];
    assert_eq!(
        exact(ListArray::from_iter_primitive::<Int32Type, _, _>(items())),
        expected
    );
    assert_eq!(
        exact(LargeListArray::from_iter_primitive::<Int64Type, _, _>(
            items().into_iter().map(|list| list.map(|list| list
                .into_iter()
                .map(|item| item.map(i64::from))
                .collect::<Vec<_>>()))
        )),
        expected
    );
    assert_eq!(
        exact(FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(
            [Some(vec![Some(1), Some(2)]), Some(vec![Some(3), Some(4)])],
            2
        )),
        ["[1, 2]", "[3, 4]"]
    );
    let list_view = arrow::array::ListViewArray::new(
        Arc::new(Field::new("item", DataType::Int32, true)),
        vec![1, 0].into(),
        vec![1, 2].into(),
        Arc::new(Int32Array::from(vec![7, 8])),
        None,
    );
    assert_eq!(exact(list_view), ["[8]", "[7, 8]"]);

    let zoned: ArrayRef = Arc::new(TimestampSecondArray::from(vec![0]).with_timezone("UTC"));
    let field = Arc::new(Field::new("at", zoned.data_type().clone(), true));
    let inner: ArrayRef = Arc::new(StructArray::from(vec![(field, zoned)]));
    let list = ListArray::new(
        Arc::new(Field::new("item", inner.data_type().clone(), true)),
        OffsetBuffer::from_lengths([1]),
        inner,
        None,
    );
    assert_eq!(exact(list), [r#"[{"at": "1970-01-01T00:00:00Z"}]"#]);

    let mut map = MapBuilder::new(None, StringBuilder::new(), arrow::array::Int32Builder::new());
    map.keys().append_value("k");
    map.values().append_value(1);
    map.append(true).expect("keys and values match");
    map.append(false).expect("keys and values match");
    assert_eq!(exact(map.finish()), [r#"{"k": 1}"#, "NULL"]);
}

#[test]
fn a_dictionary_reads_as_its_values() {
    let dictionary: DictionaryArray<Int32Type> = [Some("ATL"), None, Some("ORD")].into_iter().collect();
    assert_eq!(exact(dictionary), ["ATL", "NULL", "ORD"]);
    let values: ArrayRef = Arc::new(TimestampSecondArray::from(vec![None, Some(0)]).with_timezone("UTC"));
    let dictionary = DictionaryArray::new(Int32Array::from(vec![1, 0]), values);
    assert_eq!(exact(dictionary), ["1970-01-01T00:00:00Z", "NULL"]);
}

#[test]
fn rows_of_a_slice_are_the_slices() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), Some(vec![Some(2)])]);
    assert_eq!(exact(list.slice(1, 1)), ["[2]"]);
    let reader_of_nothing = CellReader::new(&NullArray::new(0)).read(0);
    assert_eq!(reader_of_nothing, Cell::Null, "outside the array");
}
