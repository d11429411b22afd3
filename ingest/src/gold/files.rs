//! The files that row groups come to lie in.
//!
//! Invariant: a file ends where its partition ends, or at the first row group's end beyond the wanted size. Each is
//! hashed as it is written, and its footer is read back and counted.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use catalog::{Column, DataFile, FileColumnStatistics, Footer, Scalar, keys};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::TypePtr;
use sha2::{Digest, Sha256};

use super::GoldError;
use super::encode::RowGroup;
use super::ordering::{least, most};
use super::partition::Partition;
use super::sketch::{Ends, is_long};

/// Metadata length and magic, behind the metadata.
const TRAILER_BYTES: u64 = 8;

/// A Parquet file in the scratch folder.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenFile {
    /// Where it is.
    pub path: PathBuf,
    /// Size.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
    /// Row groups.
    pub row_groups: u32,
    /// SHA-256, hexadecimal.
    pub content_hash: String,
    /// Where its footer lies.
    pub footer: Footer,
    /// Values of the partition columns, by column.
    pub partition: BTreeMap<String, Scalar>,
    /// `column=value`, outermost first, percent-encoded: folders of its key.
    pub partition_path: Vec<String>,
    /// Statistics by column name.
    pub statistics: BTreeMap<String, FileColumnStatistics>,
}

impl WrittenFile {
    /// The file as a manifest lists it. Its ETag comes when it is published.
    pub fn entry(&self, table: &str) -> DataFile {
        DataFile {
            key: keys::data_file(table, &self.partition_path, &self.content_hash),
            bytes: self.bytes,
            rows: self.rows,
            row_groups: self.row_groups,
            etag: None,
            content_hash: self.content_hash.clone(),
            footer: self.footer,
            partition: self.partition.clone(),
            columns: self.statistics.clone(),
        }
    }
}

/// Puts row groups into files, in their order.
pub(super) struct Files<'a> {
    folder: &'a Path,
    file_bytes: u64,
    columns: &'a [Column],
    root: TypePtr,
    properties: WriterPropertiesPtr,
    partition: Partition,
    open: Option<OpenFile>,
    done: Vec<WrittenFile>,
}

struct OpenFile {
    path: PathBuf,
    writer: SerializedFileWriter<HashingFile>,
    rows: u64,
    ranges: Vec<Range>,
}

/// The ends of a column in a file so far.
#[derive(Debug, Clone, Default)]
struct Range {
    ends: Ends,
    nulls: u64,
}

impl<'a> Files<'a> {
    /// No files yet, in a folder that exists.
    pub fn new(
        folder: &'a Path,
        file_bytes: u64,
        columns: &'a [Column],
        root: TypePtr,
        properties: WriterPropertiesPtr,
    ) -> Self {
        Self {
            folder,
            file_bytes,
            columns,
            root,
            properties,
            partition: Partition::default(),
            open: None,
            done: Vec::new(),
        }
    }

    /// Appends a row group, if there is one.
    pub fn append_all(&mut self, row_group: Option<RowGroup>) -> Result<(), GoldError> {
        let Some(row_group) = row_group else { return Ok(()) };
        if let Some(partition) = row_group.begins {
            self.finish_open()?;
            self.partition = partition;
        }
        let mut file = match self.open.take() {
            Some(file) => file,
            None => self.create()?,
        };
        let mut writer = file.writer.next_row_group()?;
        for ((column, encoded), range) in self.columns.iter().zip(row_group.columns).zip(&mut file.ranges) {
            for chunk in encoded.chunks {
                chunk.append_to_row_group(&mut writer)?;
            }
            range.nulls += encoded.nulls;
            range.ends = both(column, range.ends.take(), encoded.ends);
        }
        writer.close()?;
        file.rows += row_group.rows as u64;
        let is_full = file.writer.bytes_written() as u64 >= self.file_bytes;
        self.open = Some(file);
        if is_full {
            self.finish_open()?;
        }
        Ok(())
    }

