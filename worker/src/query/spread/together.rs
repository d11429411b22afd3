//! What a running query's stages need to reach the other workers.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::{DataFusionError, Result};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use futures::channel::{mpsc, oneshot};
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use protocol::{Failure, PlanNode, Stage, StageInput, StageSummary};

use super::crew::{Crew, CrewRequest, StageItem};
use super::inputs::Input;
use super::pieces::decode;
use super::portions::Placed;
use crate::io::{Counters, since};
use crate::query::Statement;
use crate::query::strings_of_codes::StringsOfCodesExec;
use crate::scan::GoldScan;
use crate::table::OpenTable;

/// Pieces and reports of a peer that wait to be taken.
const WAITING_ITEMS: usize = 8;

/// A query by several workers; an extension of its session's configuration.
#[derive(Debug)]
pub(in crate::query) struct Together {
    crew: Arc<Crew>,
    beginning: Beginning,
    /// Workers that were asked for something, the lead included.
    workers: AtomicU32,
    plans: Mutex<Vec<StageWork>>,
}

/// What a query begins with.
#[derive(Debug)]
pub(in crate::query) struct Beginning {
    pub(in crate::query) statement: Statement,
    /// Nanoseconds since 1970.
    pub(in crate::query) started_at_ns: i64,
    /// Of the plan.
    pub(in crate::query) fingerprint: u64,
    /// The tables that the statement names.
    pub(in crate::query) tables: Vec<OpenTable>,
    pub(in crate::query) counters: Arc<Counters>,
    /// Where glances go, if somebody wants to see some.
    pub(in crate::query) glances: Option<mpsc::Sender<Glance>>,
}

/// What a peer did in a stage.
#[derive(Debug)]
pub(in crate::query) struct StageWork {
    pub(in crate::query) number: u32,
    pub(in crate::query) peer: u32,
    pub(in crate::query) plan: PlanNode,
}

/// What the stage of an aggregate has come to before its end.
#[derive(Debug)]
pub(in crate::query) struct Glance {
    /// The stage.
    pub(in crate::query) number: u32,
    /// Its batches so far, of whole row groups.
    pub(in crate::query) batches: Vec<RecordBatch>,
}

/// Takes glances of one stage, as often as somebody looks.
pub(super) struct Glances {
    number: u32,
    sink: mpsc::Sender<Glance>,
}

impl Glances {
    /// Offers a glance; it is lost where those before have not been looked at.
    pub(super) fn offer(&mut self, batches: Vec<RecordBatch>) {
        let number = self.number;
        let _ = self.sink.try_send(Glance { number, batches });
    }
}

/// What a peer is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) number: u32,
    pub(super) shares: u32,
    pub(super) plan: &'a Arc<dyn ExecutionPlan>,
    pub(super) portion_ms: Option<u32>,
    pub(super) inputs: &'a [Input],
}

impl Together {
    pub(in crate::query) fn new(crew: Arc<Crew>, beginning: Beginning) -> Self {
        Self {
            crew,
            beginning,
            workers: AtomicU32::new(1),
            plans: Mutex::default(),
        }
    }

    /// Workers that took part so far.
    pub(in crate::query) fn workers(&self) -> u32 {
        self.workers.load(Ordering::Relaxed)
    }

    /// What peers did.
    pub(in crate::query) fn take_work(&self) -> Vec<StageWork> {
        std::mem::take(&mut *self.lock())
    }

    /// How long a portion of this stage may take; none where nobody wants to see one, or where each portion would begin
    /// by building the table of a join.
    pub(super) fn portion_ms(&self, stage: &dyn ExecutionPlan) -> Option<u32> {
        let portion_ms = self.beginning.statement.partials_ms?;
        is_chain(stage).then_some(portion_ms)
    }

    pub(super) fn glances(&self, number: u32) -> Option<Glances> {
        let sink = self.beginning.glances.clone()?;
        Some(Glances { number, sink })
    }

