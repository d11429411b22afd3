//! DataFusion's errors as failures that a person can act on.

use std::borrow::Cow;
use std::collections::HashSet;

use datafusion::arrow::error::ArrowError;
use datafusion::common::utils::quote_identifier;
use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use parquet::errors::ParquetError;
use protocol::{Failure, FailureKind};

/// The failure that an error amounts to.
pub fn from_datafusion(error: &DataFusionError) -> Failure {
    let root = error.find_root();
    if let Some(failure) = carried(root) {
        return failure;
    }
    match root {
        DataFusionError::ResourcesExhausted(message) => Failure::new(
            FailureKind::OutOfMemory,
            format!("The query needs more memory than the engine may use: {message}."),
        )
        .with_hint("Filter more, group by fewer columns, or lower the limit."),
        DataFusionError::SchemaError(schema_error, _) => {
            let message = schema_error.to_string();
            // The lines that follow repeat the columns, which the hint lists shorter.
            let failure = invalid(message.lines().next().unwrap_or(&message));
            match schema_error.as_ref() {
                SchemaError::FieldNotFound { valid_fields, .. } if !valid_fields.is_empty() => {
                    failure.with_hint(format!("Columns: {}.", column_names(valid_fields)))
                }
                _ => failure,
            }
        }
        DataFusionError::SQL(parser, _) => invalid(match parser.as_ref() {
            ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
            ParserError::RecursionLimitExceeded => "The statement is nested too deeply.",
        }),
        DataFusionError::ParquetError(_) => unreadable(&root.strip_backtrace()),
        DataFusionError::ArrowError(arrow, _) if is_decoding(arrow) => unreadable(&root.strip_backtrace()),
        DataFusionError::Internal(_) | DataFusionError::ExecutionJoin(_) | DataFusionError::IoError(_) => {
            Failure::new(FailureKind::Internal, root.strip_backtrace())
                .with_hint("This is a defect of Goldpan. Please report it with the statement.")
        }
        _ => invalid(&root.strip_backtrace()),
    }
}

fn invalid(message: &str) -> Failure {
    Failure::new(FailureKind::InvalidQuery, message)
}

/// The first names, each once and in quotes where SQL needs them, so that they can be pasted.
fn column_names(columns: &[Column]) -> String {
    let mut names: Vec<String> = columns
        .iter()
        .map(|column| quote_identifier(&column.name))
        .map(Cow::into_owned)
        .collect();
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names.truncate(40);
    names.join(", ")
}

fn unreadable(message: &str) -> Failure {
    Failure::new(
        FailureKind::CorruptFile,
        format!("A file cannot be decoded: {message}"),
    )
    .with_hint("The file is damaged. Write it again, or open another copy.")
}

fn is_decoding(error: &ArrowError) -> bool {
    matches!(
        error,
        ArrowError::ParquetError(_) | ArrowError::IpcError(_) | ArrowError::IoError(..)
    )
}

/// A failure of ours that travelled through DataFusion, Arrow or Parquet.
fn carried(error: &DataFusionError) -> Option<Failure> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(failure) = error.downcast_ref::<Failure>() {
            return Some(failure.clone());
        }
        next = match error.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::ParquetError(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::ArrowError(inner, _)) => Some(inner.as_ref()),
            _ => match error.downcast_ref::<ParquetError>() {
                Some(ParquetError::External(inner)) => Some(inner.as_ref()),
                _ => match error.downcast_ref::<ArrowError>() {
                    Some(ArrowError::ExternalError(inner)) => Some(inner.as_ref()),
                    _ => error.source(),
                },
            },
        };
    }
    None
}
