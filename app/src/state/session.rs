//! Everything that components share: the engine, what is open, and the location.
//!
//! Invariant: each change of the location goes through [`Session::go`], which also makes the history entry.

use std::collections::HashMap;
use std::sync::Arc;

use catalog::{Catalog, TableManifest};
use leptos::prelude::*;
use protocol::{Failure, FailureKind, Query, Slice};

use self::lake::Opening;
use super::{Budget, Location, Network, Picture, Pool, View};
use crate::browser;
use crate::engine::{Answer, News, PageEngine, Source, answer, link};

mod lake;

/// The lake that the site names.
#[derive(Debug, Clone, PartialEq)]
pub enum Lake {
    /// Its catalog is on the way.
    Opening,
    /// The site names none: only files can be opened.
    None,
    /// Its catalog.
    Open(Arc<Catalog>),
    /// Why it cannot be opened.
    Failed(Failure),
}

/// Something on its way.
#[derive(Debug, Clone, PartialEq)]
pub enum Load<T> {
    /// Not here yet.
    Loading,
    /// Here.
    Ready(T),
    /// Why it will not come.
    Failed(Failure),
}

/// What opening files came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Opened {
    /// Nothing to report.
    #[default]
    Quiet,
    /// On the way, with the names.
    Busy(String),
    /// Why it failed.
    Failed(Failure),
}

/// A handle to everything that components share.
#[derive(Clone, Copy)]
pub struct Session {
    /// Whether there is a network.
    pub network: Network,
    /// How much a query may fetch unasked.
    pub budget: Budget,
    /// How many workers compute.
    pub pool: Pool,
    engine: StoredValue<PageEngine, LocalStorage>,
    opening: StoredValue<Option<Opening>, LocalStorage>,
    manifests: StoredValue<HashMap<String, Arc<TableManifest>>>,
    slices: StoredValue<HashMap<String, Slice>>,
    location: RwSignal<Location>,
    lake: RwSignal<Lake>,
    ad_hoc: RwSignal<Vec<Arc<TableManifest>>>,
    /// Of which files an ad-hoc table is made, by its name.
    made_of: StoredValue<HashMap<String, Vec<String>>>,
    opened: RwSignal<Opened>,
    notice: RwSignal<Option<String>>,
}

impl Session {
    /// Starts the engine and opens the site's lake. Once, for the life of the page.
    pub fn start() -> Self {
        let notice = RwSignal::new(None);
        let restarted = move || notice.set(Some("The engine stopped and has been restarted.".to_owned()));
        let session = Self {
            network: Network::new(),
            budget: Budget::stored(),
            pool: Pool::stored(),
            engine: StoredValue::new_local(PageEngine::start(link::spawn, restarted)),
            opening: StoredValue::new_local(None),
            manifests: StoredValue::default(),
            slices: StoredValue::default(),
            location: RwSignal::new(Location::parse(&browser::query_string())),
            lake: RwSignal::new(Lake::Opening),
            ad_hoc: RwSignal::default(),
            made_of: StoredValue::default(),
            opened: RwSignal::default(),
            notice,
        };
        session.pool.tell(&session.engine());
        browser::on_back(move || session.location.set(Location::parse(&browser::query_string())));
        browser::on_network(move |is_online| {
            if is_online {
                session.open_lake_that_was_offline();
            }
            session.network.set_online(is_online);
        });
        session.open_lake();
        session
    }

    /// The engine.
    pub fn engine(self) -> PageEngine {
        self.engine.get_value()
    }

    /// Runs a statement for a part of the page. Where the snapshot has gone under it, the newest is read for all parts.
    pub async fn ask(self, query: Query, mut on_news: impl FnMut(News)) -> Result<Answer, Failure> {
        let engine = self.engine();
        loop {
            let returns = self.network.returns();
            let outcome = answer::collect(&engine, query.clone(), &mut on_news).await;
            match outcome.as_ref().err().map(|failure| failure.kind) {
                // The network came back while the failure was on its way: nobody would ask again.
                Some(FailureKind::Offline) if self.network.returns() != returns => {}
                Some(FailureKind::StaleSnapshot) => {
                    self.refresh_lake();
                    return outcome;
                }
                _ => {
                    if outcome
                        .as_ref()
                        .is_ok_and(|answer| answer.summary.is_of_new_snapshot)
                    {
                        self.refresh_lake();
                    }
                    return outcome;
                }
            }
        }
    }

    /// Where the analyst is.
    pub fn location(self) -> Location {
        self.location.get()
    }

    /// Where the analyst is, without following changes.
    pub fn location_untracked(self) -> Location {
        self.location.get_untracked()
    }

    /// Goes somewhere; Back returns. Going where one is changes nothing.
    pub fn go(self, location: Location) {
        if self.location.with_untracked(|current| *current == location) {
            return;
        }
        if let View::Slice(slice) = &location.view {
            self.slices.update_value(|slices| {
                slices.insert(slice.table.clone(), slice.clone());
            });
        }
        browser::push_query(&location.query_string());
        self.location.set(location);
    }

