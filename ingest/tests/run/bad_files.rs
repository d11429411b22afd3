//! Raw files that are not as they should be: what becomes of them, and what is said.

use std::io::Write;

use ingest::engine::{Engine, Resources};

use crate::fixture::{Project, stderr, stdout};

/// A good file and another, and a table of both.
fn project(name: &str, bytes: &[u8]) -> Project {
    let project = Project::new("[sources.t]\npath = 'raw/*'\nformat = 'csv'\n");
    project.write("raw/1.csv", "id,name\n1,a\n2,b\n");
    std::fs::write(project.root().join("raw").join(name), bytes).expect("raw file");
    project.write("models/gold/t.sql", "SELECT id, name FROM source.t");
    project
}

/// The run leaves the file out and says this about it; the good one is published.
fn is_left_out(project: &Project, complaint: &str) {
    let told = stderr(&project.run().failure());
    assert!(
        told.contains("source.t: 1 file could not be read and is left out; the next run tries again\n"),
        "{told}"
    );
    assert!(told.contains(complaint), "{complaint} in {told}");
    assert_eq!(project.manifest("t").rows, 2);
}

#[test]
fn an_encoding_other_than_utf_8_is_named_with_the_option_that_reads_it() {
    let latin = project("2.csv", b"id,name\n3,c\n4,caf\xe9\n");
    is_left_out(
        &latin,
        "  raw/2.csv, line 3: Invalid Input Error: CSV Error on Line: 3",
    );
    let utf_16: Vec<u8> = "\u{feff}id,name\n3,é\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let wide = project("2.csv", &utf_16);
    is_left_out(&wide, "This file is not utf-8 encoded");
    for (bytes, encoding) in [(&b"id,name\n3,caf\xe9\n"[..], "latin-1"), (&utf_16, "utf-16")] {
        let project = Project::new(&format!(
            "[sources.t]\npath = 'raw/2.csv'\noptions = {{ encoding = '{encoding}' }}\n"
        ));
        std::fs::create_dir_all(project.root().join("raw")).expect("folder");
        std::fs::write(project.root().join("raw/2.csv"), bytes).expect("raw file");
        project.write("models/gold/t.sql", "SELECT id, name FROM source.t");
        project.run().success();
        assert!(project.query("SELECT name FROM t").contains('é'), "{encoding}");
    }
}

#[test]
fn rows_of_other_lengths_are_named_with_their_line() {
    for (rows, line, said) in [
        ("3,c\n4\n5,e\n", 3, "Expected Number of Columns: 2 Found: 1"),
        ("3,c\n4,d,x\n5,e\n", 3, "Expected Number of Columns: 2 Found: 3"),
    ] {
        let short = project("2.csv", format!("id,name\n{rows}").as_bytes());
        is_left_out(&short, said);
        is_left_out(&short, &format!("  raw/2.csv, line {line}: "));
        let many = "5,e\n".repeat(30_000);
        let long = project("2.csv", format!("id,name\n{many}{rows}").as_bytes());
        is_left_out(&long, &format!("  raw/2.csv, line {}: ", 30_000 + line));
    }
    let alone = Project::new("[sources.t]\npath = 'raw/1.csv'\n");
    alone.write("raw/1.csv", "id;name\n1;a\n2\n");
    alone.write("models/gold/t.sql", "SELECT id, name FROM source.t");
    let told = stderr(&alone.run().failure());
    assert!(
        told.contains("source.t failed\n  raw/1.csv: Invalid Input Error: CSV Error on Line: 3"),
        "it is not one column: {told}"
    );
}

#[test]
fn names_that_come_twice_are_told_apart() {
    let project = Project::new("[sources.t]\npath = 'raw/1.csv'\n");
    project.write("raw/1.csv", "id,id,ID,id_1\n1,2,3,4\n");
    project.write("models/gold/t.sql", "SELECT * FROM source.t");
    project.run().success();
    let names: Vec<String> = project
        .manifest("t")
        .columns
        .into_iter()
        .map(|column| column.name)
        .collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(names[0], "id");
    let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), 4, "{names:?}");
    let values = project.query("SELECT * FROM t");
    assert!(values.ends_with("\n1,2,3,4\n"), "{values}");
}

