//! Newest wins: a task that is aborted when a newer one takes its place.

use futures::future::{AbortHandle, abortable};

/// Holds the newest of a line of tasks; dropping it aborts that too.
#[derive(Debug, Default)]
pub struct Latest {
    running: Option<AbortHandle>,
}

impl Latest {
    /// Aborts the task before, which drops its query and so cancels it, and gives the new one to `spawn`.
    pub fn replace<T>(
        &mut self,
        task: impl Future<Output = T> + 'static,
        spawn: impl FnOnce(futures::future::LocalBoxFuture<'static, ()>),
    ) {
        self.abort();
        let (task, handle) = abortable(task);
        self.running = Some(handle);
        spawn(Box::pin(async move {
            // Aborted: the one who aborted it knows.
            let _ = task.await;
        }));
    }

    /// Aborts the task, if one is running.
    pub fn abort(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }
}

impl Drop for Latest {
    fn drop(&mut self) {
        self.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use futures::executor::LocalPool;
    use futures::task::LocalSpawnExt;

    use super::*;

    #[test]
    fn only_the_newest_task_ends() {
        let mut pool = LocalPool::new();
        let ended = Rc::new(RefCell::new(Vec::new()));
        let mut latest = Latest::default();
        for number in 0..3 {
            let (spawner, ended) = (pool.spawner(), Rc::clone(&ended));
            latest.replace(async move { ended.borrow_mut().push(number) }, |task| {
                spawner.spawn_local(task).expect("spawns");
            });
        }
        pool.run_until_stalled();
        assert_eq!(*ended.borrow(), [2]);
    }
}
