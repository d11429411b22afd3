//! What must hold when things go wrong: processes that are killed, stores that fail, runs that race, and what `rollback`
//! and `gc` make of a lake. Real projects, real processes, a real store.

mod bucket;
mod fixture;
mod gc;
mod gc_at_once;
mod growing;
mod kill;
mod kill_growing;
mod lake;
mod proxy;
mod races;
mod races_growing;
mod rollback;
mod store;
mod store_growing;
