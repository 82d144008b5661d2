//! Waiting for a task of the thread pool from inside or outside the pool.

use std::sync::mpsc::{Receiver, RecvError, TryRecvError};

use rayon::Yield;

/// Receives the next message. A caller that is itself a thread of the pool works on while it waits:
/// the message may come from a task that only this thread is free to run.
pub(super) fn receive<T>(receiver: &Receiver<T>) -> Result<T, RecvError> {
    loop {
        match receiver.try_recv() {
            Ok(message) => return Ok(message),
            Err(TryRecvError::Disconnected) => return Err(RecvError),
            Err(TryRecvError::Empty) => {}
        }
        match rayon::yield_now() {
            Some(Yield::Executed) => {}
            Some(Yield::Idle) | None => return receiver.recv(),
        }
    }
}
