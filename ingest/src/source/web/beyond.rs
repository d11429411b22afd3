//! Records of an API from a value on.
//!
//! An API is asked by a parameter. What it gives that is older, or was there before, is left out; whether it gives what is
//! as old as the value, as well, is up to the API.
//!
//! Entry point: [`Api::window`].

use std::cmp::Ordering;
use std::path::Path;

use jiff::Timestamp;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::client::Client;
use super::pages::{self, COLUMNS, NO_RECORDS};
use super::{next, records};
use crate::project::SourceConfig;
use crate::source::growing::{Alike, Answer, Asked, hash_text};
use crate::state::Position;

/// An API that is asked for what is new.
#[derive(Debug)]
pub(in crate::source) struct Api {
    client: Client,
    config: SourceConfig,
    parameter: String,
    label: String,
}

impl Api {
    pub(super) fn new(client: Client, config: &SourceConfig, parameter: &str, label: &str) -> Self {
        Self {
            client,
            config: config.clone(),
            parameter: parameter.to_owned(),
            label: label.to_owned(),
        }
    }

    /// The records that are asked for.
    pub async fn window(&self, asked: Asked<'_>, path: &Path) -> Result<Answer, String> {
        let mut filter = Filter::new(asked);
        let first = match asked.from {
            Some(from) => next::with(self.client.url(), &self.parameter, &text_of(&from.value)),
            None => self.client.url().clone(),
        };
        let mut is_wanted = |record: &RawValue| filter.is_new(record);
        let fetched = pages::fetch_to(
            path,
            &self.client,
            &first,
            &self.config,
            &self.label,
            &mut is_wanted,
        )
        .await?;
        if fetched.records == 0 && asked.from.is_none() && !self.config.options.contains_key(COLUMNS) {
            return Err(NO_RECORDS.to_owned());
        }
        Ok(Answer {
            rows: fetched.records,
            bytes: fetched.bytes,
            position: filter.end(),
        })
    }
}

/// Tells records that are new, and keeps where they end.
struct Filter<'a> {
    asked: Asked<'a>,
    /// Records that have the value that was reached before, and did not come yet.
    known: Alike,
    /// The largest value so far.
    largest: Option<String>,
    /// Records that have it.
    alike: Alike,
}

impl<'a> Filter<'a> {
    fn new(asked: Asked<'a>) -> Self {
        Self {
            asked,
            known: asked.from.map(Alike::of).unwrap_or_default(),
            largest: asked.from.map(|from| from.value.clone()),
            alike: asked.from.map(Alike::of).unwrap_or_default(),
        }
    }

    fn is_new(&mut self, record: &RawValue) -> Result<bool, String> {
        let cursor = self.asked.cursor;
        let value = records::at(record, cursor).map(RawValue::get);
        let value = value.filter(|value| *value != "null").ok_or_else(|| {
            format!(
                "there is a record without {cursor}, which is the cursor: correct its column in ingest.toml"
            )
        })?;
        let compare = |other: &str| {
            compare(value, other).ok_or_else(|| {
                format!(
                    "{cursor} is {value} in one record and {other} in another, and neither is larger: the values of a cursor \
                     are all numbers or all texts"
                )
            })
        };
        let hash = hash_text(Sha256::new_with_prefix(record.get()));
        if let Some(from) = self.asked.from {
            match compare(&from.value)? {
                Ordering::Less => return Ok(false),
                Ordering::Equal if self.known.take(&hash) => return Ok(false),
                _ => {}
            }
        }
        match self.largest.as_deref().map(compare).transpose()? {
            Some(Ordering::Less) => return Ok(true),
            Some(Ordering::Equal) => {}
            Some(Ordering::Greater) | None => {
                self.largest = Some(value.to_owned());
                self.alike = Alike::default();
            }
        }
        self.alike.add(hash)?;
        Ok(true)
    }

    fn end(self) -> Option<Position> {
        Some(Position {
            value: self.largest?,
            columns: Vec::new(),
            rows: self.alike.into_rows(),
        })
    }
}

/// Which of two values in JSON is larger; none where they are of two kinds.
fn compare(a: &str, b: &str) -> Option<Ordering> {
    use serde_json::Value::{Number, String};
    match (serde_json::from_str(a).ok()?, serde_json::from_str(b).ok()?) {
        (Number(a), Number(b)) => match (a.as_i128(), b.as_i128()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => a.as_f64()?.partial_cmp(&b.as_f64()?),
        },
        (String(a), String(b)) => match (a.parse::<Timestamp>(), b.parse::<Timestamp>()) {
            (Ok(a), Ok(b)) => Some(a.cmp(&b)),
            _ => Some(a.cmp(&b)),
        },
        _ => None,
    }
}

/// A value as it is sent.
fn text_of(value: &str) -> String {
    serde_json::from_str::<String>(value).unwrap_or_else(|_| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filtered<'a>(filter: &mut Filter<'_>, records: &[&'a str]) -> Vec<&'a str> {
        let is_new = |record: &&&str| {
            let record: Box<RawValue> = serde_json::from_str(record).expect("JSON");
            filter.is_new(&record).expect("comparable")
        };
        records.iter().filter(is_new).copied().collect()
    }

    #[test]
    fn what_comes_again_is_left_out_and_what_is_as_late_is_not() {
        let asked = |from| Asked { cursor: "at", from };
        let [a, b, c] = [
            "{\"at\": 9, \"n\": 1}",
            "{\"at\": 10, \"n\": 2}",
            "{\"at\": 10, \"n\": 3}",
        ];
        let mut first = Filter::new(asked(None));
        assert_eq!(filtered(&mut first, &[b, a]), [b, a]);
        let position = first.end().expect("records");
        assert_eq!((position.value.as_str(), position.rows.len()), ("10", 1));
        let mut second = Filter::new(asked(Some(&position)));
        assert_eq!(filtered(&mut second, &[a, b, c]), [c]);
        let position = second.end().expect("records");
        assert_eq!(position.rows.len(), 2, "both that are as late are kept");
        let mut third = Filter::new(asked(Some(&position)));
        assert!(
            filtered(&mut third, &[c]).is_empty(),
            "also where the API gives some of them only"
        );
        assert_eq!(third.end(), Some(position));
    }

    #[test]
    fn values_are_compared_as_what_they_are() {
        assert_eq!(compare("9", "10"), Some(Ordering::Less));
        assert_eq!(
            compare("9007199254740993", "9007199254740992"),
            Some(Ordering::Greater)
        );
        assert_eq!(compare("1.5", "1"), Some(Ordering::Greater));
        assert_eq!(
            compare("\"2024-01-01T00:00:00+02:00\"", "\"2023-12-31T22:00:00Z\""),
            Some(Ordering::Equal)
        );
        assert_eq!(compare("\"a\"", "\"b\""), Some(Ordering::Less));
        assert_eq!(compare("\"9\"", "10"), None);
    }
}
