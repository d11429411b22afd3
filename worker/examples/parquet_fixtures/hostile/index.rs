//! Lies of the page index. It may be left unread: then the answers are right.

use super::recipe::{Recipe, page};
use super::thrift::{STRUCT, Struct};
use super::{Lie, calm, recipe};

const BINARY: u8 = 8;
const BOOLEAN: u8 = 2;

/// Page locations: offset, size, first row.
fn locations(pages: &[(i64, i32, i64)]) -> Vec<u8> {
    let locations: Vec<Struct> = pages
        .iter()
        .map(|(offset, size, row)| Struct::default().int64(1, *offset).int32(2, *size).int64(3, *row))
        .collect();
    Struct::default().groups(1, &locations).end()
}

/// The size of the sound file's one page.
fn page_bytes() -> i32 {
    i32::try_from(Recipe::default().pages.len()).expect("is small")
}

/// The sound file with bounds of this many pages.
fn bounded(pages: usize, bound: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bound.len()).expect("is short");
    let bounds: Vec<u8> = (0..pages).flat_map(|_| [&[length], bound].concat()).collect();
    let count = pages as u64;
    let index = Struct::default()
        .claimed_list(1, BOOLEAN, count, &vec![BOOLEAN; pages])
        .claimed_list(2, BINARY, count, &bounds)
        .claimed_list(3, BINARY, count, &bounds)
        .int32(4, 0);
    recipe(|file| {
        file.offset_index = Some(locations(&[(4, page_bytes(), 0)]));
        file.column_index = Some(index.end());
    })
}

/// Places of pages that lie.
pub fn places() -> Vec<Lie> {
    let indexed = |pages: &[(i64, i32, i64)]| recipe(|file| file.offset_index = Some(locations(pages)));
    let (start, size) = (4, page_bytes());
    // Two pages, of rows 0 and 1 to 2.
    let two = |first: (i64, i32, i64), second: (i64, i32, i64)| {
        recipe(|file| {
            let pages = [
                page(1, 0, 4, &[1, 0, 0, 0]),
                page(2, 0, 8, &[2, 0, 0, 0, 3, 0, 0, 0]),
            ];
            file.pages = pages.concat();
            file.offset_index = Some(locations(&[first, second]));
        })
    };
    let first_bytes = i32::try_from(page(1, 0, 4, &[0; 4]).len()).expect("is small");
    let second_bytes = i32::try_from(page(2, 0, 8, &[0; 8]).len()).expect("is small");
    let second_start = start + i64::from(first_bytes);
    vec![
        calm(
            "places as they are",
            two((start, first_bytes, 0), (second_start, second_bytes, 1)),
        ),
        calm("no pages", indexed(&[])),
        calm("a page before the chunk", indexed(&[(0, size, 0)])),
        calm("a page before the file", indexed(&[(-40, size, 0)])),
        calm("a page behind the file", indexed(&[(1 << 40, size, 0)])),
        calm("a page of negative size", indexed(&[(start, -1, 0)])),
        calm("a page of two gigabytes", indexed(&[(start, i32::MAX, 0)])),
        calm("a page of one byte", indexed(&[(start, 1, 0)])),
        calm("a page behind its start", indexed(&[(start + 6, size - 6, 0)])),
        calm("a first row that is not 0", indexed(&[(start, size, 2)])),
        calm("a first row that is negative", indexed(&[(start, size, -2)])),
        calm("one page twice", indexed(&[(start, size, 0), (start, size, 1)])),
        calm(
            "one page of two",
            two((start, first_bytes, 0), (start, first_bytes, 1)),
        ),
        calm(
            "first rows that fall",
            two((start, first_bytes, 2), (second_start, second_bytes, 0)),
        ),
        calm(
            "first rows that are equal",
            two((start, first_bytes, 0), (second_start, second_bytes, 0)),
        ),
        calm(
            "a first row too far",
            two((start, first_bytes, 0), (second_start, second_bytes, 2)),
        ),
        calm(
            "first rows beyond the group",
            two((start, first_bytes, 0), (second_start, second_bytes, 1 << 40)),
        ),
        calm(
            "pages in the wrong order",
            two((second_start, second_bytes, 0), (start, first_bytes, 1)),
        ),
        calm(
            "pages that overlap",
            two((start, first_bytes + 5, 0), (second_start, second_bytes, 1)),
        ),
        calm(
            "pages with a gap",
            two((start, first_bytes - 1, 0), (second_start, second_bytes, 1)),
        ),
    ]
}

/// Bounds of pages that lie.
pub fn bounds() -> Vec<Lie> {
    let claimed = |field: u8| {
        Some(
            Struct::default()
                .claimed_list(field, STRUCT, 20_000_000, &[])
                .end(),
        )
    };
    vec![
        calm("bounds of a page", bounded(1, &[3, 0, 0, 0])),
        calm("bounds of fewer pages", bounded(0, &[])),
        calm("bounds of more pages", bounded(9, &[1, 0, 0, 0])),
        calm("bounds of three bytes", bounded(1, &[3, 0, 0])),
        calm("bounds of no bytes", bounded(1, &[])),
        calm("bounds of nine bytes", bounded(1, &[1; 9])),
        calm(
            "places of millions of pages",
            recipe(|file| file.offset_index = claimed(1)),
        ),
        calm(
            "bounds of millions of pages",
            recipe(|file| {
                file.offset_index = Some(locations(&[(4, page_bytes(), 0)]));
                file.column_index = claimed(1);
            }),
        ),
    ]
}
