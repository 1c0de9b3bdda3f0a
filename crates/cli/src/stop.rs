//! When to stop.

use std::io;

use tokio::signal;

/// Resolves on Ctrl-C, and on SIGTERM where there is one.
///
/// Both are listened for from now on, before anybody waits: a signal that came earlier would end the
/// process, with whatever is under way.
pub(crate) fn requested() -> Result<impl Future<Output = ()> + Send + 'static, io::Error> {
    #[cfg(unix)]
    let (mut interrupt, mut terminate) = (
        signal::unix::signal(signal::unix::SignalKind::interrupt())?,
        signal::unix::signal(signal::unix::SignalKind::terminate())?,
    );
    #[cfg(windows)]
    let mut interrupt = signal::windows::ctrl_c()?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(windows)]
        let _ = interrupt.recv().await;
    })
}
