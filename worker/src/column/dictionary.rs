//! Strings as keys of a dictionary.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, UInt8Array, UInt16Array, UInt32Array,
};
use datafusion::arrow::buffer::{BooleanBuffer, ScalarBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Int32Type, UInt8Type, UInt16Type, UInt32Type,
};
use datafusion::arrow::error::ArrowError;

/// Values of the given type, and the narrowed keys of each chunk.
type Shared = (ArrayRef, Vec<ArrayRef>);

/// The one dictionary of these chunks, if they have one.
pub(super) fn shared(data_type: &DataType, chunks: &[ArrayRef]) -> Result<Option<Shared>, ArrowError> {
    let mut dictionaries = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let Some(dictionary) = chunk.as_dictionary_opt::<Int32Type>() else {
            return Ok(None);
        };
        dictionaries.push(dictionary);
    }
    let Some(first) = dictionaries.first() else {
        return Ok(None);
    };
    let values = first.values().to_data();
    if !dictionaries
        .iter()
        .all(|next| next.values().to_data().ptr_eq(&values))
    {
        return Ok(None);
    }
    let rows: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    // Beyond this a dictionary saves nothing.
    if first.values().len() > rows {
        return Ok(None);
    }
    let values = cast(first.values(), data_type)?;
    let keys = dictionaries
        .into_iter()
        .map(|dictionary| narrowed(dictionary, values.len()))
        .collect::<Result<_, _>>()?;
    Ok(Some((values, keys)))
}

/// The chunks as plain values.
pub(super) fn unpacked(data_type: &DataType, chunks: &[ArrayRef]) -> Result<Vec<ArrayRef>, ArrowError> {
    chunks.iter().map(|chunk| cast(chunk, data_type)).collect()
}

fn narrowed(dictionary: &DictionaryArray<Int32Type>, values: usize) -> Result<ArrayRef, ArrowError> {
    let keys = dictionary.keys();
    let is_valid = |row: usize| keys.is_valid(row);
    for (row, key) in keys.values().iter().enumerate() {
        let is_known = usize::try_from(*key).is_ok_and(|key| key < values);
        if !is_known && is_valid(row) {
            return Err(ArrowError::ParquetError(format!(
                "a dictionary of {values} values has no value {key}"
            )));
        }
    }
    // The key of a NULL means nothing, and may be anything.
    let key = |row: usize, key: i32| if is_valid(row) { key } else { 0 };
    let keys_as_u32 = || {
        keys.values()
            .iter()
            .enumerate()
            .map(|(row, it)| key(row, *it).unsigned_abs())
    };
    let nulls = keys.nulls().cloned();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "keys are below the number of values"
    )]
    Ok(if values <= 1 << 8 {
        let keys: ScalarBuffer<u8> = keys_as_u32().map(|key| key as u8).collect();
        Arc::new(UInt8Array::new(keys, nulls)) as ArrayRef
    } else if values <= 1 << 16 {
        let keys: ScalarBuffer<u16> = keys_as_u32().map(|key| key as u16).collect();
        Arc::new(UInt16Array::new(keys, nulls))
    } else {
        Arc::new(UInt32Array::new(keys_as_u32().collect(), nulls))
    })
}

/// Values of a dictionary that a filter chooses.
#[derive(Debug)]
pub struct Chosen(Vec<bool>);

impl Chosen {
    /// By a mask over the values; NULL is not chosen.
    pub fn new(mask: &BooleanArray) -> Self {
        Self(mask.iter().map(|is_chosen| is_chosen == Some(true)).collect())
    }

    /// For each key whether its value is chosen; NULL is not.
    ///
    /// # Errors
    /// The keys are not of a type that [`super::Column`] keeps.
    pub fn among(&self, keys: &dyn Array) -> Result<BooleanArray, ArrowError> {
        match keys.data_type() {
            DataType::UInt8 => Ok(self.mapped::<UInt8Type>(keys)),
            DataType::UInt16 => Ok(self.mapped::<UInt16Type>(keys)),
            DataType::UInt32 => Ok(self.mapped::<UInt32Type>(keys)),
            other => Err(ArrowError::InvalidArgumentError(format!(
                "{other} is no type of keys"
            ))),
        }
    }

    fn mapped<K: ArrowPrimitiveType<Native: Into<u64>>>(&self, keys: &dyn Array) -> BooleanArray {
        let keys = keys.as_primitive::<K>();
        let values = keys.values();
        let is_chosen = |row: usize| {
            let key: u64 = values[row].into();
            usize::try_from(key).is_ok_and(|key| self.0.get(key).copied().unwrap_or_default())
        };
        let mask = BooleanBuffer::collect_bool(values.len(), is_chosen);
        match keys.nulls() {
            Some(nulls) => BooleanArray::new(&mask & nulls.inner(), None),
            None => BooleanArray::new(mask, None),
        }
    }
}
