//! Folders that stand for columns, names of files and numbers of rows: in a bucket as in a folder.

use std::fs::File;
use std::process::Output;
use std::sync::Arc;

use arrow_ipc::writer::FileWriter;
use duckdb::arrow::array::{ArrayRef, Int64Array};
use duckdb::arrow::record_batch::RecordBatch;

use super::fixture::{Running, Workspace, serve_buckets};

const TARGET: &str = "gold = \"s3://lake/gold\"\n[targets.local]\ngold = \"gold\"\n";
const KINDS: [&str; 4] = ["csv", "ndjson", "parquet", "arrow"];
const FOLDERS: [&str; 3] = [
    "year=2023/place=a b",
    "year=2024/place=c%2Fd",
    "year=2025/place=é",
];

async fn ingest(workspace: &Workspace, running: &Running, arguments: &[&str]) -> Output {
    let arguments = [arguments, &["--target", "local"]].concat();
    running.ingest(workspace.folder.path(), &arguments).await
}

/// Files of each kind in each folder, below the root.
fn write_raw(root: &std::path::Path) {
    for (folder, first) in FOLDERS.iter().zip([1, 10, 20]) {
        let folder = root.join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let numbers: Vec<i64> = (first..first + 3).collect();
        let lines = |before: &str, after: &str| -> String {
            numbers.iter().map(|n| format!("{before}{n}{after}\n")).collect()
        };
        std::fs::write(folder.join("x.csv"), format!("n\n{}", lines("", ""))).unwrap();
        std::fs::write(folder.join("x.ndjson"), lines("{\"n\": ", "}")).unwrap();
        let column: ArrayRef = Arc::new(Int64Array::from(numbers));
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let mut writer =
            FileWriter::try_new(File::create(folder.join("x.arrow")).unwrap(), &batch.schema()).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        let file = File::create(folder.join("x.parquet")).unwrap();
        let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_gives_the_same_columns_and_names_as_a_folder() {
    let mut config = TARGET.to_owned();
    let mut reads = Vec::new();
    for kind in KINDS {
        for (place, root) in [("here", "raw"), ("there", "s3://lake/raw")] {
            config.push_str(&format!(
                "[sources.{place}_{kind}]\npath = \"{root}/**/*.{kind}\"\nprovenance = true\n"
            ));
            reads.push(format!(
                "SELECT '{place}' AS place_of_file, '{kind}' AS kind, * FROM source.{place}_{kind} WHERE year > 2023"
            ));
        }
    }
    let workspace = Workspace::with_target(&config);
    let running = serve_buckets(&workspace).await;
    let root = workspace.folder.path().join("raw");
    write_raw(&root);
    for folder in FOLDERS {
        for kind in KINDS {
            let name = format!("{folder}/x.{kind}");
            let bytes = std::fs::read(root.join(&name)).unwrap();
            running.put(&format!("raw/{name}"), bytes).await;
        }
    }
    workspace.write(
        "models/silver/rows.sql",
        reads.join(" UNION ALL BY NAME ").as_bytes(),
    );
    workspace.write("models/gold/t.sql", b"SELECT * FROM silver.rows");
    let output = ingest(&workspace, &running, &["run"]).await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let sql = "SELECT place_of_file, kind, n, year, place, _source_file, _row_number FROM t ORDER BY ALL";
    let output = ingest(&workspace, &running, &["query", "--format", "csv", "--sql", sql]).await;
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    let of = |place: &str| -> Vec<String> {
        let lines = shown.lines().filter_map(|line| line.strip_prefix(place));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(of("here"), of("there"), "{shown}");
    assert_eq!(of("here").len(), KINDS.len() * 6, "{shown}");
    for row in [
        ",csv,11,2024,c/d,year=2024/place=c%2Fd/x.csv,2",
        ",parquet,22,2025,é,year=2025/place=é/x.parquet,3",
        ",arrow,10,2024,c/d,year=2024/place=c%2Fd/x.arrow,1",
    ] {
        assert!(of("there").iter().any(|line| line == row), "{row} in {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_replaced_by_one_of_its_size_keeps_what_its_folder_says() {
    let config = format!("{TARGET}[sources.days]\npath = \"s3://lake/raw/**/*.csv\"\n");
    let workspace = Workspace::with_target(&config);
    let running = serve_buckets(&workspace).await;
    workspace.write(
        "models/gold/days.sql",
        b"/* @ingest\nmaterialized: incremental\nunique_key: id\n*/ SELECT id, n, year FROM source.days",
    );
    for n in [5, 7] {
        running.put("raw/year=2024/a.csv", format!("id,n\n1,{n}\n")).await;
        let output = ingest(&workspace, &running, &["run"]).await;
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let sql = "SELECT id, n, year FROM days";
        let output = ingest(&workspace, &running, &["query", "--format", "csv", "--sql", sql]).await;
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            format!("id,n,year\n1,{n},2024\n")
        );
    }
}
