//! What the engine does for a call.

use std::future::poll_fn;
use std::task::Poll;

use protocol::{Failure, FailureKind, Progress, QueryStats, QuerySummary, Reply, Responder};

/// The engine's work on one call.
#[derive(Debug, Clone)]
pub struct Script {
    /// A query, or else a call that only gets a reply.
    pub is_query: bool,
    /// What happens before the end.
    pub work: Vec<Work>,
    /// How the engine ends it, when nobody cancels.
    pub end: End,
}

/// One thing on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// A batch; only queries have them.
    Batch,
    /// Progress.
    Progress,
    /// Others may run.
    Yield,
}

/// How the engine ends a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With the right reply.
    Reply,
    /// With a failure.
    Fail,
    /// By dropping the responder.
    Drop,
    /// Not before the caller gives up; then with a reply, which comes too late.
    WhenCancelled,
}

impl Script {
    /// How many batches the whole script sends.
    pub fn batches(&self) -> usize {
        if !self.is_query {
            return 0;
        }
        self.work.iter().filter(|work| **work == Work::Batch).count()
    }

    /// The good end.
    pub fn reply(&self) -> Reply {
        if self.is_query {
            Reply::Summary(QuerySummary {
                columns: Vec::new(),
                rows: self.batches() as u64,
                truncated: false,
                is_of_new_snapshot: false,
                stats: QueryStats::default(),
                plan: None,
            })
        } else {
            Reply::Table(Box::new(super::page::table()))
        }
    }

    /// The failure that [`End::Fail`] gives.
    pub fn failure() -> Failure {
        Failure::new(FailureKind::InvalidQuery, "as the script says")
    }

    pub async fn run(self, responder: Responder) {
        let mut number = 0_u32;
        for work in &self.work {
            match work {
                Work::Batch if self.is_query => {
                    if let Err(failure) = responder.batch(1, number.to_le_bytes().to_vec()).await {
                        assert_eq!(failure.kind, FailureKind::Cancelled);
                        return responder.finish(Err(failure));
                    }
                    number += 1;
                }
                Work::Batch | Work::Yield => yield_once().await,
                Work::Progress => responder.progress(Progress::default()),
            }
        }
        match self.end {
            End::Reply => responder.finish(Ok(self.reply())),
            End::Fail => responder.finish(Err(Self::failure())),
            End::Drop => drop(responder),
            End::WhenCancelled => {
                responder.cancelled().await;
                responder.finish(Ok(self.reply()));
            }
        }
    }
}

async fn yield_once() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
