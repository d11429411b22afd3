//! Batches as Arrow IPC streams, and back.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::StreamDecoder;
use datafusion::arrow::ipc::writer::StreamWriter;

/// An Arrow IPC stream of these batches.
pub(in crate::query) fn encode(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
    for batch in batches {
        writer.write(&compact(batch)?)?;
    }
    writer.into_inner()
}

/// The batches of a stream, without copying what they hold, as rows of this schema: a stream does not keep all that a
/// plan's schema says of nullability.
pub(super) fn decode(schema: &SchemaRef, stream: Bytes) -> Result<Vec<RecordBatch>, ArrowError> {
    let mut decoder = StreamDecoder::new();
    let mut buffer = Buffer::from(stream);
    let mut batches = Vec::new();
    while !buffer.is_empty() {
        if let Some(batch) = decoder.decode(&mut buffer)? {
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            batches.push(RecordBatch::try_new_with_options(
                Arc::clone(schema),
                batch.columns().to_vec(),
                &options,
            )?);
        }
    }
    decoder.finish()?;
    Ok(batches)
}

/// The batch without what its views do not look at: a slice may hold on to the texts of a whole row group.
pub(super) fn compact(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Utf8View => Arc::new(column.as_string_view().gc()) as ArrayRef,
        DataType::BinaryView => Arc::new(column.as_binary_view().gc()),
        _ => Arc::clone(column),
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns.collect(), &options)
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int64Array, StringViewArray};

    use super::*;

    #[test]
    fn a_slice_travels_without_the_texts_that_it_does_not_show() {
        let long = "x".repeat(10_000);
        let texts = StringViewArray::from(vec![
            Some(long.as_str()),
            Some("a text of more than twelve bytes"),
            None,
        ]);
        let batch = RecordBatch::try_from_iter([
            ("text", Arc::new(texts) as ArrayRef),
            ("n", Arc::new(Int64Array::from(vec![1, 2, 3])) as ArrayRef),
        ])
        .expect("columns are of one length")
        .slice(1, 2);
        let stream = encode(&batch.schema(), std::slice::from_ref(&batch)).expect("encodes");
        assert!(stream.len() < 5_000, "{} bytes", stream.len());
        assert_eq!(decode(&batch.schema(), stream.into()).expect("decodes"), [batch]);
    }

    #[test]
    fn a_batch_without_columns_keeps_its_rows() {
        let schema = Arc::new(datafusion::arrow::datatypes::Schema::empty());
        let options = RecordBatchOptions::new().with_row_count(Some(7));
        let batch =
            RecordBatch::try_new_with_options(Arc::clone(&schema), Vec::new(), &options).expect("is a batch");
        let stream = encode(&schema, &[batch]).expect("encodes");
        assert_eq!(decode(&schema, stream.into()).expect("decodes")[0].num_rows(), 7);
    }
}
