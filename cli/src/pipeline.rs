//! Work on several cores whose results are wanted in order, with only a few of them in memory.

use std::num::NonZero;
use std::sync::mpsc;
use std::thread;

/// Most threads that work at a time: memory goes by their number, and what consumes the results
/// keeps no more of them busy.
const MAX_THREADS: usize = 4;

/// Applies `work` to each item, on several cores, and gives the results to `consume` in the items'
/// order.
///
/// Each thread has a state of its own, made by `state`. A thread is at most two results ahead. The
/// first error ends everything.
pub(crate) fn in_order<I, S, T, E>(
    items: &[I],
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &I) -> Result<T, E> + Sync,
    mut consume: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E>
where
    I: Sync,
    T: Send,
    E: Send,
{
    let thread_count = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(MAX_THREADS)
        .min(items.len());
    thread::scope(|scope| {
        let (state, work) = (&state, &work);
        let results: Vec<_> = (0..thread_count)
            .map(|first| {
                let (sender, receiver) = mpsc::sync_channel(1);
                scope.spawn(move || {
                    let mut state = state();
                    for item in items.iter().skip(first).step_by(thread_count) {
                        let result = work(&mut state, item);
                        let failed = result.is_err();
                        // The receiver is gone if an earlier result was an error.
                        if sender.send(result).is_err() || failed {
                            return;
                        }
                    }
                });
                receiver
            })
            .collect();
        for receiver in results.iter().cycle().take(items.len()) {
            let result = receiver
                .recv()
                .expect("a thread sends a result for each of its items or an error");
            consume(result?)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_and_the_first_error_ends_it() {
        let items: Vec<u32> = (0..1000).collect();
        let mut seen = Vec::new();
        in_order(
            &items,
            || (),
            |(), item| Ok::<_, u32>(item * 2),
            |result| {
                seen.push(result);
                Ok(())
            },
        )
        .expect("no error");
        assert!(seen.iter().copied().eq((0..1000).map(|item| item * 2)));

        let fail_at = |item: &u32| if *item >= 500 { Err(*item) } else { Ok(*item) };
        let mut count = 0;
        let failed = in_order(
            &items,
            || (),
            |(), item| fail_at(item),
            |_| {
                count += 1;
                Ok(())
            },
        );
        assert_eq!((failed, count), (Err(500), 500));
        let refused = in_order(
            &items,
            || (),
            |(), item| Ok(*item),
            |item| fail_at(&item).map(drop),
        );
        assert_eq!(refused, Err(500));
        in_order(&[0; 0], || (), |(), _| Ok::<_, ()>(()), |()| Err(())).expect("nothing to do");
    }
}
