use std::io::{self, Read};

use proptest::prelude::*;

use super::{DecodeError, Reader, Writer};

/// A value of any type, read without knowing what comes.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Nil,
    Integer(i64),
    Str(String),
    Bin(Vec<u8>),
    Array(Vec<Value>),
    Map(Vec<(String, Value)>),
}

fn write(value: &Value, writer: &mut Writer) {
    match value {
        Value::Nil => writer.nil(),
        Value::Integer(integer) => writer.integer(*integer),
        Value::Str(text) => writer.str(text),
        Value::Bin(bytes) => writer.bin(bytes),
        Value::Array(values) => {
            writer.array(values.len());
            values.iter().for_each(|value| write(value, writer));
        }
        Value::Map(entries) => {
            writer.map(entries.len());
            for (key, value) in entries {
                writer.str(key);
                write(value, writer);
            }
        }
    }
}

fn written(value: &Value) -> Vec<u8> {
    let mut writer = Writer::new();
    write(value, &mut writer);
    writer.finish()
}

/// Reads a value of the same shape as `like`.
fn read<R: Read>(like: &Value, reader: &mut Reader<R>) -> Result<Value, DecodeError> {
    Ok(match like {
        Value::Nil => match reader.nil("nil")? {
            true => Value::Nil,
            false => return Err(reader.invalid("nil", "is no nil")),
        },
        Value::Integer(_) => Value::Integer(reader.integer("integer")?),
        Value::Str(_) => Value::Str(reader.str("str", 1 << 20)?.to_owned()),
        Value::Bin(_) => Value::Bin(reader.bin("bin", 1 << 20)?),
        Value::Array(values) => {
            reader.array_of("array", values.len())?;
            let values = values.iter().map(|value| read(value, reader));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        Value::Map(entries) => {
            assert_eq!(reader.map("map", 1 << 20)?, entries.len());
            let mut read_entries = Vec::new();
            for (_, value) in entries {
                let key = reader.str("key", 1 << 20)?.to_owned();
                read_entries.push((key, read(value, reader)?));
            }
            Value::Map(read_entries)
        }
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<i64>().prop_map(Value::Integer),
        (any::<i64>(), 0..64_u32).prop_map(|(number, bits)| Value::Integer(number >> bits)),
        ".{0,40}".prop_map(Value::Str),
        (0..70_000_usize).prop_map(|length| Value::Str("x".repeat(length))),
        (0..70_000_usize).prop_map(|length| Value::Bin(vec![7; length])),
    ];
    leaf.prop_recursive(3, 40, 20, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..20).prop_map(Value::Array),
            prop::collection::vec((".{0,5}", inner), 0..20).prop_map(Value::Map),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_and_is_messagepack(value in value()) {
        let bytes = written(&value);
        let mut reader = Reader::new(bytes.as_slice(), bytes.len() as u64);
        prop_assert_eq!(&read(&value, &mut reader).expect("just written"), &value);
        reader.finish("value").expect("nothing is left");
        // Another implementation reads it, too.
        let mut rest = bytes.as_slice();
        let _: serde::de::IgnoredAny = rmp_serde::from_read(&mut rest).expect("MessagePack");
        prop_assert!(rest.is_empty());
    }

    /// Whatever bytes are accepted are the bytes that the writer gives for what was read.
    #[test]
    fn every_value_has_one_encoding(
        bytes in prop::collection::vec(any::<u8>(), 1..12),
        marker in prop_oneof![Just(0xc4..=0xc6_u8), Just(0xcc..=0xd3), Just(0xd9..=0xdf)],
        pick in any::<prop::sample::Index>(),
    ) {
        let mut bytes = bytes;
        bytes[0] = pick.index(marker.len()) as u8 + marker.start();
        for like in [Value::Integer(0), Value::Str(String::new()), Value::Bin(Vec::new())] {
            let mut reader = Reader::new(bytes.as_slice(), bytes.len() as u64);
            if let Ok(value) = read(&like, &mut reader) {
                let again = written(&value);
                prop_assert_eq!(&again, &bytes[..again.len()]);
            }
        }
    }
}

/// The error of reading a value of this shape from these bytes.
fn refusal(like: &Value, bytes: &[u8]) -> String {
    let mut reader = Reader::new(bytes, bytes.len() as u64);
    match read(like, &mut reader) {
        Ok(value) => panic!("{bytes:02x?} was read as {value:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_boundary_between_forms_is_exact() {
    for integer in [
        i64::MIN,
        i32::MIN.into(),
        i16::MIN.into(),
        i8::MIN.into(),
        -32,
        0,
        127,
        u8::MAX.into(),
        u16::MAX.into(),
        u32::MAX.into(),
        i64::MAX - 1,
    ] {
        for near in [integer, integer.saturating_sub(1), integer + 1] {
            let bytes = written(&Value::Integer(near));
            assert_eq!(bytes, rmp_serde::to_vec(&near).expect("encodes"), "{near}");
            let mut reader = Reader::new(bytes.as_slice(), bytes.len() as u64);
            assert_eq!(reader.integer("integer").expect("written"), near);
        }
    }
    for length in [0, 15, 16, 31, 32, 255, 256, 65_535, 65_536] {
        let text = "x".repeat(length);
        let expected = rmp_serde::to_vec(&text).expect("encodes");
        assert_eq!(written(&Value::Str(text)), expected);
        let bytes = vec![1; length];
        let expected = rmp_serde::to_vec(serde_bytes::Bytes::new(&bytes)).expect("encodes");
        assert_eq!(written(&Value::Bin(bytes)), expected);
        let array = vec![(); length];
        let expected = rmp_serde::to_vec(&array).expect("encodes");
        assert_eq!(written(&Value::Array(vec![Value::Nil; length])), expected);
        let entries = vec![(String::new(), Value::Nil); length];
        let map = written(&Value::Map(entries.clone()));
        let mut reader = Reader::new(map.as_slice(), map.len() as u64);
        let read = read(&Value::Map(entries.clone()), &mut reader);
        assert_eq!(read.expect("written"), Value::Map(entries));
    }
}

#[test]
fn longer_forms_than_needed_are_refused() {
    let [integer, str, bin] = [
        Value::Integer(0),
        Value::Str(String::new()),
        Value::Bin(Vec::new()),
    ];
    let (array, map) = (Value::Array(Vec::new()), Value::Map(Vec::new()));
    let cases: [(&Value, &[u8]); 22] = [
        (&integer, &[0xcc, 0x7f]),
        (&integer, &[0xcd, 0, 0xff]),
        (&integer, &[0xce, 0, 0, 0xff, 0xff]),
        (&integer, &[0xcf, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
        (&integer, &[0xd0, 0]),
        (&integer, &[0xd0, 0xe0]),
        (&integer, &[0xd1, 0xff, 0x80]),
        (&integer, &[0xd1, 0x7f, 0xff]),
        (&integer, &[0xd2, 0xff, 0xff, 0x80, 0]),
        (&integer, &[0xd2, 0x7f, 0xff, 0xff, 0xff]),
        (&integer, &[0xd3, 0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0]),
        (&integer, &[0xd3, 0, 0, 0, 1, 0, 0, 0, 0]),
        (&str, &[0xd9, 1, b'x']),
        (&str, &[0xda, 0, 1, b'x']),
        (&str, &[0xdb, 0, 0, 0, 1, b'x']),
        (&bin, &[0xc5, 0, 1, b'x']),
        (&bin, &[0xc6, 0, 0, 0, 1, b'x']),
        (&array, &[0xdc, 0, 0]),
        (&array, &[0xdd, 0, 0, 0, 0]),
        (&map, &[0xde, 0, 0]),
        (&map, &[0xdf, 0, 0, 0, 0]),
        (&map, &[0xdf, 0, 0, 0, 15]),
    ];
    for (like, bytes) in cases {
        let text = refusal(like, bytes);
        assert!(text.contains("shorter form"), "{bytes:02x?}: {text}");
    }
}

#[test]
fn no_type_passes_for_another() {
    let values = [
        Value::Nil,
        Value::Integer(5),
        Value::Str("five".to_owned()),
        Value::Bin(vec![5; 4]),
        Value::Array(vec![Value::Nil; 4]),
        Value::Map(Vec::new()),
    ];
    for like in &values {
        for other in values.iter().filter(|other| *other != like) {
            refusal(like, &written(other));
        }
        // Never used, false, true, float 32 and 64, extensions.
        for marker in [0xc1, 0xc2, 0xc3, 0xca, 0xcb, 0xc7, 0xc8, 0xc9, 0xd4, 0xd8] {
            refusal(like, &[marker, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        }
    }
    assert!(refusal(&Value::Str(String::new()), &[0xa2, 0xc3, 0x28]).contains("UTF-8"));
    let too_large = refusal(&Value::Integer(0), &[0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0]);
    assert!(too_large.contains("63 bits"));
}

#[test]
fn lengths_are_checked_before_memory_is_taken() {
    let text = written(&Value::Str("x".repeat(40)));
    let mut reader = Reader::new(text.as_slice(), text.len() as u64);
    assert!(reader.str("text", 39).is_err());
    let mut reader = Reader::new(text.as_slice(), text.len() as u64);
    assert_eq!(reader.str("text", 40).expect("at the limit").len(), 40);
    // Four gigabytes are declared; five bytes are there.
    for marker in [0xc6, 0xdb, 0xdd, 0xdf] {
        let bytes = [marker, 0xff, 0xff, 0xff, 0xff];
        let mut reader = Reader::new(bytes.as_slice(), 5);
        let refused = match marker {
            0xc6 => reader.bin("value", usize::MAX).map(drop),
            0xdb => reader.str("value", usize::MAX).map(drop),
            0xdd => reader.array("value", usize::MAX).map(drop),
            _ => reader.map("value", usize::MAX).map(drop),
        };
        let refused = refused.expect_err("there are not so many");
        assert!(refused.to_string().contains("cut off"), "{refused}");
    }
}

#[test]
fn nothing_is_read_beyond_the_record_and_nothing_is_left() {
    let bytes = [0x01, 0x02];
    let mut reader = Reader::new(bytes.as_slice(), 1);
    reader.integer("one").expect("there");
    assert!(reader.integer("two").is_err());
    let mut reader = Reader::new(bytes.as_slice(), 2);
    reader.integer("one").expect("there");
    let left = reader.finish("record").expect_err("a byte is left");
    assert!(left.to_string().contains("ends at byte 1"), "{left}");
    // A value that was only looked at is left, too.
    let mut reader = Reader::new(bytes.as_slice(), 1);
    assert!(!reader.nil("one").expect("there"));
    assert!(reader.finish("record").is_err());
}

#[test]
fn a_source_that_fails_is_its_own_error() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let failed = Reader::new(Failing, 1).nil("value");
    assert!(matches!(failed, Err(DecodeError::Source(_))));
    let ended = Reader::new(io::empty(), 1).nil("value");
    assert!(matches!(ended, Err(DecodeError::Invalid { .. })));
}

#[test]
fn the_marker_behind_a_types_short_lengths_is_of_another_type() {
    type Read = fn(&mut Reader<&[u8]>) -> Result<(), DecodeError>;
    let cases: [(u8, &str, Read); 3] = [
        (0x90, "map", |reader| reader.map("value", 100).map(drop)),
        (0xa0, "array", |reader| reader.array("value", 100).map(drop)),
        (0xc0, "str", |reader| reader.str("value", 100).map(drop)),
    ];
    for (marker, name, read) in cases {
        let bytes = [&[marker][..], &[0; 100]].concat();
        let error = read(&mut Reader::new(&bytes, 101)).expect_err("another type");
        assert!(
            error.to_string().contains(&format!("is no {name}")),
            "{error}"
        );
    }
}
