//! Codes in the place of strings: enough to tell them apart, and as cheap to group by as integers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BinaryViewArray, BinaryViewBuilder, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, UInt8Type, UInt16Type, UInt32Type};
use datafusion::common::{HashMap, Result, internal_err, resources_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};

/// No value has it.
const UNKNOWN: u32 = u32::MAX;
/// What a value takes beside its bytes, which are there twice: a view and an entry of the map.
const VALUE_BYTES: usize = 48;

/// The values of a column that were met so far, and their codes. A value keeps its code as long as this lives.
#[derive(Debug)]
pub struct Codes {
    data_type: DataType,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    codes: HashMap<Box<[u8]>, u32>,
    values: BinaryViewBuilder,
    /// The values as an array, until there are more.
    shown: Option<ArrayRef>,
    bytes: usize,
    reservation: Option<MemoryReservation>,
}

/// The codes of a dictionary's values, by their keys, as far as they were needed.
#[derive(Debug, Clone, Default)]
pub(super) struct OfKeys(Vec<u32>);

impl Codes {
    /// For values of this type: `Utf8View` or `BinaryView`.
    pub(super) fn new(data_type: &DataType) -> Arc<Self> {
        Arc::new(Self {
            data_type: data_type.clone(),
            state: Mutex::default(),
        })
    }

    /// Has the values count as an operator's memory.
    pub(super) fn reserve_from(&self, pool: &Arc<dyn MemoryPool>) {
        let mut state = self.lock();
        if state.reservation.is_none() {
            state.reservation = Some(MemoryConsumer::new("GoldScan codes").register(pool));
        }
    }

    /// The codes of rows that are keys of a dictionary. `of_keys` belongs to this dictionary.
    ///
    /// # Errors
    /// The values do not fit into memory, or the keys are not of a type that a column keeps.
    pub(super) fn of_keys(
        &self,
        values: &ArrayRef,
        keys: &dyn Array,
        of_keys: &mut OfKeys,
    ) -> Result<ArrayRef> {
        of_keys.0.resize(values.len(), UNKNOWN);
        match keys.data_type() {
            DataType::UInt8 => self.mapped::<UInt8Type>(values, keys, of_keys),
            DataType::UInt16 => self.mapped::<UInt16Type>(values, keys, of_keys),
            DataType::UInt32 => self.mapped::<UInt32Type>(values, keys, of_keys),
            other => internal_err!("{other} is no type of keys"),
        }
    }

    fn mapped<K: ArrowPrimitiveType<Native: Into<u32>>>(
        &self,
        values: &ArrayRef,
        keys: &dyn Array,
        of_keys: &mut OfKeys,
    ) -> Result<ArrayRef> {
        let keys = keys.as_primitive::<K>();
        let of_keys = of_keys.0.as_mut_slice();
        let known = |key: &K::Native| {
            let key: u32 = (*key).into();
            of_keys.get(key as usize).copied().unwrap_or(UNKNOWN)
        };
        let mut codes: Vec<u32> = keys.values().iter().map(known).collect();
        if codes.contains(&UNKNOWN) {
            let values = bytes_of(values)?;
            let mut state = self.lock();
            for (row, code) in codes.iter_mut().enumerate() {
                // What stands for NULL is no key.
                if *code != UNKNOWN || keys.is_null(row) {
                    continue;
                }
                let key: u32 = keys.value(row).into();
                let Some(known) = of_keys.get_mut(key as usize) else {
                    return internal_err!("a dictionary of {} values has no value {key}", values.len());
                };
                if *known == UNKNOWN {
                    *known = state.code_of(values.value(key as usize))?;
                }
                *code = *known;
            }
            state.reserve()?;
        }
        Ok(Arc::new(UInt32Array::new(codes.into(), keys.nulls().cloned())))
    }

    /// The codes of values.
    ///
    /// # Errors
    /// The values do not fit into memory, or are no views.
    pub(super) fn of_values(&self, values: &ArrayRef) -> Result<ArrayRef> {
        let values = bytes_of(values)?;
        let mut state = self.lock();
        let mut codes = Vec::with_capacity(values.len());
        for value in &values {
            codes.push(match value {
                Some(value) => state.code_of(value)?,
                None => UNKNOWN,
            });
        }
        state.reserve()?;
        Ok(Arc::new(UInt32Array::new(codes.into(), values.nulls().cloned())))
    }

