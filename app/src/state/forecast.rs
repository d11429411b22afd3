//! What the statement in the editor would fetch, said while it has no answer yet.
//!
//! Invariant: the forecast is of the text that stands in the editor now; there is none for a text that cannot be run.

use leptos::prelude::*;
use protocol::EstimateQuery;

use super::workbench::MAX_ROWS;
use super::{Latest, Workbench};
use crate::browser;

/// How long a text stays unchanged before it is estimated.
const PAUSE_MS: i32 = 300;

/// Which statement is estimated, and whether it is being written.
#[derive(Debug, Clone, PartialEq)]
struct Question {
    sql: String,
    max_rows: Option<u64>,
    is_draft: bool,
}

/// Keeps the forecast of a workbench, as long as the current owner lives.
pub(super) fn follow_draft(bench: Workbench) {
    let forecast = bench.forecast;
    let question = Memo::new(move |_| question(bench));
    let latest = StoredValue::new(Latest::default());
    Effect::new(move || {
        // Most keys meet no forecast: nothing is drawn anew for them.
        if forecast.with_untracked(Option::is_some) {
            forecast.set(None);
        }
        let Some(question) = question.get() else {
            latest.update_value(Latest::abort);
            return;
        };
        let session = bench.session;
        let task = async move {
            if question.is_draft {
                browser::sleep_ms(PAUSE_MS).await;
            }
            // Files can be asked about also when the lake cannot be opened.
            let _ = session.lake_opened().await;
            let Question { sql, max_rows, .. } = question;
            let asked = session.engine().ask(EstimateQuery { sql, max_rows });
            // A text that cannot be planned says so when it is run.
            forecast.set(asked.end().await.ok());
        };
        latest.update_value(|latest| latest.replace(task, leptos::task::spawn_local));
    });
    on_cleanup(move || {
        latest.try_update_value(Latest::abort);
    });
}

fn question(bench: Workbench) -> Option<Question> {
    let draft = bench.draft.get();
    match bench.statement() {
        Some(statement) if statement.sql == draft => {
            let has_no_answer = !bench.run.is_running() && bench.run.failure().is_some();
            has_no_answer.then_some(Question {
                sql: statement.sql,
                max_rows: statement.max_rows,
                is_draft: false,
            })
        }
        _ => (!draft.trim().is_empty()).then_some(Question {
            sql: draft,
            max_rows: Some(MAX_ROWS),
            is_draft: true,
        }),
    }
}
