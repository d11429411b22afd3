//! Files that are damaged at random, and files whose numbers are lies.
//!
//! Claims are of hundreds of megabytes: more than a file of some bytes may make the engine hold, and little enough for
//! a machine to have.
//!
//! Entry points: [`random`], [`lies`].

mod damage;
mod footer;
mod index;
mod pages;
mod recipe;
mod thrift;

use recipe::Recipe;

use super::files::Named;

/// So many bytes.
const CLAIMED_BYTES: usize = 768 << 20;
/// So many things, of which each takes some bytes.
const CLAIMED_COUNT: i32 = 100_000_000;

/// What has to come of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A typed failure, when it is opened or when it is read whole.
    Failure,
    /// Anything but a panic, a hang, wild allocation, or an answer that contradicts the footer.
    Calm,
}

/// A file that lies: what about, what has to come of it, and its bytes.
#[derive(Debug, Clone)]
pub struct Lie {
    pub name: String,
    pub wanted: Wanted,
    pub bytes: Vec<u8>,
}

fn lie(name: &str, wanted: Wanted, bytes: Vec<u8>) -> Lie {
    Lie {
        name: name.to_owned(),
        wanted,
        bytes,
    }
}

/// A file that has to be refused.
fn refused(name: &str, bytes: Vec<u8>) -> Lie {
    lie(name, Wanted::Failure, bytes)
}

/// A file that may be answered.
fn calm(name: &str, bytes: Vec<u8>) -> Lie {
    lie(name, Wanted::Calm, bytes)
}

/// The sound file with a change.
fn recipe(change: impl FnOnce(&mut Recipe)) -> Vec<u8> {
    let mut recipe = Recipe::default();
    change(&mut recipe);
    recipe.bytes()
}

/// The sound file that the lies are changes of.
pub fn sound() -> Vec<u8> {
    Recipe::default().bytes()
}

/// The lies, by what they are about.
pub fn lies() -> Vec<(&'static str, Vec<Lie>)> {
    vec![
        ("lists of the footer", footer::lists()),
        ("counts and places in the footer", footer::counts_and_places()),
        ("types in the footer", footer::types()),
        ("statistics and filters", footer::statistics_and_filters()),
        ("places of pages", index::places()),
        ("bounds of pages", index::bounds()),
        ("sizes of pages", pages::gigabytes()),
        ("counts of pages", pages::sizes_and_counts()),
        ("dictionaries", pages::dictionaries()),
        ("encodings", pages::encodings()),
    ]
}

/// One of these files, damaged by the seed, and what the damage is.
pub fn random(files: &[Named], seed: u64) -> (String, Vec<u8>) {
    let (name, file) = &files[usize::try_from(seed).expect("fits") % files.len()];
    let (bytes, what) = damage::damaged(file, seed);
    (format!("{name}: {what}"), bytes)
}
