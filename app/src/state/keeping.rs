//! What the engine keeps: its caches, and tables that are kept for use without a network.
//!
//! Invariant: the newest report wins. A download goes on while the person looks at something else.
//!
//! Entry point: [`Keeping`].

use leptos::prelude::*;
use protocol::{
    CacheKind, CacheUse, Call, CallItem, ClearCache, EstimateQuery, Failure, Pin, PinTable, Progress,
    ReadStorage, Storage, UnpinTable,
};

use super::{Latest, Session};
use crate::browser;

/// How often the report is read anew while somebody looks at it.
const REFRESH_MS: i32 = 1_000;

/// A handle to all that is kept; copies share it.
#[derive(Clone, Copy)]
pub struct Keeping {
    /// Whether the report is open.
    pub is_open: RwSignal<bool>,
    /// Why the last thing that was asked of it failed.
    pub failure: RwSignal<Option<Failure>>,
    /// Why the page itself cannot be kept, if that is so.
    pub page_problem: RwSignal<Option<String>>,
    session: Session,
    report: RwSignal<Option<Storage>>,
    download: RwSignal<Download>,
    refreshing: StoredValue<Latest>,
    changing: StoredValue<Latest>,
    downloading: StoredValue<Latest>,
}

/// The newest download of a table.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Download {
    /// There is none.
    #[default]
    None,
    /// On its way.
    Running {
        /// What is kept.
        wanted: Wanted,
        /// How far it is.
        progress: Progress,
    },
    /// All of it is here.
    Done(Wanted),
    /// Why it will not come.
    Failed(Wanted, Failure),
}

/// A table, and which of its columns are to be kept; all when absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The table's name.
    pub table: String,
    /// The columns' names.
    pub columns: Option<Vec<String>>,
}

impl Keeping {
    /// Nothing is known yet.
    pub fn new(session: Session) -> Self {
        Self {
            is_open: RwSignal::default(),
            failure: RwSignal::default(),
            page_problem: RwSignal::default(),
            session,
            report: RwSignal::default(),
            download: RwSignal::default(),
            refreshing: StoredValue::default(),
            changing: StoredValue::default(),
            downloading: StoredValue::default(),
        }
    }

    /// Reads the report again and again, as long as the current owner lives.
    pub fn follow(self) {
        let refresh = async move {
            loop {
                match self.session.engine().ask(ReadStorage).end().await {
                    Ok(report) => self.report.set(Some(report)),
                    Err(failure) => self.failure.set(Some(failure)),
                }
                browser::sleep_ms(REFRESH_MS).await;
            }
        };
        self.refreshing
            .update_value(|latest| latest.replace(refresh, leptos::task::spawn_local));
        on_cleanup(move || {
            self.refreshing.try_update_value(Latest::abort);
        });
    }

    /// The newest report.
    pub fn report(self) -> Option<Storage> {
        self.report.get()
    }

    /// How a cache stands.
    pub fn cache(self, kind: CacheKind) -> Option<CacheUse> {
        self.report.with(|report| {
            let caches = report.as_ref()?.caches.iter();
            caches.copied().find(|known| known.cache == kind)
        })
    }

    /// What is kept of a table.
    pub fn pin(self, table: &str) -> Option<Pin> {
        self.report.with(|report| {
            let mut pins = report.as_ref()?.pins.iter();
            pins.find(|pin| pin.table == table).cloned()
        })
    }

    /// Empties a cache.
    pub fn clear(self, cache: CacheKind) {
        self.change(ClearCache { cache });
    }

    /// Gives up what is kept of a table.
    pub fn unpin(self, table: &str) {
        let table = table.to_owned();
        self.change(UnpinTable { table });
    }

    fn change<C: Call<Reply = Storage> + Clone + 'static>(self, call: C) {
        let change = async move {
            match self.session.engine().ask(call).end().await {
                Ok(report) => {
                    self.failure.set(None);
                    self.report.set(Some(report));
                }
                Err(failure) => self.failure.set(Some(failure)),
            }
        };
        self.changing
            .update_value(|latest| latest.replace(change, leptos::task::spawn_local));
    }

    /// Bytes that keeping these columns takes, and how many of them have to be fetched.
    pub async fn size_of(self, wanted: &Wanted) -> Option<(u64, u64)> {
        let sql = wanted.to_sql();
        let max_rows = None;
        let estimate = self
            .session
            .engine()
            .ask(EstimateQuery { sql, max_rows })
            .end()
            .await
            .ok()?;
        Some((estimate.bytes + estimate.cached_bytes, estimate.bytes))
    }

    /// Downloads columns of a table, in the place of a download that runs; from then on the page itself starts without
    /// a network, where the browser allows that.
    pub fn keep(self, wanted: Wanted) {
        self.download.set(Download::Running {
            wanted: wanted.clone(),
            progress: Progress::default(),
        });
        leptos::task::spawn_local(async move {
            self.page_problem.set(browser::keep_page().await.err());
        });
        let task = async move {
            let mut asking = self.session.engine().ask(PinTable {
                table: wanted.table.clone(),
                columns: wanted.columns.clone(),
            });
            let outcome = loop {
                match asking.next().await {
                    CallItem::Progress(progress) => self.download.set(Download::Running {
                        wanted: wanted.clone(),
                        progress,
                    }),
                    CallItem::Batch(_) | CallItem::Partial(..) | CallItem::Piece(..) => {}
                    CallItem::Done(outcome) => break outcome,
                }
            };
            self.download.set(match outcome {
                Ok(report) => {
                    self.report.set(Some(report));
                    Download::Done(wanted)
                }
                Err(failure) => Download::Failed(wanted, failure),
            });
        };
        self.downloading
            .update_value(|latest| latest.replace(task, leptos::task::spawn_local));
    }

    /// The newest download.
    pub fn download(self) -> Download {
        self.download.get()
    }

    /// Forgets how the last download went; one that runs goes on.
    pub fn forget_download(self) {
        if self
            .download
            .with_untracked(|download| !matches!(download, Download::Running { .. }))
        {
            self.download.set(Download::None);
        }
    }

    /// Gives up a download that runs, or forgets how the last one went.
    pub fn dismiss_download(self) {
        self.downloading.update_value(Latest::abort);
        self.download.set(Download::None);
    }
}

impl Wanted {
    /// The statement that reads just this.
    fn to_sql(&self) -> String {
        use protocol::sql::identifier;
        let columns = match &self.columns {
            Some(columns) => columns
                .iter()
                .map(|name| identifier(name))
                .collect::<Vec<_>>()
                .join(", "),
            None => "*".to_owned(),
        };
        format!("SELECT {columns} FROM {}", identifier(&self.table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_a_statement_would_read() {
        let wanted = |columns: Option<&[&str]>| Wanted {
            table: "my \"trips\"".to_owned(),
            columns: columns.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
        };
        assert_eq!(wanted(None).to_sql(), r#"SELECT * FROM "my ""trips""""#);
        assert_eq!(
            wanted(Some(&["a", "B c"])).to_sql(),
            r#"SELECT "a", "B c" FROM "my ""trips""""#
        );
    }
}
