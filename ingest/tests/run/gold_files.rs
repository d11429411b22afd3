//! `gold::write`: where files end, what is in them, and that they never depend on chance.

use std::path::Path;

use catalog::{Column, ColumnStatistics, Role, Scalar, SortKey};
use ingest::engine::{Engine, Resources};
use ingest::gold::{self, GoldError, Layout, Written};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// A DuckDB with this many threads, and a folder to write to.
pub struct Bench {
    pub engine: Engine,
    pub work: tempfile::TempDir,
}

impl Bench {
    pub fn new(threads: u16) -> Self {
        let work = tempfile::tempdir().expect("temporary folder");
        let resources = Resources {
            threads: Some(threads),
            ..Resources::default()
        };
        Self {
            engine: Engine::open(work.path(), &resources).expect("DuckDB opens"),
            work,
        }
    }

    /// Columns as a run would describe them; those named here are dimensions.
    pub fn columns(&self, select: &str, dimensions: &[&str]) -> Vec<Column> {
        let described = self.engine.describe(select).expect("types");
        let columns = gold::columns_of(&described).expect("accepted");
        (1..)
            .zip(columns)
            .map(|(field_id, column)| Column {
                field_id,
                original_name: None,
                nullable: true,
                role: if dimensions.contains(&column.name.as_str()) {
                    Role::Dimension
                } else {
                    column.column_type.default_role()
                },
                description: None,
                statistics: ColumnStatistics::default(),
                name: column.name,
                column_type: column.column_type,
            })
            .collect()
    }

    pub fn write(&self, select: &str, layout: Layout<'_>) -> Result<Written, GoldError> {
        gold::write(
            &self.engine,
            select,
            &self.columns(select, &[]),
            layout,
            self.work.path(),
        )
    }
}

/// Small row groups in small files.
pub const SMALL: Layout<'_> = Layout {
    row_group_rows: 10_000,
    file_bytes: 200_000,
    sort_keys: &[],
    partition_by: &[],
    bloom: &[],
    zstd_level: 3,
};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn rows_of_groups(path: &Path) -> Vec<i64> {
    let file = std::fs::File::open(path).expect("file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    reader
        .metadata()
        .row_groups()
        .iter()
        .map(|group| group.num_rows())
        .collect()
}

#[test]
fn large_tables_become_several_files_that_end_with_row_groups() {
    let bench = Bench::new(2);
    let sort_keys = [SortKey {
        column: "i".to_owned(),
        descending: false,
    }];
    let layout = Layout {
        sort_keys: &sort_keys,
        ..SMALL
    };
    let written = bench
        .write(
            "SELECT i, hash(i) AS h FROM range(105000) AS t(i) ORDER BY i",
            layout,
        )
        .expect("written");
    assert!(written.files.len() > 2, "{} files", written.files.len());
    let rows: Vec<i64> = written
        .files
        .iter()
        .flat_map(|file| rows_of_groups(&file.path))
        .collect();
    assert_eq!(rows, [[10_000; 10].as_slice(), &[5_000]].concat());
    let mut next = 0;
    for file in &written.files {
        assert!(file.bytes < 400_000, "{} bytes", file.bytes);
        assert_eq!(file.bytes, std::fs::metadata(&file.path).expect("file").len());
        assert_eq!(rows_of_groups(&file.path).len(), file.row_groups as usize);
        let statistics = &file.statistics["i"];
        assert_eq!(
            statistics.min,
            Some(Scalar::Integer(next)),
            "each file knows its own ends"
        );
        next += i64::try_from(file.rows).expect("rows");
        assert_eq!(statistics.max, Some(Scalar::Integer(next - 1)));
    }
}

#[test]
fn the_same_rows_give_the_same_files_whatever_the_threads() {
    // Strings, NULLs and nested values in row groups that no batch of DuckDB ends with.
    let select =
        "SELECT i, 'name ' || (i % 700) AS name, CASE WHEN i % 3 = 0 THEN NULL ELSE i * 0.5 END AS half,
                         [i, i % 5] AS list FROM range(50000) AS t(i) ORDER BY hash(i)";
    let layout = Layout {
        row_group_rows: 7_777,
        ..SMALL
    };
    let written = [1, 2, 5].map(|threads| {
        let bench = Bench::new(threads);
        let written = bench.write(select, layout).expect("written");
        let hashes: Vec<String> = written
            .files
            .iter()
            .map(|file| file.content_hash.clone())
            .collect();
        (hashes, written.sketch.to_json().expect("JSON"))
    });
    assert_eq!(written[0], written[1]);
    assert_eq!(written[0], written[2]);
}

#[test]
fn each_partition_has_its_own_files() {
    let bench = Bench::new(2);
    let partition_by = names(&["region", "year"]);
    let layout = Layout {
        partition_by: &partition_by,
        ..SMALL
    };
    let select = "SELECT * FROM (SELECT i, 2000 + i % 2 AS year, ['a/b', NULL, 'é'][1 + i % 3] AS region, hash(i) AS noise
                  FROM range(60000) AS t(i)) ORDER BY region NULLS LAST, year, i";
    let written = bench.write(select, layout).expect("written");
    let mut partitions: Vec<String> = written
        .files
        .iter()
        .map(|file| file.partition_path.join("/"))
        .collect();
    partitions.dedup();
    assert_eq!(
        partitions,
        [
            "region=a%2Fb/year=2000",
            "region=a%2Fb/year=2001",
            "region=%C3%A9/year=2000",
            "region=%C3%A9/year=2001",
            "region=__HIVE_DEFAULT_PARTITION__/year=2000",
            "region=__HIVE_DEFAULT_PARTITION__/year=2001",
        ]
    );
    for file in &written.files {
        let statistics = &file.statistics["year"];
        assert_eq!(
            (&statistics.min, &statistics.max),
            (&statistics.max, &Some(file.partition["year"].clone()))
        );
        let key = file.entry("t").key;
        assert!(
            key.starts_with("tables/t/region=") && key.ends_with(".parquet"),
            "{key}"
        );
    }
    assert_eq!(written.files[0].partition["region"], Scalar::from("a/b"));
    assert_eq!(
        written.files.last().expect("file").partition["region"],
        Scalar::Null
    );
    let rows: u64 = written.files.iter().map(|file| file.rows).sum();
    assert_eq!(rows, 60_000);
}

