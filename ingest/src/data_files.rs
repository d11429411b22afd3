//! Published data files on this machine, each fetched once.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use catalog::{Column, ColumnType, DataFile, Scalar};
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{Error, GetOptions, ObjectStore};
use tokio::io::AsyncWriteExt;

use crate::engine::sql;
use crate::once::OnceEach;
use crate::target::{Location, Target, TargetError};

/// Files that are fetched at the same time.
const FETCHES: usize = 8;
/// How DuckDB reads them.
const OPTIONS: &str = "union_by_name = true, hive_partitioning = false";
/// A column with the path of each row's file, named as no column is.
const FILE: &str = "(file)";

/// The data files of a target, as far as they were asked for.
#[derive(Debug)]
pub(crate) struct DataFiles<'a> {
    target: &'a Target,
    folder: PathBuf,
    fetched: OnceEach<PathBuf>,
}

/// A file that the catalog names cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataFileError {
    /// The target failed.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// It is not there.
    #[error("{table} names {key}, which is not there: publish the table again")]
    Missing {
        /// The table.
        table: String,
        /// The file.
        key: String,
    },
    /// Something else lies under its key.
    #[error(
        "{table} names {key}, which was replaced after it was published: publish the table again, with --full-refresh"
    )]
    Replaced {
        /// The table.
        table: String,
        /// The file.
        key: String,
    },
    /// The scratch folder failed.
    #[error("cannot write to {}: {cause}", .path.display())]
    Io {
        /// What was written.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
}

impl<'a> DataFiles<'a> {
    /// Files of the target; those of a bucket are fetched into the scratch folder.
    pub fn new(target: &'a Target, scratch: &Path) -> Self {
        Self {
            target,
            folder: scratch.join("published"),
            fetched: OnceEach::default(),
        }
    }

    /// Where the files are on this machine, in their order.
    pub async fn local(&self, table: &str, files: &[DataFile]) -> Result<Vec<PathBuf>, DataFileError> {
        stream::iter(files.iter().map(|file| self.local_one(table, file)))
            .buffered(FETCHES)
            .try_collect()
            .await
    }

    /// A document of the target; none where it is not there.
    pub async fn document(&self, key: &str) -> Result<Option<Bytes>, TargetError> {
        Ok(self.target.read(key).await?.map(|(bytes, _)| bytes))
    }

    async fn local_one(&self, table: &str, file: &DataFile) -> Result<PathBuf, DataFileError> {
        let missing = || DataFileError::Missing {
            table: table.to_owned(),
            key: file.key.clone(),
        };
        if let Location::Folder(_) = &self.target.location {
            let look = |_| async move {
                let path = self.target.file(&file.key)?;
                if !path.is_file() {
                    return Err(missing());
                }
                self.target.traffic.read(file.bytes);
                Ok(path)
            };
            return self.fetched.get(&file.key, look).await;
        }
        let fetch = |index| async move {
            let path = self.folder.join(format!("{index:06}.parquet"));
            if self.fetch(table, file, &path).await? {
                Ok(path)
            } else {
                Err(missing())
            }
        };
        self.fetched.get(&file.key, fetch).await
    }

    /// Copies an object of a bucket to a file, part by part. Returns whether there is such an object.
    async fn fetch(&self, table: &str, file: &DataFile, path: &Path) -> Result<bool, DataFileError> {
        let io = |cause| DataFileError::Io {
            path: path.to_owned(),
            cause,
        };
        let replaced = || DataFileError::Replaced {
            table: table.to_owned(),
            key: file.key.clone(),
        };
        let unreadable = |error: Error| match error {
            Error::Precondition { .. } => replaced(),
            error => self.target.failed("read", &file.key, &error).into(),
        };
        tokio::fs::create_dir_all(&self.folder).await.map_err(io)?;
        let options = GetOptions {
            if_match: file.etag.clone(),
            ..GetOptions::default()
        };
        let key = self.target.path(&file.key)?;
        let mut parts = match self.target.store.get_opts(&key, options).await {
            Ok(object) => object.into_stream(),
            Err(Error::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(unreadable(error)),
        };
        let mut copy = tokio::fs::File::create(path).await.map_err(io)?;
        let mut bytes = 0;
        while let Some(part) = parts.try_next().await.map_err(unreadable)? {
            copy.write_all(&part).await.map_err(io)?;
            bytes += part.len() as u64;
        }
        copy.flush().await.map_err(io)?;
        self.target.traffic.read(bytes);
        if bytes == file.bytes {
            Ok(true)
        } else {
            Err(replaced())
        }
    }
}

/// A SELECT of these columns from the files. A file that was written before a column came has NULL there.
pub(crate) fn select<P: AsRef<Path>>(columns: &[Column], paths: &[P]) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|column| sql::identifier(&column.name))
        .collect();
    format!("SELECT {} FROM {}", columns.join(", "), relation(paths))
}

/// A SELECT of these columns from published files, which are at these paths. Columns that stand in the keys of files have
/// their values from the manifest.
pub(crate) fn select_published<P: AsRef<Path>>(
    columns: &[Column],
    files: &[DataFile],
    paths: &[P],
) -> String {
    let in_paths: Vec<&Column> = DataFile::path_columns(files, columns).collect();
    if in_paths.is_empty() {
        return select(columns, paths);
    }
    let columns = columns.iter().map(|column| {
        let side = if in_paths.contains(&column) {
            "path"
        } else {
            "file"
        };
        format!("{side}.{}", sql::identifier(&column.name))
    });
    let values = files.iter().zip(paths).map(|(file, path)| {
        let path = sql::text(&path.as_ref().to_string_lossy());
        let values = in_paths.iter().map(|column| path_value(file, column));
        let row: Vec<String> = std::iter::once(path).chain(values).collect();
        format!("({})", row.join(", "))
    });
    let names: Vec<String> = in_paths
        .iter()
        .map(|column| sql::identifier(&column.name))
        .collect();
    format!(
        "SELECT {} FROM read_parquet({}, {OPTIONS}, filename = '{FILE}') AS file \
         LEFT JOIN (VALUES {}) AS path(\"{FILE}\", {}) ON file.\"{FILE}\" = path.\"{FILE}\"",
        columns.collect::<Vec<_>>().join(", "),
        sql::paths(paths),
        values.collect::<Vec<_>>().join(", "),
        names.join(", ")
    )
}

/// The value of a column that stands in the key of a file, as a literal.
fn path_value(file: &DataFile, column: &Column) -> String {
    let value = match file.path_value(&column.name) {
        None | Some(Scalar::Null) => "NULL".to_owned(),
        Some(value) => sql::text(&value.to_string()),
    };
    let duck_type = match column.column_type {
        ColumnType::Int { .. } => "BIGINT",
        ColumnType::Date => "DATE",
        _ => "VARCHAR",
    };
    format!("CAST({value} AS {duck_type})")
}

/// The files as a relation, with the columns of all of them. What paths say is left to [`select_published`]: DuckDB would go
/// by the paths that copies have.
pub(crate) fn relation<P: AsRef<Path>>(paths: &[P]) -> String {
    format!("read_parquet({}, {OPTIONS})", sql::paths(paths))
}
