//! The report of a run that stays: `runs/<id>.json` in the target.

use std::collections::BTreeMap;

use bytes::Bytes;
use catalog::{CheckResult, keys};
use jiff::Timestamp;
use serde::Serialize;

use super::report::Ending;
use super::step::{Outcome, Step};
use crate::log;
use crate::source::{Drifted, Rejected};
use crate::target::{Content, Target};

/// A run, from its begin to its end.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    /// Names the report: the time of the begin and some random digits.
    id: String,
    /// Version of the program.
    version: &'static str,
    target: String,
    /// RFC 3339, UTC.
    started_at: String,
    ended_at: String,
    /// `succeeded`, `failed` (something is told in `steps` or `error`).
    status: &'static str,
    /// The snapshot that readers see now.
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot_id: Option<String>,
    /// Tables that are not as they were.
    changed: Vec<String>,
    /// Why nothing could be published.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Sources, models and check files, in the order in which they ended.
    steps: Vec<RecordedStep>,
    /// Raw files that could not be read: they are listed in an object of their own.
    #[serde(skip)]
    rejected: Vec<Rejected>,
}

#[derive(Debug, Serialize)]
struct RecordedStep {
    name: String,
    /// `ok`, `in part` (raw files could not be read), `failed`, `skipped`.
    status: &'static str,
    /// What went wrong, or because of what it was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// `new`, `rebuilt`, `increment`, `described`, `unchanged`; of gold tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    because: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// `1 written, 99 kept`
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<String>,
    seconds: f64,
    /// Of the process, while the step ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory_bytes: Option<u64>,
    /// Raw files taken in, by source.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    inputs: BTreeMap<String, u64>,
    /// What is not as it was in a source.
    #[serde(skip_serializing_if = "Option::is_none")]
    drift: Option<Drifted>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<RecordedCheck>,
}

#[derive(Debug, Serialize)]
struct RecordedCheck {
    #[serde(flatten)]
    result: CheckResult,
    /// Some rows that break the rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sample: Vec<serde_json::Value>,
}

impl Record {
    /// A run that begins now.
    pub fn begin(target: &Target) -> Self {
        let now = Timestamp::now();
        let mut random = [0; 4];
        // Without randomness the time has to do.
        let _ = getrandom::fill(&mut random);
        Self {
            id: format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), hex::encode(random)),
            version: env!("CARGO_PKG_VERSION"),
            target: target.name.clone(),
            started_at: now.to_string(),
            ended_at: now.to_string(),
            status: "failed",
            snapshot_id: None,
            changed: Vec::new(),
            error: None,
            steps: Vec::new(),
            rejected: Vec::new(),
        }
    }

    /// What was done so far.
    pub fn note(&mut self, steps: &[Step]) {
        self.steps = steps.iter().map(RecordedStep::of).collect();
        self.rejected.clear();
        for file in steps.iter().flat_map(|step| &step.rejected) {
            // Several tables may have read it.
            if !self.rejected.contains(file) {
                self.rejected.push(file.clone());
            }
        }
    }

    /// The run came to its end.
    pub fn ended(&mut self, ending: &Ending) -> &Self {
        self.ended_at = Timestamp::now().to_string();
        if let Ending::Published(published) = ending {
            self.snapshot_id = Some(published.snapshot_id.clone());
            self.changed = published.changed.clone();
        }
        if self.steps.iter().all(|step| step.status == "ok") {
            self.status = "succeeded";
        }
        self
    }

    /// The run could not go on, or not publish.
    pub fn failed(&mut self, error: &anyhow::Error) -> &Self {
        self.ended_at = Timestamp::now().to_string();
        self.error = Some(format!("{error:#}"));
        self
    }

    /// Writes the report. A run does not fail because its report cannot be written.
    pub async fn write(&self, target: &Target) {
        let mut written = put(target, &keys::run_report(&self.id), self).await;
        if written.is_ok() && !self.rejected.is_empty() {
            let listed = serde_json::json!({ "run": self.id, "files": self.rejected });
            written = put(target, &keys::rejected(&self.id), &listed).await;
        }
        if let Err(error) = written {
            log::warning(&format!("the report of this run is not written: {error:#}"));
        }
    }
}

async fn put(target: &Target, key: &str, document: &impl Serialize) -> anyhow::Result<()> {
    let json = Bytes::from(serde_json::to_vec_pretty(document)?);
    target.write_immutable(key, &Content::Bytes(json)).await?;
    Ok(())
}

impl RecordedStep {
    fn of(step: &Step) -> Self {
        let (status, reason) = match &step.outcome {
            Outcome::Done if !step.rejected.is_empty() => {
                let files: Vec<String> = step.rejected.iter().map(Rejected::complaint).collect();
                ("in part", Some(files.join("\n")))
            }
            Outcome::Done => ("ok", None),
            Outcome::Failed(reason) => ("failed", Some(reason.clone())),
            Outcome::Skipped(because) => ("skipped", Some(because.join(", "))),
        };
        let action = step.action.as_ref();
        Self {
            name: step.name.clone(),
            status,
            reason,
            action: action.map(|action| action.what),
            because: action.map(|action| action.reasons.clone()).unwrap_or_default(),
            rows: step.rows,
            bytes: step.bytes,
            files: action.and_then(|action| action.files.clone()),
            seconds: step.seconds,
            peak_memory_bytes: step.peak_memory_bytes,
            inputs: action.map(|action| action.inputs.clone()).unwrap_or_default(),
            drift: Some(step.drifted.clone()).filter(|drifted| *drifted != Drifted::default()),
            checks: step
                .checks
                .iter()
                .map(|check| RecordedCheck {
                    result: check.result.clone(),
                    sample: check.sample.clone(),
                })
                .collect(),
        }
    }
}