#[test]
fn rows_of_a_partition_that_do_not_come_together_are_refused() {
    let bench = Bench::new(1);
    let partition_by = names(&["k"]);
    let layout = Layout {
        partition_by: &partition_by,
        ..SMALL
    };
    let error = bench
        .write("SELECT i, (i // 100) % 2 AS k FROM range(1000) AS t(i)", layout)
        .expect_err("refused");
    assert!(
        error.to_string().contains("k=0") && error.to_string().contains("partition_by"),
        "{error}"
    );
    let nested = bench.write("SELECT [1] AS k", layout).expect_err("refused");
    assert!(nested.to_string().contains("part of a path"), "{nested}");
    let missing = bench.write("SELECT 1 AS a", layout).expect_err("refused");
    assert!(missing.to_string().contains("`k`"), "{missing}");
}

#[test]
fn a_query_that_fails_halfway_is_an_error_and_the_engine_lives_on() {
    let bench = Bench::new(2);
    let error = bench
        .write(
            "SELECT CASE WHEN i = 90000 THEN error('row 90000 is bad') ELSE i END AS i FROM range(100000) AS t(i)",
            SMALL,
        )
        .expect_err("fails");
    assert!(error.to_string().contains("row 90000 is bad"), "{error}");
    bench.write("SELECT 1 AS one", SMALL).expect("written");
}

#[test]
fn a_select_that_returns_other_columns_is_refused() {
    let bench = Bench::new(1);
    let columns = bench.columns("SELECT 1 AS a, 2 AS b", &[]);
    let select = "SELECT 2 AS b, 1 AS a";
    let error = gold::write(&bench.engine, select, &columns, SMALL, bench.work.path()).expect_err("refused");
    assert!(
        error.to_string().contains("a, b") && error.to_string().contains("b, a"),
        "{error}"
    );
}

#[test]
fn bloom_filters_are_there_where_declared_and_know_their_values() {
    let bench = Bench::new(2);
    let bloom = names(&["id"]);
    let layout = Layout {
        bloom: &bloom,
        zstd_level: 3,
        ..SMALL
    };
    let written = bench
        .write(
            "SELECT 'id ' || (i * 7) AS id, i FROM range(10000) AS t(i)",
            layout,
        )
        .expect("written");
    let file = std::fs::File::open(&written.files[0].path).expect("file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let filter = reader
        .get_row_group_column_bloom_filter(0, 0)
        .expect("readable")
        .expect("a filter");
    assert!((0..10_000).all(|i| filter.check(&format!("id {}", i * 7).as_str())));
    let wrongly = (0..10_000)
        .filter(|i| filter.check(&format!("no {i}").as_str()))
        .count();
    assert!(
        wrongly < 300,
        "{wrongly} of 10000 pass although they are not there"
    );
    assert!(
        reader
            .get_row_group_column_bloom_filter(0, 1)
            .expect("readable")
            .is_none()
    );
    let unknown = names(&["nowhere"]);
    let layout = Layout {
        bloom: &unknown,
        zstd_level: 3,
        ..SMALL
    };
    let error = bench.write("SELECT 1 AS id", layout).expect_err("refused");
    assert!(error.to_string().contains("`nowhere`"), "{error}");
}
