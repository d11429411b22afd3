//! Standard error: text for people, or one JSON object a line for machines.
//!
//! Invariant: in JSON, every line that this program writes to standard error is one object; the events of [`STEPS`] and
//! errors are always among them, other events as `INGEST_LOG` says. Of other crates nothing below `info` is
//! heard, and of the client of AWS only errors, whatever `INGEST_LOG` says: there they write requests and answers with all
//! that is in them.
//!
//! Entry points: [`begin`], [`failed`].

use std::sync::OnceLock;

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::LogFormat;

/// The tracing target of steps and their outcome.
pub(crate) const STEPS: &str = "ingest::steps";

static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Sets the format for the rest of the process.
pub(crate) fn begin(format: LogFormat) {
    if FORMAT.set(format).is_err() {
        return;
    }
    let wanted = EnvFilter::try_from_env("INGEST_LOG").unwrap_or_else(|_| "warn".into());
    let lines = tracing_subscriber::fmt().with_writer(std::io::stderr);
    let keeps_secrets = filter_fn(|event| match event.target() {
        target if target.starts_with("ingest") => true,
        target if target.starts_with("aws_") => *event.level() == Level::ERROR,
        _ => *event.level() <= Level::INFO,
    });
    match format {
        LogFormat::Text => lines.with_env_filter(wanted).finish().with(keeps_secrets).init(),
        LogFormat::Json => {
            let always = format!("{STEPS}=info").parse();
            let filter =
                always.map_or_else(|_| EnvFilter::new("info"), |always| wanted.add_directive(always));
            lines
                .with_env_filter(filter)
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .finish()
                .with(keeps_secrets)
                .init();
        }
    }
}

/// Whether lines are JSON.
pub(crate) fn is_json() -> bool {
    FORMAT.get() == Some(&LogFormat::Json)
}

/// Tells why the process ends.
pub(crate) fn failed(error: &anyhow::Error) {
    problem("error", &format!("{error:#}"));
}

/// Tells that the process was interrupted.
pub(crate) fn interrupted() {
    if is_json() {
        tracing::error!(target: STEPS, "interrupted");
    } else {
        eprintln!("interrupted");
    }
}

/// Tells what should be known although work goes on.
pub(crate) fn warning(text: &str) {
    problem("warning", text);
}

/// Tells what a person may like to know of a verb that went well.
pub(crate) fn note(text: &str) {
    if is_json() {
        tracing::info!(target: STEPS, event = "note", "{}", text.trim());
    } else {
        eprintln!("{text}");
    }
}

fn problem(kind: &str, text: &str) {
    match (is_json(), kind) {
        (false, _) => eprintln!("{kind}: {text}"),
        (true, "error") => tracing::error!(target: STEPS, event = kind, "{text}"),
        (true, _) => tracing::warn!(target: STEPS, event = kind, "{text}"),
    }
}
