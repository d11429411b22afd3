//! Text and Parquet, compressed and in many files.

use ingest::engine::{Engine, Resources};

use crate::fixture::{Project, stdout};

/// Each kind of file with what `COPY` writes it by.
const KINDS: [(&str, &str); 13] = [
    ("csv", "FORMAT csv"),
    ("csv.gz", "FORMAT csv, COMPRESSION gzip"),
    ("csv.zst", "FORMAT csv, COMPRESSION zstd"),
    ("tsv", "FORMAT csv, DELIM '\t'"),
    ("tsv.gz", "FORMAT csv, DELIM '\t', COMPRESSION gzip"),
    ("tsv.zst", "FORMAT csv, DELIM '\t', COMPRESSION zstd"),
    ("json", "FORMAT json, ARRAY true"),
    ("json.gz", "FORMAT json, ARRAY true, COMPRESSION gzip"),
    ("json.zst", "FORMAT json, ARRAY true, COMPRESSION zstd"),
    ("ndjson", "FORMAT json"),
    ("ndjson.gz", "FORMAT json, COMPRESSION gzip"),
    ("ndjson.zst", "FORMAT json, COMPRESSION zstd"),
    ("parquet", "FORMAT parquet"),
];

#[test]
fn every_format_is_read_compressed_or_not_from_one_file_and_from_many() {
    let work = tempfile::tempdir().expect("temporary folder");
    let engine = Engine::open(work.path(), &Resources::default()).expect("DuckDB opens");
    let mut sources = String::new();
    let mut reads = Vec::new();
    for (kind, _) in KINDS {
        let name = kind.replace('.', "_");
        sources.push_str(&format!("[sources.{name}]\npath = 'raw/a/b*.{kind}'\n"));
        sources.push_str(&format!("[sources.deep_{name}]\npath = 'raw/**/*.{kind}'\n"));
        reads.push(format!(
            "SELECT '{kind}' AS kind, 1 AS files, * FROM source.{name}"
        ));
        reads.push(format!(
            "SELECT '{kind}' AS kind, 3 AS files, * FROM source.deep_{name}"
        ));
    }
    let project = Project::new(&sources);
    for folder in ["raw/a/b", "raw/a/c", "raw/d/e/f"] {
        let folder = project.root().join(folder);
        std::fs::create_dir_all(folder.parent().expect("a folder")).expect("folder");
        for (kind, by) in KINDS {
            engine
                .execute(&format!(
                    "COPY (SELECT i AS \"Key\", 'é,' || i AS val, DATE '2024-01-01' + i::INTEGER AS day FROM range(100) r(i)) \
                     TO '{}.{kind}' ({by})",
                    folder.display()
                ))
                .unwrap_or_else(|error| panic!("{kind}: {}", error.0));
        }
    }
    project.write("models/gold/t.sql", &reads.join(" UNION ALL "));
    project.run().success();
    let sql = "SELECT kind || files FROM t GROUP BY ALL HAVING count(*) <> 100 * files \
               OR count(*) FILTER (val = 'é,' || key AND day = DATE '2024-01-01' + key::INTEGER) <> 100 * files";
    let arguments = ["query", "--format", "csv", "--sql", sql];
    let odd = stdout(&project.ingest(&arguments).assert().success());
    assert_eq!(odd.lines().count(), 1, "{odd}");
    assert_eq!(project.manifest("t").rows, 13 * 400);
}
