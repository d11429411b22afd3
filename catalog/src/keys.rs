//! Object keys below the gold root. All use `/`, none begins with one.

/// The mutable pointer.
pub const CATALOG: &str = "catalog.json";

/// The key of a manifest whose content has this hash.
pub fn manifest(table: &str, content_hash: &str) -> String {
    format!("manifests/{table}/{}.json", short(content_hash))
}

/// Whether a key is that of a manifest.
pub fn is_manifest(key: &str) -> bool {
    key.starts_with("manifests/")
}

/// The key of the writer's notes on a version of a table, named by their content.
pub fn state(table: &str, content_hash: &str) -> String {
    format!("state/{table}/{}.json", short(content_hash))
}

/// The key of a sketch: what statistics of a version are merged from when rows are added, named by its content.
pub fn sketch(table: &str, content_hash: &str) -> String {
    format!("state/{table}/{}.sketch.json", short(content_hash))
}

/// The key of a run's report.
pub fn run_report(run: &str) -> String {
    format!("runs/{run}.json")
}

/// The key of the list of raw files that a run could not read.
pub fn rejected(run: &str) -> String {
    format!("rejected/{run}.json")
}

/// The key of a data file whose content has this hash. `partition` holds Hive parts such as `year=2001`.
pub fn data_file(table: &str, partition: &[String], content_hash: &str) -> String {
    let mut key = format!("tables/{table}/");
    for part in partition {
        key.push_str(part);
        key.push('/');
    }
    key.push_str(short(content_hash));
    key.push_str(".parquet");
    key
}

/// 128 bits of a hexadecimal hash name an object.
fn short(content_hash: &str) -> &str {
    content_hash.get(..32).unwrap_or(content_hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_named_by_table_partition_and_content() {
        let hash = "0123456789abcdef0123456789abcdefffff";
        assert_eq!(
            manifest("flights", hash),
            "manifests/flights/0123456789abcdef0123456789abcdef.json"
        );
        assert!(is_manifest(&manifest("flights", hash)));
        assert_eq!(
            data_file("flights", &["year=2001".to_owned()], hash),
            "tables/flights/year=2001/0123456789abcdef0123456789abcdef.parquet"
        );
        assert!(!is_manifest(&data_file("flights", &[], hash)));
    }
}
