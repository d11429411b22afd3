//! A file of one column `x`, written by hand, so that every number in it can be a lie.

use super::thrift::Struct;

/// Physical types, encodings and codecs by their numbers in Parquet's Thrift definition.
pub mod code {
    pub const BOOLEAN: i32 = 0;
    pub const INT32: i32 = 1;
    pub const INT64: i32 = 2;
    pub const INT96: i32 = 3;
    pub const BYTE_ARRAY: i32 = 6;
    pub const FIXED: i32 = 7;
    pub const PLAIN: i32 = 0;
    pub const RLE: i32 = 3;
    pub const DELTA_BINARY_PACKED: i32 = 5;
    pub const DELTA_LENGTH: i32 = 6;
    pub const DELTA_BYTE_ARRAY: i32 = 7;
    pub const DICTIONARY: i32 = 8;
    pub const SPLIT: i32 = 9;
    pub const UTF8: i32 = 0;
    pub const DECIMAL: i32 = 5;
}

/// The file; the default is a sound one of three required INT32 in one page.
#[derive(Clone)]
pub struct Recipe {
    pub physical: i32,
    pub type_length: Option<i32>,
    pub repetition: i32,
    pub converted: Option<i32>,
    pub scale: Option<i32>,
    pub precision: Option<i32>,
    pub codec: i32,
    pub rows: i64,
    pub values: i64,
    pub pages: Vec<u8>,
    pub data_offset: i64,
    pub dictionary_offset: Option<i64>,
    pub compressed: Option<i64>,
    pub uncompressed: Option<i64>,
    pub statistics: Option<Struct>,
    pub bloom_filter: Option<(i64, i32)>,
    pub file_path: Option<&'static str>,
    /// Written behind the pages; the footer refers to it.
    pub offset_index: Option<Vec<u8>>,
    pub column_index: Option<Vec<u8>>,
    /// Chunks of the row group, all alike.
    pub chunks: usize,
}

impl Default for Recipe {
    fn default() -> Self {
        let body = [1_u32, 2, 3].map(u32::to_le_bytes).concat();
        Self {
            physical: code::INT32,
            type_length: None,
            repetition: 0,
            converted: None,
            scale: None,
            precision: None,
            codec: 0,
            rows: 3,
            values: 3,
            pages: page(3, code::PLAIN, body.len(), &body),
            data_offset: 4,
            dictionary_offset: None,
            compressed: None,
            uncompressed: None,
            statistics: None,
            bloom_filter: None,
            file_path: None,
            offset_index: None,
            column_index: None,
            chunks: 1,
        }
    }
}

/// A data page of the first version: its header, with the size that it claims to have uncompressed, and its body.
pub fn page(values: i32, encoding: i32, uncompressed: usize, body: &[u8]) -> Vec<u8> {
    let header = Struct::default()
        .int32(1, values)
        .int32(2, encoding)
        .int32(3, code::RLE)
        .int32(4, code::RLE);
    of_header(&sizes(0, uncompressed, body.len()).group(5, &header), body)
}

/// A data page of the second version.
pub fn page_v2(values: i32, levels: [i32; 2], uncompressed: usize, body: &[u8]) -> Vec<u8> {
    let header = Struct::default()
        .int32(1, values)
        .int32(2, 0)
        .int32(3, values)
        .int32(4, code::PLAIN)
        .int32(5, levels[0])
        .int32(6, levels[1]);
    of_header(&sizes(3, uncompressed, body.len()).group(8, &header), body)
}

/// A dictionary page.
pub fn dictionary(values: i32, uncompressed: usize, body: &[u8]) -> Vec<u8> {
    let header = Struct::default().int32(1, values).int32(2, code::PLAIN);
    of_header(&sizes(2, uncompressed, body.len()).group(7, &header), body)
}

/// The sizes in a page's header.
pub fn sizes(kind: i32, uncompressed: usize, compressed: usize) -> Struct {
    let claim = |bytes: usize| i32::try_from(bytes).unwrap_or(i32::MAX);
    Struct::default()
        .int32(1, kind)
        .int32(2, claim(uncompressed))
        .int32(3, claim(compressed))
}

pub fn of_header(header: &Struct, body: &[u8]) -> Vec<u8> {
    [header.end(), body.to_vec()].concat()
}

impl Recipe {
    /// The file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut file = [b"PAR1", self.pages.as_slice()].concat();
        let mut put = |content: &Option<Vec<u8>>| {
            let content = content.as_ref()?;
            let start = i64::try_from(file.len()).expect("fits");
            file.extend(content);
            Some((start, i32::try_from(content.len()).expect("fits")))
        };
        let offset_index = put(&self.offset_index);
        let column_index = put(&self.column_index);
        let footer = self.footer(offset_index, column_index);
        with_footer(&file, &footer)
    }

    fn footer(&self, offset_index: Option<(i64, i32)>, column_index: Option<(i64, i32)>) -> Struct {
        let size = i64::try_from(self.pages.len()).expect("fits");
        let mut column = Struct::default()
            .int32(1, self.physical)
            .int32s(2, &[code::PLAIN])
            .texts(3, &["x"])
            .int32(4, self.codec)
            .int64(5, self.values)
            .int64(6, self.uncompressed.unwrap_or(size))
            .int64(7, self.compressed.unwrap_or(size))
            .int64(9, self.data_offset)
            .optional_int64(11, self.dictionary_offset);
        if let Some(statistics) = &self.statistics {
            column = column.group(12, statistics);
        }
        column = column
            .optional_int64(14, self.bloom_filter.map(|(start, _)| start))
            .optional_int32(15, self.bloom_filter.map(|(_, length)| length));
        let mut chunk = Struct::default();
        if let Some(path) = self.file_path {
            chunk = chunk.bytes(1, path.as_bytes());
        }
        let chunk = chunk
            .int64(2, 4)
            .group(3, &column)
            .optional_int64(4, offset_index.map(|(start, _)| start))
            .optional_int32(5, offset_index.map(|(_, length)| length))
            .optional_int64(6, column_index.map(|(start, _)| start))
            .optional_int32(7, column_index.map(|(_, length)| length));
        let group = Struct::default()
            .groups(1, &vec![chunk; self.chunks])
            .int64(2, size)
            .int64(3, self.rows);
        file_footer(&[root(1), self.leaf()], self.rows, &[group])
    }

    fn leaf(&self) -> Struct {
        Struct::default()
            .int32(1, self.physical)
            .optional_int32(2, self.type_length)
            .int32(3, self.repetition)
            .bytes(4, b"x")
            .optional_int32(6, self.converted)
            .optional_int32(7, self.scale)
            .optional_int32(8, self.precision)
    }
}

/// The schema's root.
pub fn root(children: i32) -> Struct {
    Struct::default().bytes(4, b"m").int32(5, children)
}

pub fn file_footer(schema: &[Struct], rows: i64, groups: &[Struct]) -> Struct {
    Struct::default()
        .int32(1, 1)
        .groups(2, schema)
        .int64(3, rows)
        .groups(4, groups)
}

/// A file that ends with this footer.
pub fn with_footer(start: &[u8], footer: &Struct) -> Vec<u8> {
    let footer = footer.end();
    let length = u32::try_from(footer.len()).expect("fits").to_le_bytes();
    [start, &footer, &length, b"PAR1"].concat()
}
