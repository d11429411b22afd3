//! `materialized='external'`: a table whose rows are a file elsewhere too.
//!
//! Entry point: [`of`].

use serde_json::Value;

use super::Fields;
use super::jinja::Jinja;
use crate::format::Format;

/// What dbt-duckdb lets a model say of its file and is not done here, and what to do instead.
const REFUSED: [(&str, &str); 6] = [
    (
        "options",
        "a file is written in one way (Parquet with ZSTD, CSV with a header and commas, JSON in lines): take it out",
    ),
    ("delimiter", "a CSV file has commas: take it out"),
    (
        "glue_register",
        "catalogs of others are not written to: take it out",
    ),
    (
        "glue_database",
        "catalogs of others are not written to: take it out",
    ),
    (
        "partition_by",
        "a file is one file: take it out, or write materialized='table'",
    ),
    ("plugin", "plugins of dbt-duckdb are not run: take it out"),
];

/// The file's place and format; none where the model has none. `config` is all that is said of the model.
pub(super) fn of(config: &Fields, jinja: &Jinja) -> Result<Option<(String, Format)>, String> {
    if config.get("materialized").and_then(Value::as_str) != Some("external") {
        return Ok(None);
    }
    for (key, remedy) in REFUSED {
        let says = |value: &Value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::Object(fields) => !fields.is_empty(),
            Value::String(text) => key != "delimiter" || text != ",",
            _ => true,
        };
        if config.get(key).is_some_and(says) {
            return Err(format!("config {key} of an external model: {remedy}"));
        }
    }
    // dbt-duckdb renders it once more.
    let location = config.get("location").and_then(Value::as_str).unwrap_or_default();
    let location = jinja
        .text(location)
        .map_err(|reason| format!("config location: {reason}"))?;
    if location.is_empty() || location.ends_with('/') {
        return Err(format!(
            "config location of an external model {}: write location='s3://bucket/key.parquet', or a file relative to \
             dbt_project.yml",
            if location.is_empty() {
                "is missing"
            } else {
                "names no file"
            }
        ));
    }
    let said = config.get("format").and_then(Value::as_str);
    let format = match said.map(str::to_ascii_lowercase).as_deref() {
        Some("parquet") => Format::Parquet,
        Some("csv") => Format::Csv,
        Some("json") => Format::Json,
        Some(other) => {
            return Err(format!(
                "config format {other} of an external model is not known: write parquet, csv or json"
            ));
        }
        // As dbt-duckdb does.
        None => match location.rsplit_once('.') {
            Some((_, "csv")) => Format::Csv,
            Some((_, "json")) => Format::Json,
            _ => Format::Parquet,
        },
    };
    Ok(Some((location, format)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(config: &Value) -> Result<Option<(String, Format)>, String> {
        let jinja = Jinja {
            package: "shop".to_owned(),
            vars: Fields::new(),
            environment: crate::settings::Environment::of(&[("BUCKET", "lake")], &[]),
            target: "dev".to_owned(),
        };
        of(config.as_object().expect("an object"), &jinja)
    }

    #[test]
    fn a_file_has_the_format_that_is_said_or_that_its_name_ends_with() {
        for (location, format, expected) in [
            ("s3://b/a.parquet", None, Format::Parquet),
            ("s3://b/a", None, Format::Parquet),
            ("out/a.csv", None, Format::Csv),
            ("out/a.json", None, Format::Json),
            ("out/a.csv", Some("PARQUET"), Format::Parquet),
        ] {
            let config =
                serde_json::json!({"materialized": "external", "location": location, "format": format});
            assert_eq!(read(&config), Ok(Some((location.to_owned(), expected))));
        }
        assert_eq!(read(&serde_json::json!({"materialized": "table"})), Ok(None));
        let rendered =
            serde_json::json!({"materialized": "external", "location": "s3://{{ env_var('BUCKET') }}/a.csv"});
        assert_eq!(
            read(&rendered),
            Ok(Some(("s3://lake/a.csv".to_owned(), Format::Csv)))
        );
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_its_name() {
        for (config, part) in [
            (serde_json::json!({}), "location of an external model is missing"),
            (serde_json::json!({"location": "s3://b/out/"}), "names no file"),
            (
                serde_json::json!({"location": "{{ nothing('x') }}"}),
                "config location: line 1",
            ),
            (
                serde_json::json!({"location": "a.orc", "format": "orc"}),
                "format orc",
            ),
            (
                serde_json::json!({"location": "a", "options": {"codec": "snappy"}}),
                "config options",
            ),
            (
                serde_json::json!({"location": "a.csv", "delimiter": "|"}),
                "config delimiter",
            ),
            (
                serde_json::json!({"location": "a", "glue_register": true}),
                "config glue_register",
            ),
        ] {
            let mut config = config;
            config["materialized"] = "external".into();
            let told = read(&config).expect_err("refused");
            assert!(told.contains(part), "{told}");
        }
        let without_effect = serde_json::json!({
            "materialized": "external", "location": "a.csv", "delimiter": ",", "options": {}, "glue_register": false
        });
        assert!(read(&without_effect).is_ok());
    }
}
