//! A page and an engine that talk over a simulated channel.
//!
//! Each direction delivers in order; when it delivers, which task runs next and when the engine dies is up to
//! the test. A task is polled only when its waker was called, as an executor would, so that a forgotten wake
//! shows as a call that never ends. Every head crosses the channel as JSON.

mod page;
mod script;
mod wire;

use std::cell::Cell;
use std::collections::HashSet;
use std::rc::Rc;

use protocol::{
    CallId, Calls, Client, DescribeTable, FromEngineHead, PROTOCOL_VERSION, Query, Request, ToEngineHead,
};

pub use page::PageCall;
pub use script::{End, Script, Work};
use wire::{Task, Wire};

/// What the outside does to the conversation.
#[derive(Debug, Clone)]
pub enum Step {
    /// The page makes a call.
    Call(Script),
    /// The channel delivers one message to the engine.
    DeliverToEngine,
    /// The channel delivers one message to the page.
    DeliverToPage,
    /// The engine works on a call that can go on.
    Work(usize),
    /// The page reads from a call that has something.
    Read(usize),
    /// The page drops a call.
    Drop(usize),
    /// The engine dies; messages under way are still delivered.
    Crash,
    /// The page notices that the engine has died.
    NoticeCrash,
}

/// One engine, one page and the channel between them.
pub struct World {
    /// The page's end.
    pub client: Client<()>,
    /// What the page has called, in order.
    pub page: Vec<PageCall>,
    calls: Calls,
    jobs: Vec<Task>,
    to_engine: Rc<Wire<ToEngineHead>>,
    from_engine: Rc<Wire<FromEngineHead>>,
    crashed: Rc<Cell<bool>>,
    broken: bool,
    /// Calls whose end has reached the page.
    ended: HashSet<CallId>,
    /// Calls whose cancellation has reached the engine before their end left it.
    cancelled_in_time: HashSet<CallId>,
}

impl World {
    /// A page and a fresh engine, which states this version.
    pub fn new(engine_version: u32) -> Self {
        let to_engine = Rc::new(Wire::default());
        let from_engine = Rc::new(Wire::default());
        let crashed = Rc::new(Cell::new(false));
        let client = Client::new({
            let wire = Rc::clone(&to_engine);
            move |message: protocol::ToEngine<()>| wire.send(&message.head, None)
        });
        let calls = Calls::new({
            let (wire, crashed) = (Rc::clone(&from_engine), Rc::clone(&crashed));
            move |message: protocol::FromEngine| {
                let head = match message.head {
                    FromEngineHead::Ready { protocol_version } => {
                        assert_eq!(protocol_version, PROTOCOL_VERSION);
                        FromEngineHead::Ready {
                            protocol_version: engine_version,
                        }
                    }
                    head => head,
                };
                if !crashed.get() {
                    wire.send(&head, message.payload);
                }
            }
        });
        Self {
            client,
            page: Vec::new(),
            calls,
            jobs: Vec::new(),
            to_engine,
            from_engine,
            crashed,
            broken: false,
            ended: HashSet::new(),
            cancelled_in_time: HashSet::new(),
        }
    }

    /// Does one step; gives whether anything happened.
    pub fn step(&mut self, step: &Step) -> bool {
        let happened = match step {
            Step::Call(script) => {
                self.call(script.clone());
                true
            }
            Step::DeliverToEngine => self.deliver_to_engine(),
            Step::DeliverToPage => self.deliver_to_page(),
            Step::Work(index) => {
                !self.jobs.is_empty() && {
                    let index = index % self.jobs.len();
                    !self.crashed.get() && self.jobs[index].run()
                }
            }
            Step::Read(index) => {
                !self.page.is_empty() && {
                    let index = index % self.page.len();
                    self.page[index].read()
                }
            }
            Step::Drop(index) => {
                !self.page.is_empty() && {
                    let index = index % self.page.len();
                    let is_over = self.broken || self.ended.contains(&self.page[index].id);
                    self.page[index].drop_call(is_over)
                }
            }
            Step::Crash => !self.crashed.replace(true),
            Step::NoticeCrash => {
                self.crashed.get() && !self.broken && {
                    self.notice("killed by the test");
                    true
                }
            }
        };
        self.check_credit();
        self.check_stopping();
        happened
    }

    /// Lets everything run until nothing moves: a crash is noticed, all messages arrive.
    pub fn settle(&mut self) {
        loop {
            let mut moved = self.step(&Step::NoticeCrash);
            moved |= self.step(&Step::DeliverToEngine);
            moved |= self.step(&Step::DeliverToPage);
            for index in 0..self.jobs.len() {
                moved |= self.step(&Step::Work(index));
            }
            for index in 0..self.page.len() {
                moved |= self.step(&Step::Read(index));
            }
            if !moved {
                return;
            }
        }
    }

