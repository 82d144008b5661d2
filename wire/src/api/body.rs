//! Decoding control bodies, on either side.

use rmp_serde::Deserializer;
use rmp_serde::decode::Error;
use serde::de::DeserializeOwned;

use crate::limits::MAX_CONTROL_BODY_DEPTH;

/// Decodes a control body in MessagePack, which must be one value and nothing more.
///
/// # Errors
/// What is wrong with it.
pub fn from_msgpack<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    let mut rest = body;
    let mut deserializer = Deserializer::new(&mut rest);
    // Each level takes stack, of which a server's threads have little.
    deserializer.set_max_depth(MAX_CONTROL_BODY_DEPTH);
    let value = T::deserialize(&mut deserializer)?;
    drop(deserializer);
    if !rest.is_empty() {
        return Err(Error::Syntax("there are bytes after the value".to_owned()));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use serde::de::IgnoredAny;

    use super::*;

    #[test]
    fn a_body_is_one_value_of_bounded_depth() {
        from_msgpack::<u8>(&[7]).expect("one value");
        let error = from_msgpack::<u8>(&[7, 7]).expect_err("two values");
        assert!(error.to_string().contains("after the value"), "{error}");
        let nested = |levels: usize| {
            let body = [&vec![0x91; levels][..], &[7]].concat();
            from_msgpack::<IgnoredAny>(&body).is_ok()
        };
        assert!(nested(MAX_CONTROL_BODY_DEPTH - 1));
        assert!(!nested(MAX_CONTROL_BODY_DEPTH + 1));
        assert!(!nested(100_000));
    }
}
