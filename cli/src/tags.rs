//! Tags: creating and deleting them, and what annotated ones say.

mod annotation;
mod edit;
mod error;

pub use annotation::Annotation;
pub(crate) use annotation::{NewAnnotation, record_annotations};
pub use edit::{Tagged, create_tag, delete_tags};
pub use error::TagError;
