//! Lists and maps as older writers laid them out, which readers have to recognise by rules.

use std::sync::Arc;

use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::Named;

/// Writes one leaf of a file.
type Leaf = Box<dyn Fn(&mut SerializedColumnWriter<'_>)>;

/// The files.
pub fn files() -> Vec<Named> {
    let two_levels = "optional group items (LIST) { repeated int32 element; }";
    let records = "optional group items (LIST) { repeated group array { required int32 x; } }";
    let tuples = "optional group items (LIST) { repeated group items_tuple { required int32 x; } }";
    let pairs = "optional group items (LIST) { repeated group element { required int32 x; optional binary y (UTF8); } }";
    let map = "optional group items (MAP_KEY_VALUE) { repeated group map { required binary key (UTF8); optional int32 value; } }";
    let unannotated = "repeated int32 items;";
    let groups = "repeated group items { required int32 x; }";
    let intervals =
        "optional group record { optional fixed_len_byte_array(12) wait (INTERVAL); optional int32 x; }";
    let file =
        |name: &str, fields: &str, leaves: Vec<Leaf>| (format!("legacy_{name}"), write(fields, leaves));
    vec![
        file("list_of_two_levels", two_levels, vec![integers(2)]),
        file("list_of_array", records, vec![integers(2)]),
        file("list_of_tuples", tuples, vec![integers(2)]),
        file("list_of_pairs", pairs, vec![integers(2), texts(3, &LEVELS_OF_Y)]),
        file(
            "map_key_value",
            map,
            vec![texts(2, &LEVELS), integers_with(3, &LEVELS_OF_Y)],
        ),
        file("repeated", unannotated, vec![integers_with(1, &REPEATED)]),
        file("repeated_group", groups, vec![integers_with(1, &REPEATED)]),
        file(
            "interval_in_record",
            intervals,
            vec![waits(), integers_with(2, &[(0, 2), (0, 1), (0, 0)])],
        ),
    ]
}

/// Repetition and definition: [_, _], [], NULL, [_].
const LEVELS: [(i16, i16); 5] = [(0, 2), (1, 2), (0, 1), (0, 0), (0, 2)];
/// The same, where the second item is NULL.
const LEVELS_OF_Y: [(i16, i16); 5] = [(0, 3), (1, 2), (0, 1), (0, 0), (0, 3)];
/// [_, _], [], [], [_].
const REPEATED: [(i16, i16); 5] = [(0, 1), (1, 1), (0, 0), (0, 0), (0, 1)];

fn integers(defined: i16) -> Leaf {
    integers_with(defined, &LEVELS)
}

fn integers_with(defined: i16, levels: &'static [(i16, i16)]) -> Leaf {
    leaf::<Int32Type>(defined, levels, |index| index as i32 + 1)
}

fn texts(defined: i16, levels: &'static [(i16, i16)]) -> Leaf {
    leaf::<ByteArrayType>(defined, levels, |index| {
        ByteArray::from(format!("k{index}").as_str())
    })
}

/// One month, two days, three seconds.
fn waits() -> Leaf {
    let wait = |_| FixedLenByteArray::from([1_u32, 2, 3_000].map(u32::to_le_bytes).concat());
    leaf::<FixedLenByteArrayType>(2, &[(0, 2), (0, 1), (0, 0)], wait)
}

/// A leaf with a value wherever it is defined.
fn leaf<T: DataType>(
    defined: i16,
    levels: &'static [(i16, i16)],
    value: impl Fn(usize) -> T::T + 'static,
) -> Leaf {
    Box::new(move |leaf| {
        let (repetition, definition): (Vec<i16>, Vec<i16>) = levels.iter().copied().unzip();
        let values: Vec<T::T> = (0..levels.len())
            .filter(|index| definition[*index] == defined)
            .map(&value)
            .collect();
        leaf.typed::<T>()
            .write_batch(&values, Some(&definition), Some(&repetition))
            .expect("writes");
    })
}

fn write(fields: &str, leaves: Vec<Leaf>) -> Vec<u8> {
    let schema = parse_message_type(&format!("message m {{ {fields} }}")).expect("parses");
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), properties).expect("starts");
    let mut group = writer.next_row_group().expect("starts");
    for write in leaves {
        let mut leaf = group.next_column().expect("starts").expect("is there");
        write(&mut leaf);
        leaf.close().expect("closes");
    }
    group.close().expect("closes");
    writer.into_inner().expect("closes")
}
