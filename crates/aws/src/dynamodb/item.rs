//! Items: how attributes are written, and read without trusting them.
//!
//! An error names the attribute, and never says what is in it: it ends up in a log.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use tollgate_core::Timestamp;

/// Attributes by name.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Why an item is none that this store wrote.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvalidItem {
    /// It is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A number where a text should be, and the like.
    #[error("{0} is of another type")]
    Type(&'static str),
    /// The right type, and yet nothing that this attribute can be.
    #[error("{name} cannot be read")]
    Value {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl InvalidItem {
    pub(super) fn value(
        name: &'static str,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        let source = error.into();
        Self::Value { name, source }
    }
}

pub(super) fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(super) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn time(value: Timestamp) -> AttributeValue {
    number(value.as_unix())
}

pub(super) fn bytes(value: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

pub(super) fn flag(value: bool) -> AttributeValue {
    AttributeValue::Bool(value)
}

/// `x` of an attribute that an item may not have.
pub(super) fn optional<T>(value: Result<T, InvalidItem>) -> Result<Option<T>, InvalidItem> {
    match value {
        Ok(value) => Ok(Some(value)),
        Err(InvalidItem::Missing(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the attributes of an item.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a>(pub(super) &'a Item);

impl<'a> Attributes<'a> {
    fn get(self, name: &'static str) -> Result<&'a AttributeValue, InvalidItem> {
        self.0.get(name).ok_or(InvalidItem::Missing(name))
    }

    pub(super) fn text(self, name: &'static str) -> Result<&'a str, InvalidItem> {
        let text = self.get(name)?.as_s();
        text.map(String::as_str)
            .map_err(|_| InvalidItem::Type(name))
    }

    /// A text that is something more.
    pub(super) fn parsed<T>(self, name: &'static str) -> Result<T, InvalidItem>
    where
        T: FromStr<Err: Error + Send + Sync + 'static>,
    {
        let value = self.text(name)?.parse();
        value.map_err(|error| InvalidItem::value(name, error))
    }

    /// A number in the one spelling that [`number`] gives it.
    pub(super) fn number<T>(self, name: &'static str) -> Result<T, InvalidItem>
    where
        T: FromStr<Err: Error + Send + Sync + 'static> + Display,
    {
        let digits = self
            .get(name)?
            .as_n()
            .map_err(|_| InvalidItem::Type(name))?;
        let number: T = digits
            .parse()
            .map_err(|error| InvalidItem::value(name, error))?;
        if number.to_string() != *digits {
            return Err(InvalidItem::value(name, "an unusual spelling"));
        }
        Ok(number)
    }

    pub(super) fn time(self, name: &'static str) -> Result<Timestamp, InvalidItem> {
        self.number(name).map(Timestamp::from_unix)
    }

    pub(super) fn bytes<const N: usize>(self, name: &'static str) -> Result<[u8; N], InvalidItem> {
        let blob = self
            .get(name)?
            .as_b()
            .map_err(|_| InvalidItem::Type(name))?;
        let bytes = blob.as_ref().try_into();
        bytes.map_err(|error| InvalidItem::value(name, error))
    }

    pub(super) fn flag(self, name: &'static str) -> Result<bool, InvalidItem> {
        let flag = self.get(name)?.as_bool();
        flag.copied().map_err(|_| InvalidItem::Type(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(value: AttributeValue) -> Item {
        Item::from([("a".to_owned(), value)])
    }

    #[test]
    fn a_number_has_one_spelling() {
        for (digits, read) in [
            ("0", Some(0)),
            ("42", Some(42)),
            ("-7", Some(-7)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("", None),
            ("+42", None),
            ("042", None),
            ("4.2", None),
            ("42.0", None),
            ("4E1", None),
            (" 42", None),
            ("-0", None),
        ] {
            let item = item(AttributeValue::N(digits.to_owned()));
            let number = Attributes(&item).number::<i64>("a").ok();
            assert_eq!(number, read, "{digits:?}");
        }
        let generation = item(number(u64::from(u32::MAX) + 1));
        assert!(Attributes(&generation).number::<u32>("a").is_err());
    }

    #[test]
    fn an_attribute_of_another_type_is_an_error_and_no_panic() {
        for value in [
            AttributeValue::Null(true),
            AttributeValue::M(Item::new()),
            AttributeValue::L(vec![text("x")]),
            AttributeValue::Ss(vec!["x".to_owned()]),
        ] {
            let item = item(value);
            let item = Attributes(&item);
            assert!(matches!(item.text("a"), Err(InvalidItem::Type("a"))));
            assert!(matches!(
                item.number::<u32>("a"),
                Err(InvalidItem::Type("a"))
            ));
            assert!(matches!(item.bytes::<16>("a"), Err(InvalidItem::Type("a"))));
            assert!(matches!(item.flag("a"), Err(InvalidItem::Type("a"))));
            assert!(matches!(
                optional(item.time("a")),
                Err(InvalidItem::Type("a"))
            ));
            assert!(matches!(optional(item.time("b")), Ok(None)));
        }
    }

    #[test]
    fn bytes_have_one_length() {
        for length in [0, 15, 16, 17, 4096] {
            let item = item(bytes(&vec![7; length]));
            let read = Attributes(&item).bytes::<16>("a");
            assert_eq!(read.is_ok(), length == 16, "{length}");
        }
    }

    #[test]
    fn an_error_names_the_attribute_and_not_its_value() {
        let canary = "canary@@example.com";
        let text = item(text(canary));
        let errors = [
            Attributes(&text)
                .parsed::<tollgate_core::email::Email>("a")
                .map(drop),
            Attributes(&text).number::<u32>("a").map(drop),
            Attributes(&item(AttributeValue::N(canary.to_owned())))
                .number::<u32>("a")
                .map(drop),
        ];
        for error in errors {
            let error = error.expect_err("it is none");
            let mut shown = format!("{error} {error:?}");
            if let Some(source) = error.source() {
                shown.push_str(&source.to_string());
            }
            assert!(shown.contains('a'), "{shown}");
            assert!(!shown.contains(canary), "{shown}");
        }
    }
}
