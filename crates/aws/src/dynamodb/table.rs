//! Whether a table is one that the store can work on.

use aws_sdk_dynamodb::types::{
    AttributeDefinition, KeySchemaElement, KeyType, ScalarAttributeType, TableDescription,
    TimeToLiveDescription, TimeToLiveStatus,
};

use super::call::CallError;
use super::{DynamoDbStore, EXPIRES_AT, PK, SK};

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Nobody made it, or not here.
    #[error(
        "there is no table {table} in {region}; correct its name or AWS_REGION, or deploy the stack"
    )]
    Missing {
        /// Its name.
        table: String,
        /// Where it was looked for.
        region: String,
    },
    /// It was made for something else.
    #[error(
        "the table {table} in {region} has other keys than pk (partition key, a string) and \
         sk (sort key, a string); choose another table"
    )]
    OtherKeys {
        /// Its name.
        table: String,
        /// Where it is.
        region: String,
    },
    /// The role must not do this.
    #[error("access to the table {table} in {region} is denied; the role needs {action} on it")]
    Denied {
        /// Its name.
        table: String,
        /// Where it is.
        region: String,
        /// What was tried.
        action: &'static str,
    },
    /// Nobody knows who asks.
    #[error("AWS does not accept the credentials in {region} ({code})")]
    Credentials {
        /// Where they were tried.
        region: String,
        /// What AWS calls it.
        code: String,
    },
    /// What has expired stays there for good.
    #[error(
        "the table {table} in {region} does not drop what has expired; run: \
         aws dynamodb update-time-to-live --region {region} --table-name {table} \
         --time-to-live-specification Enabled=true,AttributeName={EXPIRES_AT}"
    )]
    KeepsExpired {
        /// Its name.
        table: String,
        /// Where it is.
        region: String,
    },
    /// It drops items by another attribute, which none of them has.
    #[error(
        "the table {table} in {region} drops items by {attribute} instead of {EXPIRES_AT}; \
         turn that off, and an hour later on again: \
         aws dynamodb update-time-to-live --region {region} --table-name {table} \
         --time-to-live-specification Enabled=false,AttributeName={attribute}"
    )]
    OtherExpiry {
        /// Its name.
        table: String,
        /// Where it is.
        region: String,
        /// What it goes by.
        attribute: String,
    },
    /// It may be all right.
    #[error("the table {table} in {region} could not be looked at")]
    Unknown {
        /// Its name.
        table: String,
        /// Where it is.
        region: String,
        /// What happened.
        #[source]
        source: CallError,
    },
}

/// A table that the store can work on. DynamoDB counts every six hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableReport {
    /// How many items it had.
    pub items: Option<i64>,
    /// How many bytes they had.
    pub bytes: Option<i64>,
}

impl DynamoDbStore {
    /// Looks whether the table is there, has the right keys and may be written to; what a process
    /// does before it takes requests. Nothing is written: the condition never holds.
    ///
    /// A table that does not answer is no error here. The process starts, and says 503 until it does.
    pub async fn probe(&self) -> Result<(), OpenError> {
        let probe = self.update(
            super::key("probe", "probe"),
            "attribute_exists(pk)",
            "REMOVE probed",
        );
        let Err(error) = probe.send().await else {
            return Ok(());
        };
        match self.wrong(CallError::new("UpdateItem", error), "dynamodb:UpdateItem") {
            OpenError::Unknown { .. } => Ok(()),
            error => Err(error),
        }
    }

    /// Looks at the keys of the table and at its time to live: `tollgate doctor`. This needs
    /// permissions that no function has.
    pub async fn inspect(&self) -> Result<TableReport, OpenError> {
        let described = self.client.describe_table().table_name(&self.table);
        let described = described.send().await.map_err(|error| {
            let error = CallError::new("DescribeTable", error);
            self.wrong(error, "dynamodb:DescribeTable")
        })?;
        let table = described.table.filter(has_our_keys);
        let table = table.ok_or_else(|| OpenError::OtherKeys {
            table: self.table.clone(),
            region: self.region.clone(),
        })?;
        let expiry = self.client.describe_time_to_live().table_name(&self.table);
        let expiry = expiry.send().await.map_err(|error| {
            let error = CallError::new("DescribeTimeToLive", error);
            self.wrong(error, "dynamodb:DescribeTimeToLive")
        })?;
        self.check_expiry(expiry.time_to_live_description)?;
        Ok(TableReport {
            items: table.item_count,
            bytes: table.table_size_bytes,
        })
    }

    fn check_expiry(&self, found: Option<TimeToLiveDescription>) -> Result<(), OpenError> {
        use TimeToLiveStatus::{Enabled, Enabling};
        let on = |found: &TimeToLiveDescription| {
            matches!(found.time_to_live_status, Some(Enabled | Enabling))
        };
        let attribute = found.filter(on).and_then(|found| found.attribute_name);
        let (table, region) = (self.table.clone(), self.region.clone());
        match attribute {
            None => Err(OpenError::KeepsExpired { table, region }),
            Some(attribute) if attribute != EXPIRES_AT => Err(OpenError::OtherExpiry {
                table,
                region,
                attribute,
            }),
            Some(_) => Ok(()),
        }
    }

    /// What an error says about the table.
    fn wrong(&self, error: CallError, action: &'static str) -> OpenError {
        let (table, region) = (self.table.clone(), self.region.clone());
        match error.code() {
            Some("ResourceNotFoundException") => OpenError::Missing { table, region },
            // The request is always the same; only the table can make it invalid.
            Some("ValidationException") => OpenError::OtherKeys { table, region },
            Some("AccessDeniedException") => OpenError::Denied {
                table,
                region,
                action,
            },
            Some(
                code @ ("ExpiredTokenException"
                | "IncompleteSignatureException"
                | "InvalidSignatureException"
                | "MissingAuthenticationTokenException"
                | "UnrecognizedClientException"),
            ) => OpenError::Credentials {
                code: code.to_owned(),
                region,
            },
            _ => OpenError::Unknown {
                table,
                region,
                source: error,
            },
        }
    }
}

fn has_our_keys(table: &TableDescription) -> bool {
    let is = |element: &KeySchemaElement, name, kind| {
        element.attribute_name == name && element.key_type == kind
    };
    let is_string = |name| {
        let string = |attribute: &AttributeDefinition| {
            attribute.attribute_name == name && attribute.attribute_type == ScalarAttributeType::S
        };
        table.attribute_definitions().iter().any(string)
    };
    match table.key_schema() {
        [first, second] => {
            is(first, PK, KeyType::Hash)
                && is(second, SK, KeyType::Range)
                && is_string(PK)
                && is_string(SK)
        }
        _ => false,
    }
}
