//! Lists, structs and maps within each other; NULL and empty at every level.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, FixedSizeListArray, Float64Array, Int32Array, LargeListArray, ListArray,
    MapArray, StringArray, StructArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, Fields};

use super::columns::{ROWS, scrambled};

/// The columns.
pub fn columns() -> Vec<(&'static str, ArrayRef)> {
    let integers = list(|items| {
        Arc::new(
            (0..items)
                .map(|row| (row % 5 != 0).then_some(row as i32))
                .collect::<Int32Array>(),
        )
    });
    let lists = list_of(&list_sized(4 * ROWS, texts));
    let records = list_of(&record(4 * ROWS));
    let lines = {
        let rows = 4 * ROWS;
        let points = list_of_rows(&record(4 * rows), rows);
        list_of(
            &(Arc::new(StructArray::from(vec![
                (field("label", &texts(rows)), texts(rows)),
                (field("points", &points), points),
            ])) as ArrayRef),
        )
    };
    vec![
        ("integers", integers),
        ("lists", lists),
        ("record", record(ROWS)),
        ("records", records),
        ("lines", lines),
        ("large_list", large_list()),
        ("fixed_list", fixed_list()),
        ("mapping", mapping()),
        ("deep", deep()),
    ]
}

fn field(name: &str, array: &ArrayRef) -> Arc<Field> {
    Arc::new(Field::new(name, array.data_type().clone(), true))
}

fn texts(rows: usize) -> ArrayRef {
    let values = (0..rows).map(|row| (row % 6 != 0).then(|| format!("t{}", row % 11)));
    Arc::new(values.collect::<StringArray>())
}

/// A row in seven is NULL, others have 0 to 3 items.
fn lengths(rows: usize) -> (OffsetBuffer<i32>, NullBuffer) {
    let valid: Vec<bool> = (0..rows).map(|row| row % 7 != 3).collect();
    let lengths = (0..rows).map(|row| {
        if row % 7 == 3 {
            0
        } else {
            scrambled(row) as usize % 4
        }
    });
    (OffsetBuffer::from_lengths(lengths), NullBuffer::from(valid))
}

fn list(items: impl Fn(usize) -> ArrayRef) -> ArrayRef {
    list_sized(ROWS, items)
}

fn list_sized(rows: usize, items: impl Fn(usize) -> ArrayRef) -> ArrayRef {
    list_of_rows(&items(4 * rows), rows)
}

fn list_of(items: &ArrayRef) -> ArrayRef {
    list_of_rows(items, ROWS)
}

fn list_of_rows(items: &ArrayRef, rows: usize) -> ArrayRef {
    let (offsets, nulls) = lengths(rows);
    Arc::new(ListArray::new(
        field("element", items),
        offsets,
        Arc::clone(items),
        Some(nulls),
    ))
}

fn record(rows: usize) -> ArrayRef {
    let x: ArrayRef = Arc::new(
        (0..rows)
            .map(|row| (row % 3 != 0).then_some(row as i32))
            .collect::<Int32Array>(),
    );
    let y: ArrayRef = Arc::new(
        (0..rows)
            .map(|row| Some(row as f64 / 4.0))
            .collect::<Float64Array>(),
    );
    let names = texts(rows);
    let fields: Fields = vec![field("x", &x), field("y", &y), field("name", &names)].into();
    let nulls = NullBuffer::from((0..rows).map(|row| row % 5 != 2).collect::<Vec<_>>());
    Arc::new(StructArray::new(fields, vec![x, y, names], Some(nulls)))
}

fn large_list() -> ArrayRef {
    let items = texts(2 * ROWS);
    let offsets = OffsetBuffer::<i64>::from_lengths((0..ROWS).map(|row| row % 3));
    Arc::new(LargeListArray::new(
        field("element", &items),
        offsets,
        items,
        None,
    ))
}

fn fixed_list() -> ArrayRef {
    let items: ArrayRef = Arc::new((0..2 * ROWS as i32).map(Some).collect::<Int32Array>());
    let nulls = NullBuffer::from((0..ROWS).map(|row| row % 4 != 1).collect::<Vec<_>>());
    Arc::new(FixedSizeListArray::new(
        field("element", &items),
        2,
        items,
        Some(nulls),
    ))
}

fn mapping() -> ArrayRef {
    let rows = 4 * ROWS;
    let keys: ArrayRef = Arc::new(
        (0..rows)
            .map(|row| Some(format!("k{row}")))
            .collect::<StringArray>(),
    );
    let values = record(rows);
    let fields: Fields = vec![
        Arc::new(Field::new("key", DataType::Utf8, false)),
        field("value", &values),
    ]
    .into();
    let entries = StructArray::new(fields, vec![keys, values], None);
    let (offsets, nulls) = lengths(ROWS);
    let entry = Arc::new(Field::new("key_value", entries.data_type().clone(), false));
    Arc::new(MapArray::new(entry, offsets, entries, Some(nulls), false))
}

fn deep() -> ArrayRef {
    let flags: ArrayRef = Arc::new(
        (0..ROWS)
            .map(|row| (row % 4 != 0).then_some(row % 3 == 0))
            .collect::<BooleanArray>(),
    );
    (0..4).fold(flags, |inner, depth| {
        let nulls = NullBuffer::from((0..ROWS).map(|row| row % (9 + depth) != 0).collect::<Vec<_>>());
        let fields: Fields = vec![field("inner", &inner)].into();
        Arc::new(StructArray::new(fields, vec![inner], Some(nulls)))
    })
}