#[test]
fn an_empty_file_is_none_beside_others_and_an_error_alone() {
    let beside = project("0.csv", b"");
    let told = stderr(&beside.run().success());
    assert!(told.contains("raw/0.csv is empty"), "{told}");
    assert_eq!(beside.manifest("t").rows, 2);
    std::fs::remove_file(beside.root().join("raw/1.csv")).expect("removed");
    let told = stderr(&beside.run().failure());
    assert!(
        told.contains(
            "source.t failed\n  raw/0.csv: it is empty: its first line has to hold the names of columns"
        ),
        "{told}"
    );
}

#[test]
fn a_file_of_names_only_has_no_rows() {
    let project = project("2.csv", b"id,name\n");
    project.run().success();
    assert_eq!(project.manifest("t").rows, 2);
    let alone = Project::new("[sources.t]\npath = 'raw/1.csv'\n");
    alone.write("raw/1.csv", "id,name\n");
    alone.write("models/gold/t.sql", "SELECT id, name FROM source.t");
    alone.run().success();
    assert_eq!(alone.manifest("t").rows, 0);
}

#[test]
fn a_byte_order_mark_belongs_to_no_name() {
    let project = Project::new("[sources.t]\npath = 'raw/*'\nformat = 'csv'\n");
    project.write("raw/1.csv", "\u{feff}id,name\n1,a\n");
    project.write("models/gold/t.sql", "SELECT id, name FROM source.t");
    project.run().success();
    assert_eq!(project.manifest("t").columns[0].original_name, None);
}

