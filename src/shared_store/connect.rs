//! The connection to a bucket. Keys and endpoints come from the variables that the services' own tools read, or from the
//! role of the machine.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{ClientConfigKey, Error, ObjectStore, RetryConfig};

use super::SharedStoreError;
use super::address::{Address, AddressKind};

/// How long one request for a small text may take.
const TEXT_TIME: &str = "30 seconds";

/// How long one request may take that sends or brings a part of a clip: 64 MiB at 1 Mbit/s. One that stands still is given
/// up sooner where that can be seen.
const FILE_TIME: &str = "10 minutes";

/// Requests that fail by chance are repeated for so long: a run has better things to do than to wait for its store.
fn retries() -> RetryConfig {
    RetryConfig { max_retries: 6, retry_timeout: Duration::from_mins(1), ..RetryConfig::default() }
}

/// The two connections to a bucket.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    /// For texts, sizes and lists.
    pub(super) texts: Arc<dyn ObjectStore>,
    /// For clips and frames.
    pub(super) files: Arc<dyn ObjectStore>,
}

/// Connects to the bucket at an address. Nothing is sent yet.
pub(super) fn connect(address: &Address) -> Result<Connections, SharedStoreError> {
    storyreel_providers::install_cryptography();
    let connected = |time| {
        connection(address, time)
            .map_err(|error| SharedStoreError::Address { address: address.shown.clone(), why: error.to_string() })
    };
    Ok(Connections { texts: connected(TEXT_TIME)?, files: connected(FILE_TIME)? })
}

fn connection(address: &Address, time: &str) -> Result<Arc<dyn ObjectStore>, Error> {
    let bucket = address.bucket.as_str();
    let timeout = ClientConfigKey::Timeout;
    Ok(match address.kind {
        AddressKind::Google => {
            let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).with_retry(retries());
            Arc::new(builder.with_config(GoogleConfigKey::Client(timeout), time).build()?)
        }
        AddressKind::Azure => {
            let builder = MicrosoftAzureBuilder::from_env().with_container_name(bucket).with_retry(retries());
            Arc::new(builder.with_config(AzureConfigKey::Client(timeout), time).build()?)
        }
        AddressKind::Aws | AddressKind::Folder => {
            let builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retries());
            Arc::new(builder.with_config(AmazonS3ConfigKey::Client(timeout), time).build()?)
        }
    })
}
