//! Arrow IPC files as raw files.

use std::fs::File;
use std::sync::Arc;

use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use duckdb::arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, DurationMicrosecondArray, Int64Array, IntervalMonthDayNanoArray,
    ListArray, NullArray, TimestampSecondArray, UnionArray,
};
use duckdb::arrow::buffer::ScalarBuffer;
use duckdb::arrow::datatypes::{DataType, Field, Int32Type, IntervalMonthDayNano, UnionFields};
use duckdb::arrow::record_batch::RecordBatch;

use crate::fixture::{Project, stderr};

fn batch(from: i64, rows: i64) -> RecordBatch {
    let numbers = from..from + rows;
    let names: Vec<String> = numbers.clone().map(|number| format!("n{}", number % 3)).collect();
    let keys: DictionaryArray<Int32Type> = names.iter().map(String::as_str).collect();
    let at: TimestampSecondArray = numbers
        .clone()
        .map(|number| (number != 1).then_some(number))
        .collect();
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(numbers.clone().map(|number| {
        let item = i32::try_from(number).ok();
        Some(vec![item, None])
    }));
    let even: BooleanArray = numbers.clone().map(|number| Some(number % 2 == 0)).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("Row No.", Arc::new(Int64Array::from_iter_values(numbers))),
        ("name", Arc::new(keys)),
        ("seen_at", Arc::new(at.with_timezone("UTC"))),
        ("parts", Arc::new(list)),
        ("isEven", Arc::new(even)),
        (
            "nothing",
            Arc::new(NullArray::new(usize::try_from(rows).expect("rows"))),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("a batch")
}

fn options(compression: Option<CompressionType>) -> IpcWriteOptions {
    IpcWriteOptions::default()
        .try_with_compression(compression)
        .expect("options")
}

fn create(project: &Project, name: &str) -> File {
    let path = project.root().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
    File::create(path).expect("file")
}

fn write_file(project: &Project, name: &str, compression: Option<CompressionType>, batches: &[RecordBatch]) {
    let file = create(project, name);
    let schema = batches[0].schema();
    let mut writer = FileWriter::try_new_with_options(file, &schema, options(compression)).expect("writer");
    for batch in batches {
        writer.write(batch).expect("written");
    }
    writer.finish().expect("finished");
}

fn write_stream(
    project: &Project,
    name: &str,
    compression: Option<CompressionType>,
    batches: &[RecordBatch],
) {
    let file = create(project, name);
    let schema = batches[0].schema();
    let mut writer = StreamWriter::try_new_with_options(file, &schema, options(compression)).expect("writer");
    for batch in batches {
        writer.write(batch).expect("written");
    }
    writer.finish().expect("finished");
}

#[test]
fn files_and_streams_compressed_or_not_are_read_alike() {
    let project = Project::new("[sources.events]\npath = 'raw/*'\nformat = 'arrow'\n");
    // A file has one dictionary for all of its batches.
    let first = batch(0, 1001);
    write_file(
        &project,
        "raw/a.arrow",
        None,
        &[first.slice(0, 1000), first.slice(1000, 1)],
    );
    write_file(
        &project,
        "raw/b.feather",
        Some(CompressionType::LZ4_FRAME),
        &[batch(1001, 999)],
    );
    write_stream(
        &project,
        "raw/c.arrows",
        Some(CompressionType::ZSTD),
        &[batch(2000, 500), batch(2500, 500)],
    );
    write_stream(&project, "raw/d.arrows", None, &[batch(3000, 1)]);
    project.write(
        "models/gold/t.sql",
        "SELECT row_no, name, seen_at, parts, is_even FROM source.events",
    );
    project.run().success();
    let manifest = project.manifest("t");
    let columns: Vec<_> = manifest
        .columns
        .iter()
        .filter(|column| column.name != "parts")
        .map(|column| {
            (
                column.name.as_str(),
                column.column_type.to_string(),
                column.original_name.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        columns,
        [
            ("row_no", "int64".to_owned(), Some("Row No.")),
            ("name", "string".to_owned(), None),
            ("seen_at", "timestamptz".to_owned(), None),
            ("is_even", "boolean".to_owned(), Some("isEven")),
        ]
    );
    let sql = "SELECT count(*), sum(row_no), count(DISTINCT row_no), \
               count(*) FILTER (name = 'n' || row_no % 3 AND is_even = (row_no % 2 = 0)), \
               count(*) FILTER (epoch(seen_at) = row_no), count(*) FILTER (parts = [row_no, NULL]) FROM t";
    let told = project.query(sql);
    assert_eq!(
        told.lines().last(),
        Some("3001,4501500,3001,3001,3000,3001"),
        "{told}"
    );
    project.ingest(&["plan"]).assert().success();
}

#[test]
fn what_parquet_does_not_hold_is_read_as_something_else_and_told_once() {
    let project = Project::new("[sources.a]\npath = 'raw/*.arrow'\n");
    let waits: ArrayRef = Arc::new(DurationMicrosecondArray::from(vec![Some(1_500_000), None]));
    let terms: ArrayRef = Arc::new(IntervalMonthDayNanoArray::from(vec![
        IntervalMonthDayNano::new(14, 3, 0),
        IntervalMonthDayNano::new(0, 0, 1),
    ]));
    let rows = RecordBatch::try_from_iter([("wait", waits), ("term", terms)]).expect("a batch");
    write_file(&project, "raw/1.arrow", None, std::slice::from_ref(&rows));
    write_file(&project, "raw/2.arrow", None, &[rows]);
    project.write("models/gold/t.sql", "SELECT * FROM source.a");
    let told = stderr(&project.run().success());
    assert!(
        told.contains(
            "raw/1.arrow and 1 more: column `wait`: durations are read as whole numbers of microseconds"
        ),
        "{told}"
    );
    assert_eq!(told.matches("column `term`").count(), 1, "{told}");
    let shown = project.query("SELECT wait, term FROM t ORDER BY wait NULLS LAST, term LIMIT 1");
    assert!(shown.contains("1500000,") && shown.contains("14 mons"), "{shown}");
}

#[test]
fn a_broken_file_is_named_and_left_out() {
    let project = Project::new("[sources.a]\npath = 'raw/*.arrow'\n");
    project.write("models/gold/t.sql", "SELECT * FROM source.a");
    write_file(&project, "raw/1.arrow", None, &[batch(0, 2000)]);
    let whole = std::fs::read(project.root().join("raw/1.arrow")).expect("read");
    std::fs::write(project.root().join("raw/2.arrow"), &whole[..whole.len() / 2]).expect("written");
    std::fs::write(project.root().join("raw/3.arrow"), "id,name\n1,2\n").expect("written");
    std::fs::write(project.root().join("raw/4.arrow"), "").expect("written");
    std::fs::write(project.root().join("raw/5.arrow"), b"FEA1\0\0\0\0").expect("written");
    write_stream(&project, "raw/6.arrow", None, &[batch(0, 2000)]);
    let stream = std::fs::read(project.root().join("raw/6.arrow")).expect("read");
    std::fs::write(project.root().join("raw/6.arrow"), &stream[..stream.len() - 1000]).expect("written");
    let fields = UnionFields::from_fields([Field::new("n", DataType::Int64, true)]);
    let either = UnionArray::try_new(
        fields,
        ScalarBuffer::from(vec![0_i8]),
        None,
        vec![Arc::new(Int64Array::from(vec![1]))],
    );
    let either: ArrayRef = Arc::new(either.expect("a union"));
    write_file(
        &project,
        "raw/7.arrow",
        None,
        &[RecordBatch::try_from_iter([("x", either)]).expect("a batch")],
    );
    let told = stderr(&project.run().failure());
    for (file, reason) in [
        (2, "its end is not that of an Arrow file"),
        (3, "it is no Arrow IPC file"),
        (4, "it is empty"),
        (5, "it is Feather of version 1"),
        (6, "it is no Arrow IPC file, or its end is missing"),
        (7, "column `x` is Union"),
    ] {
        assert!(
            told.contains(&format!("  raw/{file}.arrow: {reason}")),
            "{file}: {told}"
        );
    }
    assert!(
        !told.contains("raw/1.arrow") && !told.contains("panicked"),
        "{told}"
    );
    assert_eq!(project.manifest("t").rows, 2000);
}

#[test]
fn bytes_that_are_spoilt_are_never_a_crash() {
    let project = Project::new("[sources.a]\npath = 'raw/*.arrow'\n");
    project.write("models/gold/t.sql", "SELECT * FROM source.a");
    write_file(&project, "raw/000.arrow", None, &[batch(0, 3)]);
    write_stream(&project, "s.arrow", None, &[batch(0, 3)]);
    let file = std::fs::read(project.root().join("raw/000.arrow")).expect("read");
    let stream = std::fs::read(project.root().join("s.arrow")).expect("read");
    for (number, at) in (8..file.len()).step_by(7).enumerate() {
        let mut spoilt = if number % 2 == 0 {
            file.clone()
        } else {
            stream.clone()
        };
        let at = at % spoilt.len();
        spoilt[at] ^= 0xff;
        std::fs::write(project.root().join(format!("raw/x{number}.arrow")), spoilt).expect("written");
    }
    let told = stderr(&project.run().failure());
    assert!(
        !told.contains("panicked") && !told.contains("memory allocation"),
        "{told}"
    );
    assert!(
        told.contains("files could not be read") && told.contains(": it is damaged: "),
        "{told}"
    );
}

#[test]
fn an_option_that_there_is_not_is_refused() {
    let project = Project::new("[sources.a]\npath = 'raw/*.arrow'\noptions = { sheet = 'x' }\n");
    project.write("models/gold/t.sql", "SELECT * FROM source.a");
    write_file(&project, "raw/1.arrow", None, &[batch(0, 1)]);
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("[sources.a] has the option sheet") && told.contains("union_by_name"),
        "{told}"
    );
}