#[test]
fn words_among_numbers_are_text_or_named_with_their_line() {
    let project = Project::new("[sources.t]\npath = 'raw/*.csv'\n");
    project.write("models/gold/t.sql", "SELECT n FROM source.t");
    project.write("raw/1.csv", "n\n1\n2.5\nx\n");
    project.run().success();
    assert_eq!(
        project.manifest("t").columns[0].column_type,
        catalog::ColumnType::String
    );
    let project = Project::new("[sources.t]\npath = 'raw/*.csv'\n");
    project.write("models/gold/t.sql", "SELECT n FROM source.t");
    project.write("raw/1.csv", &format!("n\n{}x\n", "1\n".repeat(30_000)));
    let told = stderr(&project.run().failure());
    for part in [
        "raw/1.csv: Conversion Error: CSV Error on Line: 30002",
        "Error when converting column \"n\". Could not convert string \"x\" to 'BIGINT'",
        "types={'n': 'VARCHAR'}",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn a_very_long_line_is_named_in_few_words_and_read_where_it_is_allowed() {
    let length = 16 << 20;
    let mut line = b"id,name\n3,".to_vec();
    line.resize(line.len() + length, b'x');
    line.extend_from_slice(b"\n4,d\n");
    let project = project("2.csv", &line);
    is_left_out(&project, "Maximum line size of 2000000 bytes exceeded");
    let told = stderr(&project.run().failure());
    assert!(told.len() < 20_000, "{} bytes are said", told.len());
    let config = std::fs::read_to_string(project.root().join("ingest.toml")).expect("read");
    project.write(
        "ingest.toml",
        &format!("{config}options = {{ max_line_size = 100000000, buffer_size = 200000000 }}\n"),
    );
    project.run().success();
    let told = project.query("SELECT count(*) AS rows, max(length(name)) AS longest FROM t");
    assert_eq!(told, format!("rows,longest\n4,{length}\n"));
}

#[test]
fn a_packed_file_that_breaks_off_is_not_taken_for_a_whole_one() {
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    for (end, codec) in [("gz", "gzip"), ("zst", "zstd")] {
        let path = work.path().join(format!("x.csv.{end}"));
        engine
            .execute(&format!(
                "COPY (SELECT i AS id, 'name' || i * 7919 AS name FROM range(100000) r(i)) TO '{}' \
                 (FORMAT csv, COMPRESSION {codec})",
                path.display()
            ))
            .expect("written");
        let bytes = std::fs::read(&path).expect("read");
        let project = project(&format!("2.csv.{end}"), &bytes[..bytes.len() / 2]);
        is_left_out(
            &project,
            &format!("  raw/2.csv.{end}: it breaks off: its end is missing, and rows with it"),
        );
        let mut damaged = bytes.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0x55);
        std::fs::write(project.root().join(format!("raw/2.csv.{end}")), damaged).expect("written");
        is_left_out(&project, &format!("  raw/2.csv.{end}: it is damaged: "));
        let mut file = std::fs::File::create(project.root().join(format!("raw/2.csv.{end}"))).expect("file");
        file.write_all(&bytes).expect("written");
        project.run().success();
        assert_eq!(project.manifest("t").rows, 100_002, "{end}");
    }
}

#[test]
fn a_file_that_does_not_go_with_the_others_is_left_out() {
    let other = project("2.csv", b"id,price\n3,7\n");
    is_left_out(
        &other,
        "  raw/2.csv: it has no column `name`, as raw/1.csv has: add it, or match columns by name",
    );
    let config = std::fs::read_to_string(other.root().join("ingest.toml")).expect("read");
    other.write(
        "ingest.toml",
        &format!("{config}options = {{ union_by_name = true }}\n"),
    );
    other.run().success();
    assert_eq!(other.manifest("t").rows, 3);

    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    let project = Project::new("[sources.t]\npath = 'raw/*.parquet'\n");
    project.write("models/gold/t.sql", "SELECT n FROM source.t");
    std::fs::create_dir_all(project.root().join("raw")).expect("folder");
    for (number, value) in [
        (1, "1::BIGINT"),
        (2, "2::INTEGER"),
        (3, "DATE '2024-01-01'"),
        (4, "'x'"),
    ] {
        let path = project.root().join(format!("raw/{number}.parquet"));
        let copy = format!("COPY (SELECT {value} AS n) TO '{}'", path.display());
        engine.execute(&copy).expect("Parquet");
    }
    let told = stderr(&project.run().failure());
    for part in [
        "source.t: 2 files could not be read and are left out",
        "  raw/3.parquet: its column `n` is DATE, and BIGINT in raw/1.parquet",
        "  raw/4.parquet: its column `n` is VARCHAR, and BIGINT in raw/1.parquet",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(project.query("SELECT n FROM t ORDER BY n"), "n\n1\n2\n");
}

#[test]
fn numbers_of_two_kinds_of_parquet_are_read_as_the_wider_one_and_it_is_told() {
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    let project = Project::new("[sources.t]\npath = 'raw/*.parquet'\n");
    project.write("models/gold/t.sql", "SELECT n FROM source.t");
    std::fs::create_dir_all(project.root().join("raw")).expect("folder");
    for (number, value) in [(1, "1::BIGINT"), (2, "1.5::DOUBLE")] {
        let path = project.root().join(format!("raw/{number}.parquet"));
        let copy = format!("COPY (SELECT {value} AS n) TO '{}'", path.display());
        engine.execute(&copy).expect("Parquet");
    }
    let told = stderr(&project.run().success());
    assert!(
        told.contains("column `n` is not of one type in all files: it is read as DOUBLE"),
        "{told}"
    );
    assert_eq!(project.query("SELECT n FROM t ORDER BY n"), "n\n1.0\n1.5\n");
}

#[test]
fn a_plan_names_files_that_were_left_out_until_they_are_taken_in() {
    let project = project("2.csv", b"id,name\n3,caf\xe9\n");
    let plan = || stdout(&project.ingest(&["plan"]).assert());
    assert!(!plan().contains("could not be read"), "{}", plan());
    project.run().failure();
    let told = plan();
    assert!(
        told.contains("1 file could not be read by an earlier run, and will be tried again:\n  source.t: raw/2.csv, line "),
        "{told}"
    );
    let json = stdout(&project.ingest(&["plan", "--json"]).assert());
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["rejected"][0]["path"], "raw/2.csv");
    project.write("raw/2.csv", "id,name\n3,c\n");
    assert!(!plan().contains("could not be read"), "{}", plan());
    project.run().success();
    assert!(!plan().contains("could not be read"), "{}", plan());
}
