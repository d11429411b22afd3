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

/// The keys as the narrowest unsigned integers that name so many values.
fn narrowed(dictionary: &DictionaryArray<Int32Type>, values: usize) -> Result<ArrayRef, ArrowError> {
    let keys = dictionary.keys();
    let nulls = keys.nulls().filter(|nulls| nulls.null_count() > 0);
    // The key of a NULL means nothing, and may be anything.
    let keys: Vec<u32> = match nulls {
        None => keys.values().iter().map(|key| key.cast_unsigned()).collect(),
        Some(nulls) => {
            let known = keys.values().iter().zip(nulls.iter());
            known
                .map(|(key, is_valid)| if is_valid { key.cast_unsigned() } else { 0 })
                .collect()
        }
    };
    let greatest = keys.iter().copied().max().unwrap_or_default() as usize;
    let has_valid = nulls.is_none_or(|nulls| nulls.null_count() < keys.len());
    if greatest >= values && has_valid && !keys.is_empty() {
        return Err(ArrowError::ParquetError(format!(
            "a dictionary of {values} values has no value {greatest}"
        )));
    }
    let nulls = nulls.cloned();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "keys are below the number of values"
    )]
    Ok(if values <= 1 << 8 {
        let keys: ScalarBuffer<u8> = keys.iter().map(|key| *key as u8).collect();
        Arc::new(UInt8Array::new(keys, nulls)) as ArrayRef
    } else if values <= 1 << 16 {
        let keys: ScalarBuffer<u16> = keys.iter().map(|key| *key as u16).collect();
        Arc::new(UInt16Array::new(keys, nulls))
    } else {
        Arc::new(UInt32Array::new(keys.into(), nulls))
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

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{StringArray, StringViewArray};

    use super::*;

    fn chunk(keys: Vec<Option<i32>>, values: &ArrayRef) -> ArrayRef {
        let keys = keys.into_iter().collect();
        Arc::new(DictionaryArray::<Int32Type>::new(keys, Arc::clone(values)))
    }

    #[test]
    fn keys_are_as_narrow_as_the_number_of_values_allows() {
        for (count, wanted) in [
            (256, DataType::UInt8),
            (257, DataType::UInt16),
            (65_537, DataType::UInt32),
        ] {
            let texts = (0..count).map(|value| format!("value {value}"));
            let values: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
            let keys = (0..count + 3).map(|row| (row % 5 != 2).then_some(row % count));
            let chunk = chunk(keys.collect(), &values);
            let (shared, keys) = shared(&DataType::Utf8View, &[Arc::clone(&chunk)])
                .expect("is sound")
                .expect("has one dictionary");
            assert_eq!(keys[0].data_type(), &wanted);
            let given = datafusion::arrow::compute::take(&shared, &keys[0], None).expect("fits");
            let plain = cast(&chunk, &DataType::Utf8View).expect("casts");
            assert_eq!(&given, &plain, "{count} values");
        }
    }

    #[test]
    fn chunks_of_two_dictionaries_share_none() {
        let values = |text: &str| Arc::new(StringArray::from(vec![text, "b"])) as ArrayRef;
        let chunks = [
            chunk(vec![Some(0), None], &values("a")),
            chunk(vec![Some(0), Some(1)], &values("c")),
        ];
        assert!(shared(&DataType::Utf8View, &chunks).expect("is sound").is_none());
        let plain = unpacked(&DataType::Utf8View, &chunks).expect("casts");
        let second = StringViewArray::from(vec!["c", "b"]);
        assert_eq!(plain[1].as_ref(), &second as &dyn Array);
    }

    #[test]
    fn a_null_is_never_chosen() {
        let keys = UInt8Array::from(vec![Some(0), None, Some(1), Some(2)]);
        let chosen = Chosen::new(&BooleanArray::from(vec![Some(true), Some(false), None]));
        let mask = chosen.among(&keys).expect("are keys");
        assert_eq!(mask, BooleanArray::from(vec![true, false, false, false]));
    }
}
