//! The rules of the conversation between page and engine, under any interleaving of deliveries, work,
//! cancellations and the engine's death.

mod simulation;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::{FailureKind, FromEngineHead, PROTOCOL_VERSION, ToEngineHead};
use simulation::{End, PageCall, Script, Step, Work, World};

fn script() -> impl Strategy<Value = Script> {
    let work = prop_oneof![4 => Just(Work::Batch), 1 => Just(Work::Progress), 2 => Just(Work::Yield)];
    let end = prop_oneof![
        4 => Just(End::Reply),
        1 => Just(End::Fail),
        1 => Just(End::Drop),
        1 => Just(End::WhenCancelled),
    ];
    (any::<bool>(), vec(work, 0..12), end).prop_map(|(is_query, work, end)| Script { is_query, work, end })
}

/// A step of a conversation in which nothing breaks.
fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => script().prop_map(Step::Call),
        6 => Just(Step::DeliverToEngine),
        6 => Just(Step::DeliverToPage),
        6 => (0..8_usize).prop_map(Step::Work),
        6 => (0..8_usize).prop_map(Step::Read),
    ]
}

fn step_or_drop() -> impl Strategy<Value = Step> {
    prop_oneof![24 => step(), 2 => (0..8_usize).prop_map(Step::Drop)]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![60 => step_or_drop(), 1 => Just(Step::Crash), 1 => Just(Step::NoticeCrash)]
}

fn play(engine_version: u32, steps: &[Step]) -> World {
    let mut world = World::new(engine_version);
    for step in steps {
        world.step(step);
    }
    world.settle();
    world
}

/// What a call comes to when nothing interferes.
fn undisturbed(call: &PageCall) -> Result<u64, FailureKind> {
    match call.script.end {
        End::Reply => Ok(call.script.batches() as u64),
        End::Fail => Err(FailureKind::InvalidQuery),
        End::Drop => Err(FailureKind::Internal),
        End::WhenCancelled => Err(FailureKind::Cancelled),
    }
}

fn end_of(call: &PageCall) -> Option<Result<u64, FailureKind>> {
    let end = call.ends.first()?;
    Some(end.clone().map_err(|failure| failure.kind))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_call_ends_once_as_the_engine_ended_it(steps in vec(step(), 0..150)) {
        let world = play(PROTOCOL_VERSION, &steps);
        for call in &world.page {
            let expected = match call.script.end {
                End::WhenCancelled => None,
                _ => Some(undisturbed(call)),
            };
            prop_assert_eq!(end_of(call), expected, "{:?}", call);
            prop_assert!(call.ends.len() <= 1, "{:?}", call);
        }
        let waiting = world.page.iter().filter(|call| call.script.end == End::WhenCancelled).count();
        prop_assert_eq!(world.client.pending(), waiting);
    }

    #[test]
    fn batches_arrive_in_order_and_none_is_lost(steps in vec(step(), 0..150)) {
        let world = play(PROTOCOL_VERSION, &steps);
        for call in &world.page {
            let expected: Vec<u32> = (0..call.script.batches()).map(|number| number as u32).collect();
            prop_assert_eq!(&call.batches, &expected);
        }
    }

    #[test]
    fn dropping_a_call_cancels_it_once_and_the_engine_ends_it_once(steps in vec(step_or_drop(), 0..150)) {
        let mut world = play(PROTOCOL_VERSION, &steps);
        for index in 0..world.page.len() {
            world.step(&Step::Drop(index));
        }
        world.settle();
        prop_assert_eq!(world.client.pending(), 0);
        for call in &world.page {
            prop_assert_eq!(call.ends.len(), usize::from(!call.dropped), "{:?}", call);
            let cancels = world
                .sent_to_engine(call.id)
                .iter()
                .filter(|head| matches!(head, ToEngineHead::Cancel { .. }))
                .count();
            prop_assert_eq!(cancels, usize::from(call.must_cancel), "{:?}", call);

            let answers = world.sent_to_page(call.id);
            let done = answers.iter().filter(|head| matches!(head, FromEngineHead::Done { .. })).count();
            prop_assert_eq!(done, 1, "{:?}", call);
            let Some(FromEngineHead::Done { outcome, .. }) = answers.last() else {
                return Err(TestCaseError::fail(format!("something follows the end of {call:?}: {answers:?}")));
            };
            if world.cancelled_in_time(call.id) {
                let kind = outcome.as_ref().err().map(|failure| failure.kind);
                prop_assert_eq!(kind, Some(FailureKind::Cancelled), "{:?}", call);
            }
        }
    }

    #[test]
    fn a_lost_engine_fails_pending_and_later_calls(
        before in vec(any_step(), 0..120),
        after in vec(any_step(), 0..40),
    ) {
        let mut world = World::new(PROTOCOL_VERSION);
        for step in &before {
            world.step(step);
        }
        world.step(&Step::Crash);
        for step in &after {
            world.step(step);
        }
        world.settle();
        let known = world.page.len();
        let later = Script { is_query: true, work: vec![Work::Batch], end: End::Reply };
        world.step(&Step::Call(later));
        world.settle();

        prop_assert!(world.has_crashed());
        prop_assert_eq!(world.client.pending(), 0);
        for (index, call) in world.page.iter().enumerate() {
            prop_assert_eq!(call.ends.len(), usize::from(!call.dropped), "{:?}", call);
            let Some(end) = end_of(call) else { continue };
            let lost = Err(FailureKind::WorkerLost);
            prop_assert!(end == lost || (index < known && end == undisturbed(call)), "{:?}", call);
            let in_order: Vec<u32> = (0..call.batches.len()).map(|number| number as u32).collect();
            prop_assert_eq!(&call.batches, &in_order, "what arrived is a prefix");
        }
    }

    #[test]
    fn an_engine_of_another_version_fails_every_call(steps in vec(step_or_drop(), 0..150)) {
        let world = play(PROTOCOL_VERSION + 1, &steps);
        prop_assert_eq!(world.client.pending(), 0);
        for call in &world.page {
            let expected = (!call.dropped).then_some(Err(FailureKind::ProtocolMismatch));
            prop_assert_eq!(end_of(call), expected, "{:?}", call);
            prop_assert!(call.batches.is_empty());
        }
    }
}
