//! One worker after another behind one handle.

mod grown;
mod pool;

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

use catalog::access::LakeAccess;
use catalog::{Catalog, TableManifest};
use futures::channel::oneshot;
use protocol::{
    Call, CallId, Client, Failure, FromEngine, FromEngineHead, OpenLake, PendingReply, SetWorkers, ToEngine,
    ToEngineHead,
};

use super::asking::Asking;
use super::reopen::{Reopening, Source, Tables, open_files};

/// Posts a message to a worker.
pub type Sender<F> = Box<dyn Fn(ToEngine<F>)>;

/// Starts a worker that reports to the inbox.
type Spawn<F> = Box<dyn Fn(Inbox<F>) -> Sender<F>>;

/// The engine, whichever worker it runs in at the moment. Clones share it.
pub struct Engine<F> {
    shared: Rc<Shared<F>>,
}

impl<F> Clone for Engine<F> {
    fn clone(&self) -> Self {
        Self {
            shared: Rc::clone(&self.shared),
        }
    }
}

struct Shared<F> {
    spawn: Spawn<F>,
    on_restart: Box<dyn Fn()>,
    /// Tables that are being opened, up to the moment when they are remembered.
    opening: Cell<u32>,
    state: RefCell<State<F>>,
}

struct State<F> {
    connection: Option<Connection<F>>,
    started: u32,
    tables: Tables<F>,
    /// How many workers compute, if a person chose.
    workers: Option<u32>,
}

struct Connection<F> {
    number: u32,
    client: Client<F>,
    /// How many workers to compute with, as long as that is under way; nobody waits for it.
    telling: Option<PendingReply<SetWorkers, F>>,
    /// Whether the worker ever spoke. One that never did is not replaced until somebody asks for something.
    is_ready: bool,
    is_lost: bool,
    /// Whether it has asked to be replaced.
    has_grown: bool,
    /// Calls that were cancelled; some may not have been confirmed.
    cancelled: Vec<CallId>,
    /// Told whenever the worker says something, or has died.
    waiting: Vec<oneshot::Sender<()>>,
    /// What has to end before the tables of the worker before it are there again.
    reopening: Option<Reopening>,
}

impl<F: Clone + 'static> Engine<F> {
    /// Starts the first worker. `on_restart` is called after a worker died and another took its place; not when one
    /// was replaced because its memory had grown.
    pub fn start(spawn: impl Fn(Inbox<F>) -> Sender<F> + 'static, on_restart: impl Fn() + 'static) -> Self {
        let engine = Self {
            shared: Rc::new(Shared {
                spawn: Box::new(spawn),
                on_restart: Box::new(on_restart),
                opening: Cell::default(),
                state: RefCell::new(State {
                    connection: None,
                    started: 0,
                    tables: Tables::default(),
                    workers: None,
                }),
            }),
        };
        engine.connect();
        engine
    }

    /// Makes a call, whichever worker answers it. Nothing is sent before the first look at its answer; dropping it
    /// cancels it.
    pub fn ask<C: Call + Clone + 'static>(&self, call: C) -> Asking<C, F> {
        Asking::new(self.clone(), move |client| client.stream(call.clone()))
    }

    /// Opens a lake; it is opened again in each later worker.
    pub async fn open_lake(&self, access: LakeAccess, page_url: String) -> Result<Catalog, Failure> {
        let _opening = self.opening();
        let lake = OpenLake { access, page_url };
        let catalog = self.ask(lake.clone()).end().await?;
        self.shared.state.borrow_mut().tables.lake = Some(lake);
        Ok(catalog)
    }

    /// Makes a table of files that are in no catalog; they are opened again in each later worker.
    pub async fn open_files(
        &self,
        name: Option<String>,
        sources: Vec<Source<F>>,
    ) -> Result<TableManifest, Failure> {
        let _opening = self.opening();
        let asked = sources.clone();
        let opening = Asking::new(self.clone(), move |client| {
            open_files(client, name.clone(), &asked)
        });
        let manifest = opening.end().await?;
        let table = manifest.table.clone();
        self.shared.state.borrow_mut().tables.remember(table, sources);
        Ok(manifest)
    }

    /// A client whose worker knows all tables that are open. Waits until cancelled calls have stopped: were the worker
    /// stuck in one of them, it would be replaced, and a call sent to it would be lost without fault.
    pub(super) async fn client(&self) -> Result<Client<F>, Failure> {
        while let Some(news) = self.news_of_cancelled() {
            // Also a sender that is gone is news: its worker is.
            let _ = news.await;
        }
        self.reopened_client().await
    }

    /// Resolves when it is worth looking again; none when no cancelled call is still running.
    fn news_of_cancelled(&self) -> Option<oneshot::Receiver<()>> {
        let mut state = self.shared.state.borrow_mut();
        let current = state
            .connection
            .as_mut()
            .filter(|current| current.is_ready && !current.is_lost)?;
        let client = current.client.clone();
        current.cancelled.retain(|id| client.is_stopping(*id));
        if current.cancelled.is_empty() {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        current.waiting.push(sender);
        Some(receiver)
    }

    /// Whether a worker that died has not been replaced.
    pub(super) fn is_lost(&self) -> bool {
        let state = self.shared.state.borrow();
        state.connection.as_ref().is_none_or(|current| current.is_lost)
    }

    async fn reopened_client(&self) -> Result<Client<F>, Failure> {
        if self.is_lost() {
            self.connect();
        }
        let (number, client, reopening) = {
            let state = self.shared.state.borrow();
            let Some(current) = &state.connection else {
                return Err(Failure::worker_lost("it could not be started"));
            };
            (current.number, current.client.clone(), current.reopening.clone())
        };
        if let Some(reopening) = reopening {
            let outcome = reopening.clone().await;
            self.settle(number, &reopening, &outcome);
            outcome?;
        }
        Ok(client)
    }

    /// Notes how reopening went; one that failed is tried again by the next call.
    fn settle(&self, number: u32, ended: &Reopening, outcome: &Result<(), Failure>) {
        let mut state = self.shared.state.borrow_mut();
        let tables = state.tables.clone();
        let Some(current) = state
            .connection
            .as_mut()
            .filter(|current| current.number == number)
        else {
            return;
        };
        if current
            .reopening
            .as_ref()
            .is_some_and(|known| known.ptr_eq(ended))
        {
            current.reopening = match outcome {
                Ok(()) => None,
                Err(_) => tables.reopening(&current.client),
            };
        }
    }

    fn connect(&self) {
        let sender: Rc<OnceCell<Sender<F>>> = Rc::default();
        let number = self.shared.state.borrow().started + 1;
        let inbox = Inbox {
            shared: Rc::downgrade(&self.shared),
            number,
        };
        let client = Client::new({
            let (sender, inbox) = (Rc::clone(&sender), inbox.clone());
            move |message| {
                if let ToEngineHead::Cancel { id } = message.head {
                    inbox.note_cancelled(id);
                }
                if let Some(send) = sender.get() {
                    send(message);
                }
            }
        });
        let replaced = {
            let mut state = self.shared.state.borrow_mut();
            state.started = number;
            let reopening = state.tables.reopening(&client);
            state.connection.replace(Connection {
                number,
                client: client.clone(),
                telling: None,
                is_ready: false,
                is_lost: false,
                has_grown: false,
                cancelled: Vec::new(),
                waiting: Vec::new(),
                reopening,
            })
        };
        if let Some(replaced) = replaced {
            // Who still holds its client learns that nobody listens.
            replaced.client.lost("another has taken its place");
            // Its calls may be cancelled by being dropped, which looks at the state.
            drop(replaced);
        }
        // Set once: the cell was made above.
        let _ = sender.set((self.shared.spawn)(inbox));
        let workers = self.shared.state.borrow().workers;
        if let Some(count) = workers {
            self.choose_workers(count);
        }
    }
}

