//! When to stop.

use std::io;

use tokio::signal;

/// Resolves on Ctrl-C, and on SIGTERM where there is one.
pub(crate) fn requested() -> Result<impl Future<Output = ()> + Send + 'static, io::Error> {
    #[cfg(unix)]
    let mut terminate = signal::unix::signal(signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = signal::ctrl_c().await;
    })
}
