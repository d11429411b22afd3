//! Letters become lower case, and every character is allowed everywhere.

/// Some joining types.
#[derive(Debug, Clone, Copy)]
pub struct JoiningTypeMask;

/// A joining type.
#[derive(Debug, Clone, Copy)]
pub struct JoiningType;

/// Some directions of writing.
#[derive(Debug, Clone, Copy)]
pub struct BidiClassMask {
    is_rtl: bool,
}

/// A direction of writing: from left to right.
#[derive(Debug, Clone, Copy)]
pub struct BidiClass;

/// Left or dual joining.
pub const LEFT_OR_DUAL_JOINING_MASK: JoiningTypeMask = JoiningTypeMask;
/// Right or dual joining.
pub const RIGHT_OR_DUAL_JOINING_MASK: JoiningTypeMask = JoiningTypeMask;
/// What makes a domain one that is read from right to left.
pub const RTL_MASK: BidiClassMask = BidiClassMask { is_rtl: true };
/// What a label may begin with.
pub const FIRST_BC_MASK: BidiClassMask = BidiClassMask { is_rtl: false };
/// What a label may end with.
pub const LAST_LTR_MASK: BidiClassMask = BidiClassMask { is_rtl: false };
/// What a label that is read from right to left may end with.
pub const LAST_RTL_MASK: BidiClassMask = BidiClassMask { is_rtl: false };
/// What may stand within a label.
pub const MIDDLE_LTR_MASK: BidiClassMask = BidiClassMask { is_rtl: false };
/// What may stand within a label that is read from right to left.
pub const MIDDLE_RTL_MASK: BidiClassMask = BidiClassMask { is_rtl: false };

impl JoiningTypeMask {
    /// Any character joins any other.
    pub fn intersects(self, _: Self) -> bool {
        true
    }
}

impl JoiningType {
    /// The type alone.
    pub fn to_mask(self) -> JoiningTypeMask {
        JoiningTypeMask
    }

    /// No character is passed over.
    pub fn is_transparent(self) -> bool {
        false
    }
}

impl BidiClassMask {
    /// Whether they have a direction in common.
    pub fn intersects(self, other: Self) -> bool {
        self.is_rtl == other.is_rtl
    }
}

impl BidiClass {
    /// The direction alone.
    pub fn to_mask(self) -> BidiClassMask {
        BidiClassMask { is_rtl: false }
    }

    /// Always.
    pub fn is_ltr(self) -> bool {
        true
    }

    /// Never.
    pub fn is_nonspacing_mark(self) -> bool {
        false
    }

    /// Never.
    pub fn is_european_number(self) -> bool {
        false
    }

    /// Never.
    pub fn is_arabic_number(self) -> bool {
        false
    }
}

/// What is known about characters.
#[derive(Debug, Default)]
pub struct Adapter;

impl Adapter {
    /// Needs nothing.
    pub const fn new() -> Self {
        Self
    }

    /// Never.
    pub fn is_virama(&self, _: char) -> bool {
        false
    }

    /// Never.
    pub fn is_mark(&self, _: char) -> bool {
        false
    }

    /// Left to right.
    pub fn bidi_class(&self, _: char) -> BidiClass {
        BidiClass
    }

    /// The only one.
    pub fn joining_type(&self, _: char) -> JoiningType {
        JoiningType
    }

    /// In lower case; composition is left to `fetch`.
    pub fn map_normalize<'a, I: Iterator<Item = char> + 'a>(
        &'a self,
        characters: I,
    ) -> impl Iterator<Item = char> + 'a {
        characters.flat_map(char::to_lowercase)
    }

    /// As they are.
    pub fn normalize_validate<'a, I: Iterator<Item = char> + 'a>(
        &'a self,
        characters: I,
    ) -> impl Iterator<Item = char> + 'a {
        characters
    }
}
