//! A pooled connection that a write transaction runs on. Compiled for each engine, as the queries
//! are.

use diesel_async::pooled_connection::deadpool::Object;

use super::Conn;

/// Closes its connection unless the transaction has ended.
///
/// A request that is dropped half-way must not leave its transaction open in the pool, holding
/// locks. Closing the connection rolls the transaction back.
pub(in crate::store) struct Writer {
    connection: Option<Object<Conn>>,
}

impl Writer {
    pub(super) fn new(connection: Object<Conn>) -> Self {
        Self {
            connection: Some(connection),
        }
    }

    /// The connection itself.
    pub(in crate::store) fn connection(&mut self) -> &mut Conn {
        self.connection
            .as_mut()
            .expect("the connection is taken only when the writer is done or dropped")
    }

    /// Returns the connection to the pool: its transaction has ended.
    pub(in crate::store) fn done(mut self) {
        self.connection = None;
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(Object::take(connection));
        }
    }
}
