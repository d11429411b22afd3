//! Slices of a written file: their rows against DuckDB's, their bytes against each other.

use catalog::{Column, ColumnStatistics, SortKey};

use super::*;
use crate::engine::{Engine, Resources, sql};
use crate::gold::{self, Layout};

const TABLE: &str = "SELECT i AS id, 'user ' || hash(i)::VARCHAR AS name, i // 1000 AS day, \
     if(i % 10 = 0, NULL, (i * 7919) % 5000) AS code, i / 8 AS price, (i % 900)::DECIMAL(9, 2) AS part, {'p': i} AS pair \
     FROM range(100000) r(i)";

struct Written {
    engine: Engine,
    reader: Reader,
    path: String,
    _folder: tempfile::TempDir,
}

fn written(sorted_by: &str, bloom: &[&str]) -> Written {
    let folder = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(folder.path(), &Resources::default()).expect("DuckDB opens");
    let columns = gold::columns_of(&engine.describe(TABLE).expect("described")).expect("columns");
    let sort_keys = [SortKey {
        column: sorted_by.to_owned(),
        descending: false,
    }];
    let order_by = gold::order_by(&columns, &sort_keys, &[], false);
    let columns: Vec<Column> = (1..)
        .zip(columns)
        .map(|(field_id, column)| Column {
            field_id,
            original_name: None,
            nullable: true,
            role: column.column_type.default_role(),
            description: None,
            name: column.name,
            column_type: column.column_type,
            statistics: ColumnStatistics::default(),
        })
        .collect();
    let bloom: Vec<String> = bloom.iter().map(|&name| name.to_owned()).collect();
    let layout = Layout {
        row_group_rows: 25_000,
        file_bytes: u64::MAX,
        sort_keys: &sort_keys,
        partition_by: &[],
        bloom: &bloom,
        zstd_level: gold::ZSTD_LEVEL,
    };
    let written = gold::write(
        &engine,
        &format!("FROM ({TABLE}){order_by}"),
        &columns,
        layout,
        folder.path(),
    )
    .expect("written");
    let [file] = &written.files[..] else {
        panic!("one file")
    };
    Written {
        reader: Reader::of(std::fs::read(&file.path).expect("read").into()).expect("opens"),
        path: file.path.to_string_lossy().into_owned(),
        engine,
        _folder: folder,
    }
}

impl Written {
    fn literal(&self, expression: &str) -> duckdb::arrow::array::ArrayRef {
        let (_, batches) = self
            .engine
            .batches(&format!("SELECT unnest([{expression}])"))
            .expect("computed");
        batches[0].column(0).clone()
    }

    fn term(&self, column: &str, comparison: &str, value: &str) -> Term {
        let value = self.literal(value);
        let kind = match comparison {
            "IN" => Kind::Among(value),
            ">" | ">=" => Kind::From {
                value,
                inclusive: comparison == ">=",
            },
            _ => Kind::To {
                value,
                inclusive: comparison == "<=",
            },
        };
        Term {
            column: column.to_owned(),
            kind,
        }
    }

    /// Reads the columns of the rows that fulfil this, and compares their number with DuckDB's.
    fn read(&self, columns: &[&str], conditions: &[(&str, &str, &str)]) -> Read {
        let terms = conditions
            .iter()
            .map(|(column, comparison, value)| self.term(column, comparison, value));
        let read = self
            .reader
            .read(&Slice {
                columns: columns.iter().map(|&column| column.to_owned()).collect(),
                terms: terms.collect(),
                first: None,
            })
            .expect("read");
        let conditions: Vec<String> = conditions
            .iter()
            .map(|(column, comparison, value)| format!("{column} {comparison} ({value})"))
            .collect();
        let condition = if conditions.is_empty() {
            "true".to_owned()
        } else {
            conditions.join(" AND ")
        };
        let counted = format!("SELECT count(*) FROM {} WHERE {condition}", sql::text(&self.path));
        assert_eq!(
            read.rows,
            self.engine.count(&counted).expect("counted"),
            "{condition}"
        );
        read
    }
}

#[test]
fn rows_that_pass_are_those_that_duckdb_finds() {
    let file = written("day", &["id", "name", "code", "price", "part"]);
    for conditions in [
        &[][..],
        &[("id", "IN", "77::BIGINT")],
        &[("id", "IN", "77::BIGINT, -4::BIGINT, 99999::BIGINT")],
        &[("code", "IN", "4999::BIGINT")],
        &[("code", ">=", "4990::BIGINT"), ("day", "<", "9::BIGINT")],
        &[
            ("name", "IN", "'user ' || hash(5)::VARCHAR"),
            ("day", "<=", "0::BIGINT"),
        ],
        &[("name", ">", "'user 9'")],
        &[("price", ">", "12499::DOUBLE")],
        &[("price", "IN", "0.125::DOUBLE, 1.0::DOUBLE")],
        &[
            ("part", "<=", "3.00::DECIMAL(9, 2)"),
            ("part", "IN", "2.00::DECIMAL(9, 2)"),
        ],
        &[("day", ">", "1000::BIGINT")],
    ] {
        file.read(&["price", "pair"], conditions);
    }
}

#[test]
fn what_is_ruled_out_is_not_fetched() {
    let file = written("day", &[]);
    let all = file.read(&["name"], &[]);
    let day = file.read(&["name"], &[("day", "IN", "40::BIGINT")]);
    assert!(day.bytes * 3 < all.bytes, "pages: {day:?} of {all:?}");
    let beyond = file.read(&["name"], &[("day", "IN", "4000::BIGINT")]);
    assert_eq!((beyond.bytes, beyond.requests), (0, 0), "statistics rule all out");
    assert_eq!(file.read(&[], &[]).bytes, 0, "a count of all rows reads no page");
    assert!(file.reader.footer_bytes() > 0 && file.reader.footer_bytes() < all.bytes);
}

#[test]
fn a_bloom_filter_is_fetched_in_place_of_pages() {
    let wanted = ("name", "IN", "'user ' || hash(60_001)::VARCHAR");
    let without = written("day", &[]).read(&["id"], &[wanted]);
    let with = written("day", &["name"]).read(&["id"], &[wanted]);
    assert!(with.bytes * 2 < without.bytes, "{with:?} {without:?}");
    let absent = written("day", &["name"]).read(&["id"], &[("name", "IN", "'user 5x'")]);
    assert!(
        absent.bytes > 0 && absent.bytes < with.bytes,
        "the filters themselves: {absent:?}"
    );
}

#[test]
fn enough_rows_are_enough() {
    let file = written("id", &[]);
    let read = |first| {
        let slice = Slice {
            columns: vec!["name".to_owned()],
            terms: Vec::new(),
            first,
        };
        file.reader.read(&slice).expect("read")
    };
    let (few, all) = (read(Some(7)), read(None));
    assert_eq!((few.rows, all.rows), (7, 100_000));
    assert!(few.bytes * 3 < all.bytes, "{few:?} {all:?}");
    assert_eq!(read(Some(30_000)).rows, 30_000);
}
