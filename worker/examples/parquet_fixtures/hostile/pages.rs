//! Lies of page headers and of what is in pages.

use super::recipe::{code, dictionary, of_header, page, page_v2, sizes};
use super::thrift::Struct;
use super::{CLAIMED_BYTES, CLAIMED_COUNT, Lie, calm, recipe, refused};

/// The integers 1, 2, 3.
fn words() -> Vec<u8> {
    [1_u32, 2, 3].map(u32::to_le_bytes).concat()
}

/// A file with these pages of INT32.
fn of(pages: &[Vec<u8>]) -> Vec<u8> {
    recipe(|file| file.pages = pages.concat())
}

/// A page of three keys.
fn keys(body: &[u8]) -> Vec<u8> {
    page(3, code::DICTIONARY, body.len(), body)
}

/// A file of texts by keys, with this many of these in the dictionary.
fn texts(values: i32, body: &[u8]) -> Vec<u8> {
    recipe(|file| {
        (file.physical, file.converted) = (code::BYTE_ARRAY, Some(code::UTF8));
        file.pages = [dictionary(values, body.len(), body), keys(&[2, 6, 0])].concat();
    })
}

/// A page with these sizes, uncompressed and compressed.
fn sized(uncompressed: i32, compressed: i32) -> Vec<u8> {
    let data = Struct::default()
        .int32(1, 3)
        .int32(2, code::PLAIN)
        .int32(3, code::RLE)
        .int32(4, code::RLE);
    let header = Struct::default()
        .int32(1, 0)
        .int32(2, uncompressed)
        .int32(3, compressed);
    of(&[of_header(&header.group(5, &data), &words())])
}

/// Sizes that claim gigabytes.
pub fn gigabytes() -> Vec<Lie> {
    let mut cases = Vec::new();
    for (name, codec) in [
        ("no codec", 0),
        ("snappy", 1),
        ("gzip", 2),
        ("brotli", 4),
        ("lz4", 5),
        ("zstd", 6),
        ("lz4 raw", 7),
    ] {
        let body = [7; 16];
        let mut claim = |what: &str, pages: Vec<u8>| {
            let file = recipe(|file| (file.codec, file.pages) = (codec, pages));
            let name = format!("{what} with {name}");
            // Without a codec the claim is never used.
            cases.push(if codec == 0 {
                calm(&name, file)
            } else {
                refused(&name, file)
            });
        };
        claim("a page", page(3, code::PLAIN, CLAIMED_BYTES, &body));
        claim("a page of version 2", page_v2(3, [0, 0], CLAIMED_BYTES, &body));
        let dictionary = dictionary(3, CLAIMED_BYTES, &body);
        claim("a dictionary", [dictionary, keys(&[2, 6])].concat());
    }
    cases
}

/// Sizes and counts that cannot be.
pub fn sizes_and_counts() -> Vec<Lie> {
    let words = words();
    let plain = |values: i32, body: &[u8]| of(&[page(values, code::PLAIN, body.len(), body)]);
    vec![
        refused("a hundred million values in a page", plain(CLAIMED_COUNT, &words)),
        refused("a negative number of values in a page", plain(-1, &words)),
        refused("fewer values than rows", plain(2, &words)),
        calm(
            "more values than rows",
            plain(4, &[words.as_slice(), &[0; 4]].concat()),
        ),
        refused("a body shorter than its values", plain(3, &words[..8])),
        refused("no page", of(&[])),
        refused("a negative uncompressed size", sized(-1, 12)),
        refused("a negative compressed size", sized(12, -1)),
        refused("a compressed size beyond the chunk", sized(12, 1 << 20)),
        refused("a compressed size of two billion", sized(12, i32::MAX)),
        refused("a page of no kind", of(&[of_header(&sizes(9, 12, 12), &words)])),
        refused(
            "a data page without its header",
            of(&[of_header(&sizes(0, 12, 12), &words)]),
        ),
        refused(
            "a row of index pages",
            of(&vec![of_header(&sizes(1, 0, 0), &[]); 1_000]),
        ),
        refused(
            "levels longer than the page",
            of(&[page_v2(3, [i32::MAX, 0], 12, &words)]),
        ),
        refused(
            "levels of negative length",
            of(&[page_v2(3, [-1, 1], 12, &words)]),
        ),
        refused(
            "levels whose lengths wrap around",
            of(&[page_v2(3, [i32::MAX; 2], 12, &words)]),
        ),
    ]
}

