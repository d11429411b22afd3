//! Blocks that the lead had read before it had peers, for those whose row groups they are of: nothing is fetched twice.

use bytes::Bytes;
use datafusion::physical_plan::ExecutionPlan;
use protocol::SharedBlock;

use crate::scan::{GoldScan, Share};
use crate::table::OpenTable;

/// Blocks, and their bytes by index.
pub(super) type Handed = (Vec<SharedBlock>, Vec<Bytes>);

/// What the lead's memory has of the row groups that a peer is going to read in a stage. Of these it keeps nothing.
pub(super) fn to(peer: Share, plan: &dyn ExecutionPlan, tables: &[OpenTable]) -> Handed {
    let mut handed = Handed::default();
    add(peer, plan, tables, &mut handed);
    handed
}

fn add(peer: Share, plan: &dyn ExecutionPlan, tables: &[OpenTable], handed: &mut Handed) {
    if let Some(scan) = plan.downcast_ref::<GoldScan>().filter(|scan| scan.is_spread()) {
        for block in scan.reads().release(peer) {
            let of_table = tables
                .iter()
                .find_map(|table| Some((table, table.place_of(&block.object)?)));
            if let Some((table, file)) = of_table {
                let (blocks, buffers) = &mut *handed;
                blocks.push(SharedBlock {
                    table: table.name.clone(),
                    file,
                    start: block.start,
                    index: u32::try_from(buffers.len()).unwrap_or(u32::MAX),
                });
                buffers.push(block.bytes);
            }
        }
    }
    for child in plan.children() {
        add(peer, child.as_ref(), tables, handed);
    }
}
