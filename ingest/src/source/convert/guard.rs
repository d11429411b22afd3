//! Readers of foreign formats that panic over damaged files, as some do where a file points beyond its own end.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    /// Whether what is read just now may be damaged.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Reads a file; a panic over it is what is wrong with the file, and is told as such.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    HOOK.call_once(|| {
        let tell = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                tell(panic);
            }
        }));
    });
    IS_GUARDED.set(true);
    // What was half read is dropped.
    let outcome = catch_unwind(AssertUnwindSafe(read));
    IS_GUARDED.set(false);
    outcome.unwrap_or_else(|panic| Err(format!("it is damaged: {}", words(panic.as_ref()))))
}

fn words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it cannot be made sense of")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_what_is_wrong() {
        let spoilt: Vec<u8> = Vec::new();
        let outcome = guarded(|| Ok(spoilt[3]));
        let told = outcome.expect_err("refused");
        assert!(told.starts_with("it is damaged: index out of bounds"), "{told}");
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }
}