    /// Whether the engine has died.
    pub fn has_crashed(&self) -> bool {
        self.crashed.get()
    }

    /// Heads that the page has sent for this call.
    pub fn sent_to_engine(&self, id: CallId) -> Vec<ToEngineHead> {
        self.to_engine.sent(|head| match head {
            ToEngineHead::Call { id: other, .. }
            | ToEngineHead::Cancel { id: other }
            | ToEngineHead::Credit { id: other, .. } => *other == id,
            ToEngineHead::Bytes { .. } => false,
        })
    }

    /// Heads that the engine has sent for this call.
    pub fn sent_to_page(&self, id: CallId) -> Vec<FromEngineHead> {
        self.from_engine.sent(|head| match head {
            FromEngineHead::Ready { .. }
            | FromEngineHead::Grown { .. }
            | FromEngineHead::Read { .. }
            | FromEngineHead::ReadNoMore { .. } => false,
            FromEngineHead::Event { id: other, .. } | FromEngineHead::Done { id: other, .. } => *other == id,
        })
    }

    /// Whether the engine heard of the cancellation before it ended the call.
    pub fn cancelled_in_time(&self, id: CallId) -> bool {
        self.cancelled_in_time.contains(&id)
    }

    fn call(&mut self, script: Script) {
        let index = self.page.len();
        let name = index.to_string();
        let before = self.to_engine.count();
        let call = if script.is_query {
            PageCall::query(
                self.client.stream(Query {
                    sql: name,
                    ..Query::default()
                }),
                script,
            )
        } else {
            PageCall::describe(self.client.call(DescribeTable { table: name }), script)
        };
        self.page.push(call);
        let sent = self.to_engine.last_since(before);
        assert_eq!(sent.is_some(), !self.broken, "a broken client sends nothing");
        if let Some(ToEngineHead::Call { id, .. }) = sent {
            self.page[index].id = id;
        }
    }

    fn deliver_to_engine(&mut self) -> bool {
        let Some((head, _)) = self.to_engine.deliver() else {
            return false;
        };
        if self.crashed.get() {
            return true;
        }
        match head {
            ToEngineHead::Call { id, request } => {
                let (name, credit) = match request {
                    Request::Query { sql, credit, .. } => (sql, credit),
                    Request::DescribeTable { table } => (table, 0),
                    other => panic!("nobody asked {other:?}"),
                };
                let index: usize = name.parse().expect("the call's number");
                let job = self.page[index].script.clone().run(self.calls.open(id, credit));
                self.jobs.push(Task::new(job));
            }
            ToEngineHead::Cancel { id } => {
                let has_ended = self
                    .sent_to_page(id)
                    .iter()
                    .any(|head| matches!(head, FromEngineHead::Done { .. }));
                if !has_ended {
                    self.cancelled_in_time.insert(id);
                }
                self.calls.cancel(id);
            }
            ToEngineHead::Credit { id, batches } => self.calls.credit(id, batches),
            ToEngineHead::Bytes { .. } => panic!("nobody asked for bytes"),
        }
        true
    }

    fn deliver_to_page(&mut self) -> bool {
        let Some((head, payload)) = self.from_engine.deliver() else {
            return false;
        };
        match &head {
            FromEngineHead::Done { id, .. } if !self.broken => {
                self.ended.insert(*id);
            }
            FromEngineHead::Ready { protocol_version } if *protocol_version != PROTOCOL_VERSION => {
                self.broken = true;
            }
            _ => {}
        }
        self.client.receive(protocol::FromEngine { head, payload });
        true
    }

    fn notice(&mut self, reason: &str) {
        self.client.lost(reason);
        self.broken = true;
    }

    /// A cancelled call is stopping until its end has reached the page or the engine is given up.
    fn check_stopping(&self) {
        for call in self.page.iter().filter(|call| call.must_cancel) {
            let is_over = self.broken || self.ended.contains(&call.id);
            assert_eq!(self.client.is_stopping(call.id), !is_over, "{call:?}");
        }
    }

    /// Batches that left the engine and were not read by the page never exceed the credit.
    fn check_credit(&self) {
        for call in &self.page {
            let sent = self
                .from_engine
                .count_where(|head| wire::is_batch_of(call.id, head));
            let under_way = sent - call.batches.len();
            assert!(
                under_way <= Query::CREDIT as usize,
                "{under_way} batches under way for {call:?}"
            );
        }
    }
}
