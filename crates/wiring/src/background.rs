//! Work that goes on beside a request, such as reading the keys anew.

use std::sync::LazyLock;

use futures_util::future::BoxFuture;
use tokio_util::task::TaskTracker;

/// What is going on, in the whole process. Closed from the start, so that it can be waited for.
static TASKS: LazyLock<TaskTracker> = LazyLock::new(|| {
    let tasks = TaskTracker::new();
    tasks.close();
    tasks
});

/// Begins a task. Nobody waits for it but [`finished`].
pub(crate) fn spawn(task: BoxFuture<'static, ()>) {
    drop(TASKS.spawn(task));
}

/// Waits until nothing goes on.
pub(crate) async fn finished() {
    TASKS.wait().await;
}