    /// Looks at something else, drawn as suits it.
    pub fn view(self, view: View) {
        self.go(Location::of(view));
    }

    /// Changes the slice that is looked at; nothing where none is.
    pub fn edit_slice(self, edit: impl FnOnce(&mut Slice)) {
        let mut location = self.location_untracked();
        if let View::Slice(slice) = &mut location.view {
            edit(slice);
            self.go(location);
        }
    }

    /// Draws the result otherwise.
    pub fn set_picture(self, picture: Picture) {
        self.go(Location {
            picture,
            ..self.location_untracked()
        });
    }

    /// The slice of a table that was looked at last; all its rows at first.
    pub fn last_slice(self, table: &str) -> Slice {
        self.slices
            .with_value(|slices| slices.get(table).cloned())
            .unwrap_or_else(|| Slice::of(table))
    }

    /// The lake.
    pub fn lake(self) -> Lake {
        self.lake.get()
    }

    /// Tables of files that are in no catalog, newest first.
    pub fn ad_hoc(self) -> Vec<Arc<TableManifest>> {
        self.ad_hoc.get()
    }

    /// Whether the table that is looked at was made of files in this tab.
    pub fn is_ad_hoc_untracked(self) -> bool {
        let location = self.location_untracked();
        let is_shown = |manifest: &Arc<TableManifest>| Some(manifest.table.as_str()) == location.view.table();
        self.ad_hoc.with_untracked(|tables| tables.iter().any(is_shown))
    }

    /// All tables that are open, by name.
    pub fn table_names(self) -> Vec<String> {
        self.ad_hoc.track();
        self.lake.track();
        self.table_names_untracked()
    }

    /// All tables that are open, without following changes.
    pub fn table_names_untracked(self) -> Vec<String> {
        let mut names: Vec<String> = self
            .ad_hoc
            .with_untracked(|tables| tables.iter().map(|table| table.table.clone()).collect());
        self.lake.with_untracked(|lake| {
            if let Lake::Open(catalog) = lake {
                names.extend(catalog.tables.iter().map(|table| table.name.clone()));
            }
        });
        names
    }

    /// Makes a table of files. The same files keep their name; others of that name get a number.
    pub async fn open_files(
        self,
        name: String,
        sources: Vec<Source<browser::File>>,
    ) -> Result<Arc<TableManifest>, Failure> {
        // A name is chosen that the catalog does not have: the catalog has to be there.
        let _ = self.lake_opened().await;
        let name = self.claim_name(&name, sources.iter().map(identity).collect());
        let opened = self.engine().open_files(Some(name.clone()), sources).await;
        let is_open = self
            .ad_hoc
            .with_untracked(|tables| tables.iter().any(|known| known.table == name));
        if opened.is_err() && !is_open {
            self.made_of.update_value(|made_of| {
                made_of.remove(&name);
            });
        }
        let manifest = Arc::new(opened?);
        self.ad_hoc.update(|tables| {
            tables.retain(|known| known.table != manifest.table);
            tables.insert(0, Arc::clone(&manifest));
        });
        Ok(manifest)
    }

    fn claim_name(self, wanted: &str, files: Vec<String>) -> String {
        let in_catalog = |name: &str| {
            self.lake
                .with_untracked(|lake| matches!(lake, Lake::Open(catalog) if catalog.table(name).is_some()))
        };
        let made_of = self.made_of.get_value();
        let is_of_others = |name: &str| made_of.get(name).is_some_and(|known| *known != files);
        let name = super::names::unused(wanted, |name| in_catalog(name) || is_of_others(name));
        self.made_of.update_value(|made_of| {
            made_of.insert(name.clone(), files);
        });
        name
    }

    /// Opens files that a person picked, and shows the table. A view that waits for it is kept.
    pub fn open_and_show(self, name: String, sources: Vec<Source<browser::File>>) {
        self.opened.set(Opened::Busy(name.clone()));
        leptos::task::spawn_local(async move {
            match self.open_files(name, sources).await {
                Ok(manifest) => {
                    self.opened.set(Opened::Quiet);
                    if self.location_untracked().view.table() != Some(&manifest.table) {
                        self.view(View::Slice(Slice::of(&manifest.table)));
                    }
                }
                Err(failure) => self.opened.set(Opened::Failed(failure)),
            }
        });
    }

    /// What opening files came to.
    pub fn opened(self) -> Opened {
        self.opened.get()
    }

    /// Takes the report on opening files away.
    pub fn dismiss_opened(self) {
        self.opened.set(Opened::Quiet);
    }

    /// A short message that goes away by itself.
    pub fn notice(self) -> Option<String> {
        self.notice.get()
    }

    /// Shows a short message; none takes it away.
    pub fn notify(self, notice: Option<&str>) {
        self.notice.set(notice.map(str::to_owned));
    }
}

/// Tells one file from another of the same name.
fn identity(source: &Source<browser::File>) -> String {
    match source {
        Source::Url(url) => url.split(['?', '#']).next().unwrap_or(url).to_owned(),
        Source::Local { name, file } => format!("{name} {} {}", file.size(), file.last_modified()),
    }
}
