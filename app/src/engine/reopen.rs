//! What is open in a worker, and how the next worker gets to know it.

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};
use protocol::{CallStream, Client, Failure, FileSource, OpenFiles, OpenLake};

/// Where an ad-hoc file's bytes are. Held in memory only: a URL may be signed.
#[derive(Clone)]
pub enum Source<F> {
    /// A file on the person's disk.
    Local {
        /// Its name.
        name: String,
        /// The handle.
        file: F,
    },
    /// An absolute address.
    Url(String),
}

/// Ends when all tables are open again, or when the lake cannot be opened. Many calls may wait for one.
pub(super) type Reopening = Shared<LocalBoxFuture<'static, Result<(), Failure>>>;

/// All that is open.
#[derive(Clone)]
pub(super) struct Tables<F> {
    pub(super) lake: Option<OpenLake>,
    ad_hoc: Vec<(String, Vec<Source<F>>)>,
}

impl<F> Default for Tables<F> {
    fn default() -> Self {
        Self {
            lake: None,
            ad_hoc: Vec::new(),
        }
    }
}

impl<F: Clone + 'static> Tables<F> {
    /// Keeps the sources of an ad-hoc table; a table of the same name is replaced.
    pub(super) fn remember(&mut self, table: String, sources: Vec<Source<F>>) {
        self.ad_hoc.retain(|(known, _)| *known != table);
        self.ad_hoc.push((table, sources));
    }

    /// Opens everything at a new worker; none where nothing is open.
    pub(super) fn reopening(&self, client: &Client<F>) -> Option<Reopening> {
        if self.lake.is_none() && self.ad_hoc.is_empty() {
            return None;
        }
        let (tables, client) = (self.clone(), client.clone());
        Some(async move { tables.reopen(&client).await }.boxed_local().shared())
    }

    async fn reopen(self, client: &Client<F>) -> Result<(), Failure> {
        if let Some(lake) = self.lake {
            client.call(lake).await?;
        }
        for (table, sources) in self.ad_hoc {
            // A file that has gone must not keep the other tables closed: its own queries say that it is missing.
            let _ = open_files(client, Some(table), &sources).into_reply().await;
        }
        Ok(())
    }
}

/// Asks a worker to open files.
pub(super) fn open_files<F: Clone + 'static>(
    client: &Client<F>,
    name: Option<String>,
    sources: &[Source<F>],
) -> CallStream<OpenFiles, F> {
    let mut files = Vec::new();
    let mut described = Vec::new();
    for source in sources {
        described.push(match source {
            Source::Url(url) => FileSource::Url { url: url.clone() },
            Source::Local { name, file } => {
                // A person cannot pick four thousand million files.
                let index = u32::try_from(files.len()).unwrap_or(u32::MAX);
                files.push(file.clone());
                FileSource::Local {
                    index,
                    name: name.clone(),
                }
            }
        });
    }
    client.stream_with_files(
        OpenFiles {
            name,
            sources: described,
        },
        files,
    )
}
