//! Values within an answer in JSON, as they are written there.
//!
//! Invariant: no value is made anew, so that numbers keep all their digits.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::value::RawValue;

/// What stands at a path: `data.items`, or `/data/items` where names have dots. None where it ends early.
pub(super) fn at<'a>(answer: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    let mut value = answer;
    for key in keys(path) {
        value = match serde_json::from_str::<BTreeMap<String, &RawValue>>(value.get()) {
            Ok(object) => object.get(&key).copied()?,
            Err(_) => {
                let array: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
                array.get(key.parse::<usize>().ok()?).copied()?
            }
        };
    }
    Some(value)
}

/// The records at a path: those of an array, or the one that stands there.
pub(super) fn records<'a>(answer: &'a RawValue, path: Option<&str>) -> Result<Vec<&'a RawValue>, String> {
    let path = path.unwrap_or_default();
    let value = at(answer, path).ok_or_else(|| {
        let there: Result<BTreeMap<String, &RawValue>, _> = serde_json::from_str(answer.get());
        let there = there.map_or_else(
            |_| "it is no object".to_owned(),
            |object| format!("it has {}", object.into_keys().collect::<Vec<_>>().join(", ")),
        );
        format!("there is no {path} in the answer ({there}): correct records in ingest.toml")
    })?;
    match value.get().as_bytes().first() {
        Some(b'[') => serde_json::from_str(value.get()).map_err(|error| error.to_string()),
        Some(b'{') if !path.is_empty() => Ok(vec![value]),
        Some(b'n') => Ok(Vec::new()),
        Some(b'{') => Err(
            "the answer is no array: say where in it the records are, as in records = \"data.items\""
                .to_owned(),
        ),
        _ => Err(format!(
            "{path} in the answer is no array of records: correct records in ingest.toml"
        )),
    }
}

/// Writes a record as one line. Line breaks within JSON stand between its parts only.
pub(super) fn write_line(out: &mut impl Write, record: &RawValue) -> io::Result<()> {
    for (index, part) in record.get().split(['\n', '\r']).enumerate() {
        if index > 0 {
            out.write_all(b" ")?;
        }
        out.write_all(part.as_bytes())?;
    }
    out.write_all(b"\n")
}

fn keys(path: &str) -> Vec<String> {
    match path.strip_prefix('/') {
        Some(pointer) => pointer
            .split('/')
            .map(|key| key.replace("~1", "/").replace("~0", "~"))
            .collect(),
        None if path.is_empty() => Vec::new(),
        None => path.split('.').map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Box<RawValue> {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn values_are_found_by_path_as_they_are_written() {
        let answer = parsed(
            "{\"data\": {\"items\": [{\"n\": 1.10},\n 12345678901234567890123]}, \"@odata.next\": null}",
        );
        let text = |path: &str| at(&answer, path).map(RawValue::get);
        assert_eq!(text("data.items.1"), Some("12345678901234567890123"));
        assert_eq!(text("/data/items/0/n"), Some("1.10"));
        assert_eq!(text("/@odata.next"), Some("null"));
        assert_eq!(text("data.rows"), None);
        let found = records(&answer, Some("data.items")).expect("records");
        assert_eq!(found.len(), 2);
        assert_eq!(
            records(&answer, Some("/@odata.next")).map(|none| none.len()),
            Ok(0)
        );
        let error = records(&answer, Some("items")).expect_err("not there");
        assert_eq!(
            error,
            "there is no items in the answer (it has @odata.next, data): correct records in ingest.toml"
        );
        assert!(records(&answer, None).is_err_and(|error| error.contains("records = ")));
    }

    #[test]
    fn a_record_is_one_line() {
        let mut lines = Vec::new();
        write_line(&mut lines, &parsed("{\n  \"a\": \"b\\nc\"\r\n}")).expect("written");
        assert_eq!(String::from_utf8_lossy(&lines), "{   \"a\": \"b\\nc\"  }\n");
    }
}
