use crate::fixture::{Project, stderr};

/// What `ingest run` says about a project that it cannot use at all.
fn refusal(config: &str) -> String {
    let project = Project::new("");
    project.write("ingest.toml", config);
    stderr(&project.run().code(1))
}

#[test]
fn a_project_that_is_none() {
    let project = Project::new("");
    let told = stderr(&project.ingest(&["run", "--project", "nowhere"]).assert().code(1));
    let empty = stderr(&project.run().code(1));
    assert!(
        empty.contains("has no models: write a SELECT to models/gold/NAME.sql"),
        "{empty}"
    );
    assert_eq!(
        told,
        "error: nowhere holds no ingest.toml and no dbt_project.yml: run in a project's folder or name it with --project\n"
    );
}

#[test]
fn a_configuration_that_is_wrong_is_named_with_its_line() {
    let told = refusal("name = 'x'\ndefault_taget = 'y'\n");
    assert!(
        told.contains("ingest.toml is not valid")
            && told.contains("line 2")
            && told.contains("default_taget"),
        "{told}"
    );
    let told = refusal("name = 'x'\n[sources.Big-Name]\npath = 'a.csv'\n");
    assert!(
        told.contains("[sources.Big-Name]: a name has lower-case letters"),
        "{told}"
    );
}

#[test]
fn a_target_that_does_not_exist() {
    let project = Project::shop();
    let told = stderr(&project.ingest(&["run", "--target", "prod"]).assert().code(1));
    assert!(
        told.contains("declares no target `prod`: use one of local, or add [targets.prod]"),
        "{told}"
    );
    let told = refusal("name = 'x'\n[targets.a]\ngold = 'a'\n[targets.b]\ngold = 'b'\n");
    assert!(
        told.contains("names no default_target: add default_target = \"a\""),
        "{told}"
    );
    assert!(refusal("name = 'x'\n").contains("declares no target: add [targets.local]"));
    let told = refusal("name = 'x'\n[targets.a]\ngold = 'gs://bucket/gold'\n");
    assert!(
        told.contains("`gs://bucket/gold`") && told.contains("s3://bucket/prefix"),
        "{told}"
    );
    let told = refusal("name = 'x'\n[targets.a]\ngold = '${NO_SUCH_VARIABLE}/gold'\n");
    assert!(
        told.contains("gold of [targets.a]") && told.contains("NO_SUCH_VARIABLE"),
        "{told}"
    );
}

#[test]
fn sources_that_cannot_be_read_are_each_told_with_the_remedy() {
    let project = Project::new(
        "[sources.gone]\npath = 'raw/gone.csv'\n[sources.none]\npath = 'raw/*.parquet'\n\
         [sources.unset]\npath = '${NO_SUCH_VARIABLE}/x.csv'\n[sources.odd]\npath = 'raw/x.dat'\n\
         [sources.folder]\npath = 'raw'\n[sources.corrupt]\npath = 'raw/corrupt.parquet.bin'\nformat = 'parquet'\n\
         [sources.option]\npath = 'raw/x.csv'\noptions = { delimeter = ';' }\n",
    );
    project.write("raw/x.dat", "a");
    project.write("raw/x.csv", "a\n1\n");
    project.write("raw/corrupt.parquet.bin", "PAR1 and nothing else");
    project.write("models/gold/t.sql", "SELECT 1 AS a");
    project.write(
        "models/gold/u.sql",
        "SELECT 1 AS a FROM source.corrupt, source.option",
    );
    let told = stderr(&project.run().failure());
    for part in [
        "source.gone failed\n  raw/gone.csv does not exist (looked for ",
        "source.none failed\n  no file matches raw/*.parquet",
        "source.unset failed\n  path of [sources.unset]",
        "source.odd failed\n  raw/x.dat: its extension does not tell the format: add format =",
        "source.folder failed\n  raw is a folder: write which of its files, as in raw/*.csv",
        "source.corrupt failed\n  raw/corrupt.parquet.bin: ",
        "delimeter",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(
        project.catalog().tables.len(),
        1,
        "the model that reads none of them is published"
    );
}

#[test]
fn headers_that_are_wrong_are_named_with_file_and_line() {
    let project = Project::new("");
    for (file, sql) in [
        (
            "typo",
            "/* @ingest\ndescription: a\ncluster: [x]\n*/ SELECT 1 AS x",
        ),
        (
            "column",
            "/* @ingest\ncolumns: {y: {role: time}}\n*/ SELECT 1 AS x",
        ),
        ("order", "/* @ingest\ncluster_by: [z desc]\n*/ SELECT 1 AS x"),
        ("Upper", "SELECT 1 AS x"),
        ("two", "SELECT 1 AS x; SELECT 2"),
    ] {
        project.write(&format!("models/gold/{file}.sql"), sql);
    }
    let told = stderr(&project.run().failure());
    for part in [
        "models/gold/typo.sql: ",
        "line 3",
        "models/gold/column.sql: in its header, columns names `y`, which the model does not return: it returns x",
        "models/gold/order.sql: in its header, cluster_by names `z`",
        "models/gold/Upper.sql: a file's name becomes the table's name",
        "models/gold/two.sql: there are 2 statements: write one SELECT",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}
