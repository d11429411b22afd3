//! A scan in shares, and in portions, is the whole scan.

use std::sync::Arc;

use datafusion::arrow::array::{Int64Array, RecordBatch};
use datafusion::common::instant::Instant;
use datafusion::execution::TaskContext;
use futures::TryStreamExt;
use worker::scan::{GoldScan, Portion, Share};

use crate::scan_support::{Both, scan, three_files};

/// Ordinals and rows of an execution in order.
async fn in_order(scan: &GoldScan, context: &TaskContext) -> Vec<(u64, RecordBatch)> {
    let batches = scan.execute_in_order(context).expect("starts");
    batches.try_collect().await.expect("runs")
}

fn ids(batches: &[(u64, RecordBatch)]) -> Vec<i64> {
    let of = |batch: &RecordBatch| {
        let ids = batch.column(0).as_any().downcast_ref::<Int64Array>();
        ids.expect("is a number").values().to_vec()
    };
    batches.iter().flat_map(|(_, batch)| of(batch)).collect()
}

const SCANS: [&str; 4] = [
    "SELECT id, city FROM t",
    "SELECT id FROM t WHERE city LIKE '%1%'",
    "SELECT id, unique FROM t WHERE id > 19990 AND id < 30010",
    "SELECT id FROM t WHERE id % 7 = 99",
];

#[tokio::test]
async fn shares_make_up_the_whole_and_row_groups_stay_at_home() {
    let both = Both::of(&three_files(), true).await;
    for sql in SCANS {
        let whole = both.plan(sql).await;
        let whole = ids(&in_order(scan(&whole), &both.ours.task_ctx()).await);
        assert!(whole.is_sorted());
        let mut together = Vec::new();
        for index in 0..3 {
            let plan = both.plan(sql).await;
            let spread = scan(&plan).spread();
            assert!(spread.is_spread() && !scan(&plan).is_spread());
            let context = both.context(|config| config.with_extension(Arc::new(Share { index, of: 3 })));
            let batches = in_order(&spread, &context).await;
            assert!(
                batches
                    .iter()
                    .all(|(ordinal, _)| *ordinal % 3 == u64::from(index)),
                "{sql}"
            );
            assert!(batches.is_sorted_by_key(|(ordinal, _)| *ordinal));
            together.extend(ids(&batches));
        }
        together.sort_unstable();
        assert_eq!(together, whole, "{sql}");
    }
}

#[tokio::test]
async fn portions_make_up_the_whole() {
    let both = Both::of(&three_files(), true).await;
    for sql in SCANS {
        let whole = both.plan(sql).await;
        let whole = ids(&in_order(scan(&whole), &both.ours.task_ctx()).await);
        let plan = both.plan(sql).await;
        let portion = Portion {
            until: Some(Instant::now()),
        };
        let context = both.context(|config| config.with_extension(Arc::new(portion)));
        let mut portions = Vec::new();
        while !scan(&plan).is_exhausted() {
            let batches = in_order(scan(&plan), &context).await;
            let mut ordinals: Vec<u64> = batches.iter().map(|(ordinal, _)| *ordinal).collect();
            ordinals.dedup();
            assert!(
                ordinals.len() <= 1,
                "a portion whose time is over is one row group: {ordinals:?}"
            );
            portions.extend(ids(&batches));
        }
        assert_eq!(portions, whole, "{sql}");
        assert!(
            in_order(scan(&plan), &context).await.is_empty(),
            "nothing is left"
        );
    }
}
