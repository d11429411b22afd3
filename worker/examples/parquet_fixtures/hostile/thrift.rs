//! As much of Thrift's compact protocol as a hostile footer needs: fields are written as they are told, true or not.

/// A struct under construction; its fields go in by ascending number.
#[derive(Clone, Default)]
pub struct Struct {
    bytes: Vec<u8>,
    last_field: u8,
}

const I32: u8 = 5;
const I64: u8 = 6;
const BINARY: u8 = 8;
const LIST: u8 = 9;
pub const STRUCT: u8 = 12;

impl Struct {
    pub fn int32(self, field: u8, value: i32) -> Self {
        self.field(field, I32, &zigzag(value.into()))
    }

    pub fn int64(self, field: u8, value: i64) -> Self {
        self.field(field, I64, &zigzag(value))
    }

    pub fn optional_int32(self, field: u8, value: Option<i32>) -> Self {
        match value {
            Some(value) => self.int32(field, value),
            None => self,
        }
    }

    pub fn optional_int64(self, field: u8, value: Option<i64>) -> Self {
        match value {
            Some(value) => self.int64(field, value),
            None => self,
        }
    }

    pub fn bytes(self, field: u8, value: &[u8]) -> Self {
        let content = [varint(value.len() as u64), value.to_vec()].concat();
        self.field(field, BINARY, &content)
    }

    pub fn group(self, field: u8, value: &Self) -> Self {
        self.field(field, STRUCT, &value.end())
    }

    pub fn groups(self, field: u8, values: &[Self]) -> Self {
        let content: Vec<u8> = values.iter().flat_map(Self::end).collect();
        self.claimed_list(field, STRUCT, values.len() as u64, &content)
    }

    pub fn int32s(self, field: u8, values: &[i32]) -> Self {
        let content: Vec<u8> = values.iter().flat_map(|value| zigzag((*value).into())).collect();
        self.claimed_list(field, I32, values.len() as u64, &content)
    }

    pub fn texts(self, field: u8, values: &[&str]) -> Self {
        let text = |value: &&str| [varint(value.len() as u64), value.as_bytes().to_vec()].concat();
        self.claimed_list(
            field,
            BINARY,
            values.len() as u64,
            &values.iter().flat_map(text).collect::<Vec<_>>(),
        )
    }

    /// A list that says how long it is, whatever is in it.
    pub fn claimed_list(self, field: u8, element: u8, length: u64, content: &[u8]) -> Self {
        let head = match u8::try_from(length) {
            Ok(length @ 0..15) => vec![length << 4 | element],
            _ => [vec![0xf0 | element], varint(length)].concat(),
        };
        self.field(field, LIST, &[head, content.to_vec()].concat())
    }

    /// The bytes, with the end mark.
    pub fn end(&self) -> Vec<u8> {
        [self.bytes.as_slice(), &[0]].concat()
    }

    fn field(mut self, field: u8, kind: u8, content: &[u8]) -> Self {
        assert!(field > self.last_field, "fields ascend");
        self.bytes.push((field - self.last_field) << 4 | kind);
        self.bytes.extend(content);
        self.last_field = field;
        self
    }
}

fn zigzag(value: i64) -> Vec<u8> {
    varint((value << 1 ^ value >> 63).cast_unsigned())
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).expect("seven bits"));
    bytes
}
