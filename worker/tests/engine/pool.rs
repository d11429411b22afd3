//! Engines that work together as the workers of a tab do: one leads, and they share nothing but messages.

use std::sync::Arc;

use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use protocol::{Failure, Stage};
use worker::engine::Engine;
use worker::io::{Counters, DiskIndex};
use worker::memory::Budgets;
use worker::query::{CrewRequest, StageItem};

use crate::support::Store;

/// How a peer ends a stage that it is asked for.
pub type Fate = Arc<dyn Fn(u32, &Stage) -> Option<Failure> + Send + Sync>;

/// An engine that leads so many workers, itself included, all of which read from the store.
pub fn pool(store: &Store, workers: u32) -> Engine {
    doomed_pool(store, workers, Arc::new(|_, _| None))
}

/// The same, with peers that may fail.
pub fn doomed_pool(store: &Store, workers: u32, fate: Fate) -> Engine {
    let (lead, mut requests) = store.engine_of(DiskIndex::default(), workers, &Budgets::default());
    let peers: Vec<Engine> = (1..workers).map(|_| store.engine()).collect();
    for peer in 1..workers {
        lead.crew().joined(peer);
    }
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            match request {
                CrewRequest::Wanted => {}
                CrewRequest::Share { peer, tables } => {
                    // As it would arrive: through JSON.
                    let sent = serde_json::to_string(&tables).expect("serialises");
                    let tables: Vec<protocol::SharedTable> = serde_json::from_str(&sent).expect("parses");
                    for table in tables {
                        peers[peer as usize - 1].share_table(table);
                    }
                }
                CrewRequest::Run {
                    peer,
                    stage,
                    buffers,
                    mut reply,
                    gone,
                    ..
                } => {
                    let sent = serde_json::to_string(&stage).expect("serialises");
                    let stage: Stage = serde_json::from_str(&sent).expect("parses");
                    if let Some(failure) = fate(peer, &stage) {
                        let _ = reply.send(StageItem::Done(Box::new(Err(failure)))).await;
                        continue;
                    }
                    let (sink, mut pieces) = mpsc::channel(1);
                    let counters = Arc::new(Counters::default());
                    let running = peers[peer as usize - 1].run_stage(stage, buffers, counters, sink);
                    tokio::spawn(async move {
                        let ending = tokio::spawn(running);
                        let forward = async {
                            while let Some((piece, payload)) = pieces.next().await {
                                let _ = reply.send(StageItem::Piece(piece, payload)).await;
                            }
                            let outcome = ending.await.expect("does not panic");
                            let _ = reply.send(StageItem::Done(Box::new(outcome))).await;
                        };
                        tokio::select! {
                            () = forward => {}
                            _ = gone => {}
                        }
                    });
                }
            }
        }
    });
    lead
}
