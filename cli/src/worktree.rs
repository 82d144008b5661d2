//! The files that people edit: looking at them, recording them, and bringing them to another snapshot.
