//! Lies of the footer.

use super::recipe::{code, file_footer, root, with_footer};
use super::thrift::{STRUCT, Struct};
use super::{CLAIMED_BYTES, Lie, calm, recipe, refused};

/// Of a list whose elements take less than a hundred bytes each when they are read.
const MANY_ELEMENTS: u64 = 10_000_000;

fn schema() -> [Struct; 2] {
    [
        root(1),
        Struct::default().int32(1, code::INT32).int32(3, 0).bytes(4, b"x"),
    ]
}

/// A schema of `depth` groups within each other.
fn deep(depth: usize) -> Vec<u8> {
    let mut elements = vec![root(1); depth];
    elements.push(schema()[1].clone());
    with_footer(b"PAR1", &file_footer(&elements, 0, &[]))
}

/// Lists that claim more than there is.
pub fn lists() -> Vec<Lie> {
    let start = || Struct::default().int32(1, 1);
    let elements = |length| with_footer(b"PAR1", &start().claimed_list(2, STRUCT, length, &[]));
    let groups = |length| {
        let footer = start().groups(2, &schema()).int64(3, 3);
        with_footer(b"PAR1", &footer.claimed_list(4, STRUCT, length, &[]))
    };
    let columns = |length| {
        let group = Struct::default().claimed_list(1, STRUCT, length, &[]);
        with_footer(b"PAR1", &file_footer(&schema(), 3, &[group]))
    };
    let children = |children| {
        let footer = file_footer(&[root(children), schema()[1].clone()], 0, &[]);
        with_footer(b"PAR1", &footer)
    };
    vec![
        refused("millions of row groups", groups(MANY_ELEMENTS)),
        refused("more row groups than a list can have", groups(u64::MAX)),
        refused("millions of schema elements", elements(MANY_ELEMENTS)),
        refused("millions of columns", columns(MANY_ELEMENTS)),
        refused("millions of children", children(50_000_000)),
        refused("a negative number of children", children(-1)),
        calm("groups within groups", deep(100)),
    ]
}

/// Counts and places that cannot be.
pub fn counts_and_places() -> Vec<Lie> {
    vec![
        refused("more rows than values", recipe(|file| file.rows = 4)),
        refused("fewer rows than values", recipe(|file| file.rows = 2)),
        refused(
            "rows without end",
            recipe(|file| (file.rows, file.values) = (i64::MAX, i64::MAX)),
        ),
        refused("a negative number of rows", recipe(|file| file.rows = -1)),
        calm("a negative number of values", recipe(|file| file.values = -1)),
        refused("pages before the file", recipe(|file| file.data_offset = -4)),
        refused("pages behind the file", recipe(|file| file.data_offset = 1 << 40)),
        refused("pages in the magic", recipe(|file| file.data_offset = 0)),
        calm(
            "a dictionary behind the file",
            recipe(|file| file.dictionary_offset = Some(1 << 40)),
        ),
        refused(
            "a dictionary before the file",
            recipe(|file| file.dictionary_offset = Some(i64::MIN)),
        ),
        refused(
            "a chunk of negative size",
            recipe(|file| file.compressed = Some(-1)),
        ),
        refused(
            "a chunk larger than the file",
            recipe(|file| file.compressed = Some(i64::MAX)),
        ),
        calm(
            "an uncompressed size of exabytes",
            recipe(|file| file.uncompressed = Some(i64::MAX)),
        ),
        calm(
            "a negative uncompressed size",
            recipe(|file| file.uncompressed = Some(i64::MIN)),
        ),
        refused("no chunks", recipe(|file| file.chunks = 0)),
        refused("more chunks than columns", recipe(|file| file.chunks = 2)),
        refused(
            "a chunk in another file",
            recipe(|file| file.file_path = Some("other.parquet")),
        ),
    ]
}

/// Types that cannot be.
pub fn types() -> Vec<Lie> {
    let fixed =
        |length: Option<i32>| recipe(|file| (file.physical, file.type_length) = (code::FIXED, length));
    let decimal = |precision: i32, scale: i32| {
        recipe(|file| {
            (file.converted, file.precision, file.scale) =
                (Some(code::DECIMAL), Some(precision), Some(scale));
        })
    };
    let gigantic = i32::try_from(CLAIMED_BYTES).expect("fits");
    vec![
        refused("a codec of no name", recipe(|file| file.codec = 99)),
        refused("a type of no name", recipe(|file| file.physical = 99)),
        refused("values of no length", fixed(None)),
        refused("values of negative length", fixed(Some(-5))),
        refused("values of length zero", fixed(Some(0))),
        refused("values of gigantic length", fixed(Some(gigantic))),
        refused("a decimal of 200 digits", decimal(200, 2)),
        refused("a decimal of no digits", decimal(0, 0)),
        calm("a decimal of negative scale", decimal(9, -2)),
        refused("a decimal of more scale than digits", decimal(5, 9)),
        refused("a decimal of a scale that is no byte", decimal(9, 1000)),
    ]
}

/// Statistics and filters that lie.
pub fn statistics_and_filters() -> Vec<Lie> {
    let bounds = |low: &[u8], high: &[u8], nulls: i64| {
        let statistics = Struct::default().int64(3, nulls).bytes(5, high).bytes(6, low);
        recipe(|file| file.statistics = Some(statistics))
    };
    let (one, three) = ([1, 0, 0, 0], [3, 0, 0, 0]);
    let filter = |start: i64, length: i32| recipe(|file| file.bloom_filter = Some((start, length)));
    vec![
        calm("bounds of no bytes", bounds(&[], &[], 0)),
        calm("bounds of three bytes", bounds(&one[..3], &three[..3], 0)),
        calm("bounds of nine bytes", bounds(&[1; 9], &[3; 9], 0)),
        calm("bounds the wrong way round", bounds(&[9, 0, 0, 0], &one, 0)),
        calm("a negative number of NULLs", bounds(&one, &three, -1)),
        calm("more NULLs than rows", bounds(&one, &three, 4)),
        calm("NULLs without end", bounds(&one, &three, i64::MAX)),
        calm("a filter behind the file", filter(1 << 40, 100)),
        calm("a filter before the file", filter(-1, 100)),
        calm("a filter of negative length", filter(4, -1)),
        calm("a filter of two gigabytes", filter(4, i32::MAX)),
    ]
}