    /// Has a peer run its share of a stage. Gives what comes of it, and what resolves when the peer has been told.
    pub(super) fn ask(
        self: &Arc<Self>,
        peer: u32,
        ask: Ask<'_>,
    ) -> Result<(BoxStream<'static, Result<Placed>>, oneshot::Receiver<()>)> {
        let Beginning {
            statement, tables, ..
        } = &self.beginning;
        let told: Vec<_> = tables
            .iter()
            .filter(|table| self.crew.tell(peer, &table.name, &table.version))
            .map(OpenTable::shared)
            .collect();
        if !told.is_empty() {
            self.request(CrewRequest::Share { peer, tables: told })?;
        }
        let inputs = (0..).zip(ask.inputs).map(|(index, (number, _))| StageInput {
            number: *number,
            index,
        });
        let buffers = ask.inputs.iter().map(|(_, stream)| stream.clone());
        let stage = Stage {
            sql: statement.sql.clone(),
            max_rows: statement.max_rows,
            started_at_ns: self.beginning.started_at_ns,
            plan: self.beginning.fingerprint,
            number: ask.number,
            share: peer,
            shares: ask.shares,
            portion_ms: ask.portion_ms,
            inputs: inputs.collect(),
        };
        let (reply, items) = mpsc::channel(WAITING_ITEMS);
        let (here, gone) = oneshot::channel();
        let (sent, told) = oneshot::channel();
        self.workers.fetch_max(peer + 1, Ordering::Relaxed);
        self.request(CrewRequest::Run {
            peer,
            stage: Box::new(stage),
            buffers: buffers.collect(),
            reply,
            sent,
            gone,
        })?;
        let arriving = Arriving {
            together: Arc::clone(self),
            peer,
            number: ask.number,
            schema: ask.plan.schema(),
            items,
            counted: protocol::Progress::default(),
            _here: here,
        };
        Ok((arriving.placed(), told))
    }

    fn request(&self, request: CrewRequest) -> Result<()> {
        self.crew.ask(request).map_err(external)
    }

    /// A holder that panicked may have lost a peer's report.
    fn lock(&self) -> MutexGuard<'_, Vec<StageWork>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What arrives of a peer's share.
struct Arriving {
    together: Arc<Together>,
    peer: u32,
    number: u32,
    schema: SchemaRef,
    items: mpsc::Receiver<StageItem>,
    /// What the query's counters have of it.
    counted: protocol::Progress,
    /// Dropped when nobody wants the share any more.
    _here: oneshot::Sender<()>,
}

impl Arriving {
    fn placed(self) -> BoxStream<'static, Result<Placed>> {
        let pieces = stream::try_unfold(Some(self), |arriving| async move {
            let Some(mut arriving) = arriving else {
                return Ok(None);
            };
            loop {
                match arriving.items.next().await {
                    Some(StageItem::Piece(piece, stream)) => {
                        let batches = decode(&arriving.schema, stream.into())?;
                        let last = batches.len().saturating_sub(1);
                        let placed = batches.into_iter().enumerate().map(move |(index, batch)| {
                            let is_last = piece.is_last && index == last;
                            Ok((protocol::Piece { is_last, ..piece }, batch))
                        });
                        let placed: Vec<_> = placed.collect();
                        return Ok(Some((stream::iter(placed), Some(arriving))));
                    }
                    Some(StageItem::Progress(progress)) => arriving.count(progress),
                    Some(StageItem::Done(outcome)) => {
                        arriving.end((*outcome).map_err(external)?);
                        return Ok(Some((stream::iter(Vec::new()), None)));
                    }
                    None => return Err(external(Failure::worker_lost("a worker of the pool is gone"))),
                }
            }
        });
        pieces.try_flatten().boxed()
    }

    fn count(&mut self, progress: protocol::Progress) {
        let counters = &self.together.beginning.counters;
        counters.add(&since(&progress, &self.counted));
        self.counted = progress;
    }

    fn end(&mut self, summary: StageSummary) {
        self.count(summary.progress);
        if let Some(plan) = summary.plan {
            self.together.lock().push(StageWork {
                number: self.number,
                peer: self.peer,
                plan,
            });
        }
    }
}

/// Whether an aggregate can be run again over the next row groups without doing anything twice.
fn is_chain(stage: &dyn ExecutionPlan) -> bool {
    let is_link = stage.is::<GoldScan>()
        || stage.is::<AggregateExec>()
        || stage.is::<StringsOfCodesExec>()
        || stage.is::<FilterExec>()
        || stage.is::<ProjectionExec>()
        || stage.is::<CooperativeExec>();
    is_link && stage.children().into_iter().all(|child| is_chain(child.as_ref()))
}

fn external(failure: Failure) -> DataFusionError {
    DataFusionError::External(Box::new(failure))
}