    /// The finished files, which must hold so many rows.
    pub fn finish(mut self, rows: u64) -> Result<Vec<WrittenFile>, GoldError> {
        if self.open.is_none() && self.done.is_empty() {
            self.open = Some(self.create()?);
        }
        self.finish_open()?;
        let found = self.done.iter().map(|file| file.rows).sum();
        if found != rows {
            return Err(GoldError::ReadBack {
                expected: rows,
                found,
            });
        }
        Ok(self.done)
    }

    fn create(&self) -> Result<OpenFile, GoldError> {
        let path = self.folder.join(format!("{:05}.parquet", self.done.len()));
        let file = File::create(&path).map_err(|cause| GoldError::Io {
            path: path.clone(),
            cause,
        })?;
        let sink = HashingFile {
            file,
            hash: Sha256::new(),
            bytes: 0,
        };
        Ok(OpenFile {
            path,
            writer: SerializedFileWriter::new(sink, self.root.clone(), self.properties.clone())?,
            rows: 0,
            ranges: vec![Range::default(); self.columns.len()],
        })
    }

    fn finish_open(&mut self) -> Result<(), GoldError> {
        let Some(mut open) = self.open.take() else {
            return Ok(());
        };
        let metadata = open.writer.finish()?;
        let sink = open.writer.inner();
        let io = |cause| GoldError::Io {
            path: open.path.clone(),
            cause,
        };
        let file = File::open(&open.path).map_err(io)?;
        let footer = footer_of(&file, sink.bytes, &metadata).map_err(io)?;
        let read_back = ParquetMetaDataReader::new().parse_and_finish(&file)?;
        let rows = u64::try_from(read_back.file_metadata().num_rows()).unwrap_or(0);
        if rows != open.rows {
            return Err(GoldError::ReadBack {
                expected: open.rows,
                found: rows,
            });
        }
        let statistics = self.columns.iter().zip(open.ranges);
        self.done.push(WrittenFile {
            bytes: sink.bytes,
            rows,
            row_groups: u32::try_from(metadata.num_row_groups()).unwrap_or(u32::MAX),
            content_hash: hex::encode(sink.hash.clone().finalize()),
            footer,
            partition: self.partition.values.clone(),
            partition_path: self.partition.parts.clone(),
            statistics: statistics
                .map(|(column, range)| (column.name.clone(), range.finish()))
                .collect(),
            path: open.path,
        });
        Ok(())
    }
}

impl Range {
    fn finish(self) -> FileColumnStatistics {
        let told = |end: Scalar| Some(end).filter(|end| !end.is_null() && !is_long(end));
        let (min, max) = self
            .ends
            .map_or((None, None), |(min, max)| (told(min), told(max)));
        FileColumnStatistics {
            min,
            max,
            null_count: Some(self.nulls),
        }
    }
}

/// The ends of both: NULL where one cannot be written, or their order is not known.
fn both(column: &Column, a: Ends, b: Ends) -> Ends {
    let (Some(a), Some(b)) = (a.clone(), b.clone()) else {
        return a.or(b);
    };
    let end = |a: Scalar, b: Scalar, choose: fn(&catalog::ColumnType, Scalar, Scalar) -> Option<Scalar>| {
        let are_told = !a.is_null() && !b.is_null();
        are_told
            .then(|| choose(&column.column_type, a, b))
            .flatten()
            .unwrap_or(Scalar::Null)
    };
    Some((end(a.0, b.0, least), end(a.1, b.1, most)))
}

/// Hashes what it writes, so that the file need not be read again.
struct HashingFile {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Write for HashingFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn footer_of(mut file: &File, bytes: u64, metadata: &ParquetMetaData) -> io::Result<Footer> {
    file.seek(SeekFrom::Start(bytes.saturating_sub(TRAILER_BYTES)))?;
    let mut length = [0; 4];
    file.read_exact(&mut length)?;
    let offset = bytes.saturating_sub(TRAILER_BYTES + u64::from(u32::from_le_bytes(length)));
    let index_offset = metadata
        .row_groups()
        .iter()
        .flat_map(|group| group.columns())
        .flat_map(|column| [column.column_index_offset(), column.offset_index_offset()])
        .flatten()
        .filter_map(|offset| u64::try_from(offset).ok())
        .min()
        .unwrap_or(offset);
    Ok(Footer {
        offset,
        bytes: bytes - offset,
        index_offset,
    })
}