/// Where a worker's messages and its death are reported. Reports of a worker that was replaced are ignored.
pub struct Inbox<F> {
    shared: Weak<Shared<F>>,
    number: u32,
}

impl<F> Clone for Inbox<F> {
    fn clone(&self) -> Self {
        Self {
            shared: Weak::clone(&self.shared),
            number: self.number,
        }
    }
}

impl<F: Clone + 'static> Inbox<F> {
    /// Takes a message of the worker.
    pub fn receive(&self, message: FromEngine) {
        let is_ready = matches!(message.head, FromEngineHead::Ready { .. });
        let has_grown = matches!(message.head, FromEngineHead::Grown { .. });
        let client = self.with_connection(|connection| {
            connection.is_ready |= is_ready;
            connection.has_grown |= has_grown;
            connection.client.clone()
        });
        if let Some(client) = client {
            client.receive(message);
        }
        // Who waits looks at the client, so it hears of the message after the client.
        let waiting = self.with_connection(|connection| std::mem::take(&mut connection.waiting));
        for waiting in waiting.into_iter().flatten() {
            // Nobody waits any more for a call that was given up.
            let _ = waiting.send(());
        }
        if let Some(shared) = self.shared.upgrade() {
            Engine { shared }.replace_grown();
        }
    }

    fn note_cancelled(&self, id: CallId) {
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        // A cancellation may come out of a change of the state itself, when it drops a call of a replaced worker.
        if let Ok(mut state) = shared.state.try_borrow_mut()
            && let Some(current) = state
                .connection
                .as_mut()
                .filter(|current| current.number == self.number)
        {
            current.cancelled.push(id);
        }
    }

    /// Takes the news that the worker died.
    pub fn died(&self, reason: &str) {
        let connection = self.with_connection(|connection| {
            connection.is_lost = true;
            (connection.client.clone(), connection.is_ready)
        });
        let (Some((client, was_ready)), Some(shared)) = (connection, self.shared.upgrade()) else {
            return;
        };
        client.lost(reason);
        if was_ready {
            let engine = Engine { shared };
            engine.connect();
            (engine.shared.on_restart)();
        }
    }

    /// Takes the news that a call was cancelled some time ago: a worker that runs but has not confirmed it by now is
    /// stuck in a computation, and is replaced.
    pub fn expect_stopped(&self, id: CallId) {
        let is_stuck =
            self.with_connection(|connection| connection.is_ready && connection.client.is_stopping(id));
        if is_stuck == Some(true) {
            self.died("it did not react to a cancellation");
        }
    }

    fn with_connection<T>(&self, act: impl FnOnce(&mut Connection<F>) -> T) -> Option<T> {
        let shared = self.shared.upgrade()?;
        let mut state = shared.state.borrow_mut();
        state
            .connection
            .as_mut()
            .filter(|current| current.number == self.number)
            .map(act)
    }
}
