//! What a person, or whoever reads the log, sees while a verb runs.
//!
//! On a terminal there is a line for what happens in general and one for each model that is running. With JSON there are
//! events at the beginning and the end of each. Elsewhere there is nothing.
//!
//! Entry points: [`Progress::start`], [`Progress::begin`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::log::{self, STEPS};
use crate::settings::Settings;

/// Lines on a terminal, shared by all threads of a verb.
#[derive(Debug, Clone)]
pub struct Progress {
    lines: MultiProgress,
    general: ProgressBar,
}

impl Progress {
    /// Starts the general line; hidden where nobody looks on.
    pub fn start(settings: &Settings) -> Self {
        let lines = if settings.is_interactive() && !log::is_json() {
            // Hides itself where standard error is no terminal.
            MultiProgress::new()
        } else {
            MultiProgress::with_draw_target(ProgressDrawTarget::hidden())
        };
        let general = line(&lines, "{spinner} {elapsed} {wide_msg}");
        Self { lines, general }
    }

    /// Says what happens now.
    pub fn say(&self, what: impl Into<String>) {
        self.general.set_message(what.into());
    }

    /// Begins a step, as a rule a model, beside others.
    pub fn begin(&self, name: &str) -> Task {
        if log::is_json() {
            tracing::info!(target: STEPS, event = "begin", model = name);
        }
        let line = line(&self.lines, "  {spinner} {elapsed} {prefix} {wide_msg}");
        line.set_prefix(name.to_owned());
        Task(Arc::new(Running {
            name: name.to_owned(),
            line,
            lines: self.lines.clone(),
            started: Instant::now(),
            has_ended: AtomicBool::new(false),
        }))
    }

    /// Writes what should be known although work goes on, above the lines.
    pub fn warn(&self, text: &str) {
        self.lines.suspend(|| log::warning(text));
    }

    /// Takes the lines away.
    pub fn finish(&self) {
        self.general.finish_and_clear();
        // A terminal that cannot be cleared keeps its lines.
        let _ = self.lines.clear();
    }
}

/// A step that is running. The last clone that is dropped ends it, if nobody has said how it ended.
#[derive(Debug, Clone)]
pub struct Task(Arc<Running>);

#[derive(Debug)]
struct Running {
    name: String,
    line: ProgressBar,
    lines: MultiProgress,
    started: Instant,
    has_ended: AtomicBool,
}

impl Task {
    /// Says what it does now.
    pub fn say(&self, what: impl Into<String>) {
        self.0.line.set_message(what.into());
    }

    /// How many rows there will be, where that is known before.
    pub fn expect_rows(&self, total: u64) {
        self.0.line.set_length(total);
        set_style(
            &self.0.line,
            "  {spinner} {elapsed} {prefix} {wide_bar} {human_pos}/{human_len} rows",
        );
    }

    /// How many rows there are so far.
    pub fn rows(&self, so_far: u64) {
        if self.0.line.position() == 0 && self.0.line.length().is_none() {
            set_style(
                &self.0.line,
                "  {spinner} {elapsed} {prefix} {human_pos} rows {wide_msg}",
            );
        }
        self.0.line.set_position(so_far);
    }

    /// Ends it: how (`ok`, `failed`, …), with rows and bytes of the result where there is one.
    pub fn end(&self, status: &str, rows: Option<u64>, bytes: Option<u64>, seconds: f64) {
        self.0.end(status, rows, bytes, seconds);
    }
}

impl Running {
    fn end(&self, status: &str, rows: Option<u64>, bytes: Option<u64>, seconds: f64) {
        if self.has_ended.swap(true, Ordering::Relaxed) {
            return;
        }
        self.line.finish_and_clear();
        self.lines.remove(&self.line);
        if log::is_json() {
            let seconds = (seconds * 1000.0).round() / 1000.0;
            tracing::info!(target: STEPS, event = "end", model = self.name, status, rows, bytes, seconds);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end("abandoned", None, None, self.started.elapsed().as_secs_f64());
    }
}

fn line(lines: &MultiProgress, template: &str) -> ProgressBar {
    let line = lines.add(ProgressBar::no_length());
    set_style(&line, template);
    if !lines.is_hidden() {
        line.enable_steady_tick(Duration::from_millis(100));
    }
    line
}

fn set_style(line: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        line.set_style(style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    #[test]
    fn many_threads_report_to_one_place() {
        let settings = Settings::without_project(&Flags::default()).expect("settings");
        let progress = Progress::start(&settings);
        std::thread::scope(|scope| {
            for index in 0..8 {
                let progress = progress.clone();
                scope.spawn(move || {
                    let task = progress.begin(&format!("gold.t{index}"));
                    task.say("sorting");
                    task.rows(5);
                    task.expect_rows(10);
                    assert_eq!(task.0.line.length(), Some(10));
                    task.end("ok", Some(10), Some(100), 0.5);
                    assert!(task.0.line.is_finished());
                });
            }
        });
        progress.finish();
    }
}