    /// The strings that codes stand for.
    ///
    /// # Errors
    /// They are not codes of these values.
    pub fn strings(&self, codes: &dyn Array) -> Result<ArrayRef> {
        let shown = self.lock().shown(&self.data_type)?;
        Ok(take(shown.as_ref(), codes, None)?)
    }

    /// A holder that panicked leaves values that have a code, or have none yet.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn code_of(&mut self, value: &[u8]) -> Result<u32> {
        if let Some(code) = self.codes.get(value) {
            return Ok(*code);
        }
        let code = match u32::try_from(self.codes.len()) {
            Ok(code) if code != UNKNOWN => code,
            _ => return resources_err!("a column has more than {UNKNOWN} distinct values to group by"),
        };
        self.values.try_append_value(value)?;
        self.codes.insert(value.into(), code);
        self.bytes += 2 * value.len() + VALUE_BYTES;
        self.shown = None;
        Ok(code)
    }

    fn reserve(&mut self) -> Result<()> {
        match &mut self.reservation {
            Some(reservation) if reservation.size() < self.bytes => reservation.try_resize(self.bytes),
            _ => Ok(()),
        }
    }

    fn shown(&mut self, data_type: &DataType) -> Result<ArrayRef> {
        if let Some(shown) = &self.shown {
            return Ok(Arc::clone(shown));
        }
        let values = self.values.finish_cloned();
        let shown: ArrayRef = match data_type {
            DataType::Utf8View => Arc::new(values.to_string_view()?),
            _ => Arc::new(values),
        };
        self.shown = Some(Arc::clone(&shown));
        Ok(shown)
    }
}

fn bytes_of(values: &ArrayRef) -> Result<BinaryViewArray> {
    if let Some(texts) = values.as_string_view_opt() {
        return Ok(texts.clone().to_binary_view());
    }
    match values.as_binary_view_opt() {
        Some(bytes) => Ok(bytes.clone()),
        None => internal_err!("{} has no codes", values.data_type()),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{StringViewArray, UInt8Array};

    use super::*;

    fn texts(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(StringViewArray::from(values.to_vec()))
    }

    #[test]
    fn a_value_has_one_code_wherever_it_comes_from() {
        let codes = Codes::new(&DataType::Utf8View);
        let dictionary = texts(&[Some("b"), Some("a"), Some("no row has it")]);
        let keys = UInt8Array::from(vec![Some(1), None, Some(0), Some(1)]);
        let mut of_keys = OfKeys::default();
        let first = codes.of_keys(&dictionary, &keys, &mut of_keys).expect("are keys");
        let plain = texts(&[Some("c, which is longer than a view"), Some("a"), None, Some("b")]);
        let second = codes.of_values(&plain).expect("are views");
        let again = codes.of_keys(&dictionary, &keys, &mut of_keys).expect("are keys");
        assert_eq!(&first, &again);
        let wanted = UInt32Array::from(vec![Some(0), None, Some(1), Some(0)]);
        assert_eq!(first.as_primitive(), &wanted);
        let wanted = UInt32Array::from(vec![Some(2), Some(0), None, Some(1)]);
        assert_eq!(second.as_primitive(), &wanted);
        assert_eq!(&codes.strings(second.as_ref()).expect("are codes"), &plain);
        let shown = codes.strings(first.as_ref()).expect("are codes");
        assert_eq!(&shown, &texts(&[Some("a"), None, Some("b"), Some("a")]));
    }

    #[test]
    fn a_dictionary_of_nothing_but_null_has_no_values() {
        let codes = Codes::new(&DataType::BinaryView);
        let none: ArrayRef = Arc::new(BinaryViewArray::from_iter_values(Vec::<&[u8]>::new()));
        let keys = UInt8Array::from(vec![None, None]);
        let rows = codes
            .of_keys(&none, &keys, &mut OfKeys::default())
            .expect("are keys");
        assert_eq!(rows.null_count(), 2);
        assert_eq!(codes.strings(rows.as_ref()).expect("are codes").null_count(), 2);
    }
}