/// Dictionaries that lie.
pub fn dictionaries() -> Vec<Lie> {
    let words = words();
    let with =
        |values: i32, body: &[u8], indices: &[u8]| of(&[dictionary(values, body.len(), body), keys(indices)]);
    let a_text = [1, 0, 0, 0, b'a'];
    vec![
        refused(
            "a hundred million integers",
            with(CLAIMED_COUNT, &words, &[2, 6, 2]),
        ),
        refused("a hundred million texts", texts(CLAIMED_COUNT, &a_text)),
        refused("a negative number of texts", texts(-1, &a_text)),
        refused(
            "a text of four gigabytes",
            texts(1, &[0xff, 0xff, 0xff, 0xff, b'a']),
        ),
        refused("a key that the dictionary lacks", with(3, &words, &[8, 6, 200])),
        refused("a dictionary of no values", with(0, &[], &[2, 6, 1])),
        refused("keys of 255 bits", with(3, &words, &[255, 6, 1])),
        refused(
            "a run of two billion keys",
            with(3, &words, &[2, 0xfe, 0xff, 0xff, 0xff, 0x0f, 9]),
        ),
        refused("no keys", with(3, &words, &[])),
        refused(
            "two dictionaries",
            of(&[
                dictionary(3, 12, &words),
                dictionary(3, 12, &words),
                keys(&[2, 6, 1]),
            ]),
        ),
        refused("keys without a dictionary", of(&[keys(&[2, 6, 1])])),
    ]
}

/// Encodings that claim what is not there.
pub fn encodings() -> Vec<Lie> {
    let encoded = |physical: i32, encoding: i32, body: &[u8]| {
        recipe(|file| {
            (file.physical, file.type_length) = (physical, (physical == code::FIXED).then_some(4));
            file.pages = page(3, encoding, body.len(), body);
        })
    };
    let optional = |body: &[u8]| {
        recipe(|file| (file.repetition, file.pages) = (1, page(3, code::PLAIN, body.len(), body)))
    };
    // Block size, mini-blocks, count and first value, each as Thrift writes integers.
    let delta = |head: &[u8]| encoded(code::INT32, code::DELTA_BINARY_PACKED, &[head, &[0; 8]].concat());
    let huge: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0x0f];
    let lengths = |encoding: i32, bits: u8| {
        let body = [&[128, 1, 4, 3, 0, 0, bits, 0, 0, 0], [0xff_u8; 136].as_slice()].concat();
        encoded(code::BYTE_ARRAY, encoding, &body)
    };
    let four_gigabytes = [0xff, 0xff, 0xff, 0xff, 6, 1];
    vec![
        refused(
            "a delta block of four billion",
            delta(&[huge, &[4, 3, 0]].concat()),
        ),
        refused(
            "four billion delta mini-blocks",
            delta(&[&[128, 1], huge, &[3, 0]].concat()),
        ),
        refused("no delta mini-blocks", delta(&[128, 1, 0, 3, 0])),
        refused("a delta block of no values", delta(&[0, 4, 3, 0])),
        calm("four billion deltas", delta(&[&[128, 1, 4], huge, &[0]].concat())),
        refused(
            "deltas of 255 bits",
            delta(&[128, 1, 4, 3, 0, 0, 255, 255, 255, 255]),
        ),
        refused("lengths of four billion", lengths(code::DELTA_LENGTH, 32)),
        refused("prefixes of four billion", lengths(code::DELTA_BYTE_ARRAY, 32)),
        refused("lengths that are negative", lengths(code::DELTA_LENGTH, 31)),
        refused(
            "a split of bytes that do not divide",
            encoded(code::FIXED, code::SPLIT, &[1; 11]),
        ),
        refused(
            "a split of too few bytes",
            encoded(code::INT64, code::SPLIT, &[1; 8]),
        ),
        refused(
            "integers as RLE",
            encoded(code::INT32, code::RLE, &[4, 0, 0, 0, 6, 1, 0, 0]),
        ),
        refused(
            "booleans whose RLE is four gigabytes",
            encoded(code::BOOLEAN, code::RLE, &four_gigabytes),
        ),
        refused("an encoding of no name", encoded(code::INT32, 77, &[0; 12])),
        refused(
            "instants of a few bytes",
            encoded(code::INT96, code::PLAIN, &[1; 12]),
        ),
        refused("levels of four gigabytes", optional(&four_gigabytes)),
        refused("levels of no length", optional(&[0, 0, 0, 0])),
        refused("less than a length of levels", optional(&[0, 0])),
        refused(
            "a text of four gigabytes",
            encoded(code::BYTE_ARRAY, code::PLAIN, &four_gigabytes),
        ),
        refused(
            "a text of two gigabytes",
            encoded(code::BYTE_ARRAY, code::PLAIN, &[0xff, 0xff, 0xff, 0x7f, 1]),
        ),
    ]
}
