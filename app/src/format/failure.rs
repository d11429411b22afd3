//! Failures as a person reads them.

use protocol::FailureKind;

/// The rule to paste into a bucket whose answers the browser may not read.
pub const CORS_RULE: &str = include_str!("../../../infra/cors.json");

/// What a failure of this kind is called, for a headline.
pub fn failure_title(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::InvalidQuery => "This query cannot be run",
        FailureKind::UnknownTable => "No such table",
        FailureKind::NotFound => "The file does not exist",
        FailureKind::Denied => "Access was denied",
        FailureKind::Offline => "The server cannot be reached",
        FailureKind::Cors => "The browser may not read this file",
        FailureKind::RangeUnsupported => "The server cannot send parts of a file",
        FailureKind::CorruptFile => "This is not a readable Parquet file",
        FailureKind::StaleSnapshot => "The data changed while it was read",
        FailureKind::OutOfMemory => "The query needs too much memory",
        FailureKind::OverBudget => "The query would fetch too much",
        FailureKind::Cancelled => "Cancelled",
        FailureKind::ProtocolMismatch => "The page is out of date",
        FailureKind::WorkerLost => "The engine stopped",
        FailureKind::Internal => "Something went wrong in Goldpan",
    }
}

/// What a person can do about a failure that came without a hint of its own.
pub fn failure_advice(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::InvalidQuery => "Correct the SQL and run it again.",
        FailureKind::UnknownTable => "Choose a table of the catalog, or open the file again.",
        FailureKind::NotFound => "Check the address. The file may have been moved or deleted.",
        FailureKind::Denied => "The address may have expired, or its owner has to grant access.",
        FailureKind::Offline => "Check the connection and try again. Local files can be opened all the same.",
        FailureKind::Cors => "The owner of the bucket has to allow this page to read it, by the rule below.",
        FailureKind::RangeUnsupported => "Download the file and open it from the disk.",
        FailureKind::CorruptFile => "Check that the whole file was transferred and that it is Parquet.",
        FailureKind::StaleSnapshot => "Try again to read the newest snapshot.",
        FailureKind::OutOfMemory => "Filter more, group by fewer columns, or select fewer of them.",
        FailureKind::OverBudget => "Filter more or select fewer columns.",
        FailureKind::Cancelled => "Run the query again whenever you like.",
        FailureKind::ProtocolMismatch => "Reload the page to get matching versions.",
        FailureKind::WorkerLost => "A new engine is ready. Try again.",
        FailureKind::Internal => "Please report it with the details below.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_to_paste_exposes_what_the_engine_compares() {
        let rule: serde_json::Value = serde_json::from_str(CORS_RULE).expect("is JSON");
        let exposed = rule["CORSRules"][0]["ExposeHeaders"].to_string();
        for header in ["Content-Range", "Content-Length", "ETag"] {
            assert!(exposed.contains(header), "{header} in {exposed}");
        }
    }
}
