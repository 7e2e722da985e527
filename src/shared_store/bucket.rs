//! What is done with a shared store, wherever it is: few calls, with names below its root.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use storyreel_core::units::Digest;
use tokio::runtime::{Handle, RuntimeFlavor};

use super::address::{Address, AddressKind};
use super::folder::Folder;
#[cfg(feature = "buckets")]
use super::object_bucket::ObjectBucket;
use super::partial_file::PartialFile;
use super::place_error::{CreateAnswer, PlaceError};
use super::{Creation, SharedObject, SharedStoreError};

/// How often a download goes on where its connection ended.
const TRIES: u32 = 6;

/// How much is shown of what a service says, in letters.
const LONGEST_REASON: usize = 400;

/// A bucket or a shared folder.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    place: StorePlace,
    address: Arc<str>,
    /// Where requests run: threads of their own, so that whoever asks may be in a run or not.
    threads: Handle,
}

#[derive(Debug, Clone)]
enum StorePlace {
    Folder(Folder),
    #[cfg(feature = "buckets")]
    Bucket(ObjectBucket),
}

#[cfg_attr(not(feature = "buckets"), expect(clippy::unused_async, reason = "the calls are those of a service"))]
impl Bucket {
    pub(super) fn at(address: &str) -> Result<Self, SharedStoreError> {
        let address = Address::read(address)?;
        let place = match address.kind {
            AddressKind::Folder => StorePlace::Folder(Folder::at(&address)),
            #[cfg(feature = "buckets")]
            _ => StorePlace::Bucket(ObjectBucket::at(&address)?),
            #[cfg(not(feature = "buckets"))]
            _ => {
                let why = "this build knows no buckets; one that does comes from \
                           `cargo install storyreel --features buckets`";
                return Err(SharedStoreError::Address { address: address.shown, why: why.to_owned() });
            }
        };
        let threads = background()
            .map_err(|error| SharedStoreError::Address { address: address.shown.clone(), why: error.to_string() })?;
        Ok(Self { place, address: address.shown.into(), threads })
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Does some work on the bucket and waits for its end. Within a run with several threads, others take over what this
    /// one would have done meanwhile.
    pub(super) fn wait<T, W>(&self, work: impl FnOnce(Self) -> W) -> Result<T, SharedStoreError>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, SharedStoreError>> + Send + 'static,
    {
        let (done, end) = std::sync::mpsc::sync_channel(1);
        let work = work(self.clone());
        self.threads.spawn(async move {
            // Whoever waits for it is there until it ends.
            let _ = done.send(work.await);
        });
        let is_in_run = Handle::try_current().is_ok_and(|run| run.runtime_flavor() == RuntimeFlavor::MultiThread);
        let ended = if is_in_run { tokio::task::block_in_place(|| end.recv()) } else { end.recv() };
        ended.unwrap_or_else(|_| Err(self.fault("use", "", PlaceError::refused(&"a request ended without an answer"))))
    }

    /// Does the same with many things, so many at once. The first fault ends it.
    pub(super) async fn each<I, T, W>(
        &self,
        at_once: usize,
        of: Vec<I>,
        work: impl Fn(Self, I) -> W,
    ) -> Result<Vec<T>, SharedStoreError>
    where
        W: Future<Output = Result<T, SharedStoreError>>,
    {
        stream::iter(of).map(|item| work(self.clone(), item)).buffer_unordered(at_once).try_collect().await
    }

    fn fault(&self, what: &'static str, name: &str, error: PlaceError) -> SharedStoreError {
        let why = match error {
            PlaceError::Local(fault) => return fault,
            PlaceError::NotThere => "it is not there".to_owned(),
            PlaceError::Unfit(why) => why,
            PlaceError::Refused(why) => shown_reason(&why),
        };
        SharedStoreError::Io { what, name: name.to_owned(), address: self.address.to_string(), why }
    }

    /// Creates an object that is not there. Whatever the answer is but "created", the object is read: the answer to a
    /// creation can be lost, and then what is there is ours. The bytes must be unlike those of any other.
    pub(super) async fn create(&self, name: &str, bytes: Vec<u8>) -> Result<Creation, SharedStoreError> {
        let answer = match &self.place {
            StorePlace::Folder(folder) => folder.create(name, &bytes),
            #[cfg(feature = "buckets")]
            StorePlace::Bucket(bucket) => bucket.create(name, bytes.clone()).await,
        };
        let CreateAnswer::Doubt(error) = answer else { return Ok(Creation::Created) };
        match self.read(name).await? {
            Some(found) if found.as_bytes() == bytes => Ok(Creation::Created),
            Some(_) => Ok(Creation::Existed),
            None => Err(self.fault("create", name, error)),
        }
    }

    /// The text of an object; `None` where there is none.
    pub(super) async fn read(&self, name: &str) -> Result<Option<String>, SharedStoreError> {
        let found = match &self.place {
            StorePlace::Folder(folder) => folder.read(name),
            #[cfg(feature = "buckets")]
            StorePlace::Bucket(bucket) => bucket.read(name).await,
        };
        let bytes = found.map_err(|error| self.fault("read", name, error))?;
        // What is no text is no fact and no receipt either, and reads as an empty one.
        Ok(bytes.map(|bytes| String::from_utf8(bytes).unwrap_or_default()))
    }

    /// The size of an object; `None` where there is none.
    pub(super) async fn size(&self, name: &str) -> Result<Option<u64>, SharedStoreError> {
        let found = match &self.place {
            StorePlace::Folder(folder) => folder.size(name),
            #[cfg(feature = "buckets")]
            StorePlace::Bucket(bucket) => bucket.size(name).await,
        };
        found.map_err(|error| self.fault("look at", name, error))
    }

    /// The objects below a folder, in the order of their names.
    pub(super) async fn list(&self, folder: &str) -> Result<Vec<SharedObject>, SharedStoreError> {
        let listed = match &self.place {
            StorePlace::Folder(place) => place.list(folder),
            #[cfg(feature = "buckets")]
            StorePlace::Bucket(bucket) => bucket.list(folder).await,
        };
        let mut objects = listed.map_err(|error| self.fault("list", folder, error))?;
        objects.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(objects)
    }

    /// Removes an object; one that is gone already is no fault.
    pub(super) async fn delete(&self, name: &str) -> Result<(), SharedStoreError> {
        let done = match &self.place {
            StorePlace::Folder(folder) => folder.delete(name),
            #[cfg(feature = "buckets")]
            StorePlace::Bucket(bucket) => bucket.delete(name).await,
        };
        done.map_err(|error| self.fault("remove", name, error))
    }

    /// Puts a file there whose name is the digest of its bytes; gives the bytes sent, 0 where it is there already.
    pub(super) async fn upload(&self, name: &str, file: &Path) -> Result<u64, SharedStoreError> {
        if self.size(name).await?.is_some() {
            return Ok(0);
        }
        let sent = match &self.place {
            StorePlace::Folder(folder) => folder.upload(name, file),
            #[cfg(feature = "buckets")]
            StorePlace::Bucket(bucket) => bucket.upload(name, file).await,
        };
        sent.map_err(|error| self.fault("write", name, error))
    }

    /// Fetches an object into `file`, which may hold its beginning already, and holds its bytes against their digest
    /// while they come. Gives the bytes that came.
    pub(super) async fn download(&self, name: &str, digest: &Digest, file: &Path) -> Result<u64, SharedStoreError> {
        let mut partial = loop {
            let opened = PartialFile::open(file).map_err(|error| SharedStoreError::local("write", file, &error))?;
            match opened {
                Some(partial) => break partial,
                // Whoever is at it may be killed, so that it is taken over.
                None => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        };
        let began = partial.bytes();
        let mut came = self.download_on(name, &mut partial).await?;
        if partial.digest() != *digest && began > 0 {
            // What was there already may have been something else.
            partial.restart()?;
            came += self.download_on(name, &mut partial).await?;
        }
        if partial.digest() == *digest {
            return Ok(came);
        }
        // The next try begins anew.
        std::fs::remove_file(file).map_err(|error| SharedStoreError::local("remove", file, &error))?;
        Err(SharedStoreError::Damaged { name: name.to_owned(), address: self.address.to_string() })
    }

    /// Fetches what is missing of an object, over as many connections as it takes.
    async fn download_on(&self, name: &str, partial: &mut PartialFile) -> Result<u64, SharedStoreError> {
        let began = partial.bytes();
        let mut tries = 0;
        loop {
            let before = partial.bytes();
            let ended = match &self.place {
                StorePlace::Folder(folder) => folder.download(name, partial),
                #[cfg(feature = "buckets")]
                StorePlace::Bucket(bucket) => bucket.download(name, partial).await,
            };
            match ended {
                Ok(()) => return Ok(partial.bytes() - began),
                // What comes on is no reason to give up.
                Err(PlaceError::Refused(_)) if partial.bytes() > before => tries = 0,
                Err(PlaceError::Refused(_)) if tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(100 << tries.min(5))).await;
                }
                Err(error) => {
                    if matches!(error, PlaceError::Unfit(_)) {
                        partial.restart()?;
                    }
                    return Err(self.fault("read", name, error));
                }
            }
        }
    }
}

/// What a service said, in few words. The queries of addresses may be signed, and some services answer a wrong signature
/// with all that was signed, a session's token among it: of a reply in XML the code and the message are enough.
fn shown_reason(why: &str) -> String {
    let element = |name: &str| {
        let (_, rest) = why.split_once(&format!("<{name}>"))?;
        rest.split(['<', '\n']).next()
    };
    let mut shown = match why.split_once('<') {
        Some((before, _)) => before.to_owned(),
        None => why.to_owned(),
    };
    shown.extend(element("Code").map(|code| format!("{code} ")));
    shown.extend(element("Message"));
    let words = shown.split_whitespace().map(|word| match word.find("://") {
        Some(_) => word.split('?').next().unwrap_or_default(),
        None => word,
    });
    let words = words.collect::<Vec<_>>().join(" ");
    let hint = HINTS.iter().find(|(sign, _)| words.contains(sign)).map_or("", |(_, hint)| hint);
    let words: String = words.chars().take(LONGEST_REASON).collect();
    storyreel_core::sanitize::clean(&format!("{hint}{words}"))
}

/// What a message means that does not say it: a word of it, and what to do.
const HINTS: [(&str, &str); 3] = [
    ("169.254.169.254", "the environment holds no key for it, and this machine has no role: "),
    ("metadata.google.internal", "the environment holds no key for it, and this machine has no role: "),
    ("builder error", "its endpoint has no TLS, which AWS_ALLOW_HTTP=true (AZURE_ALLOW_HTTP) allows: "),
];

/// Threads that end with the process.
fn background() -> std::io::Result<Handle> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("shared store".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_signed_is_not_shown() {
        let said = "Error performing PUT https://team.s3.amazonaws.com/x?X-Amz-Signature=SECRET in 2ms - Server returned \
                    non-2xx status code: 403 Forbidden: <?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code>\
                    <Message>The signature does not match.</Message><AWSAccessKeyId>SECRET</AWSAccessKeyId>\
                    <CanonicalRequest>x-amz-security-token:SECRET</CanonicalRequest></Error>";
        let shown = shown_reason(said);
        let words = "https://team.s3.amazonaws.com/x in 2ms - Server returned non-2xx status code: 403 Forbidden: \
                     SignatureDoesNotMatch The signature does not match.";
        assert!(shown.ends_with(words) && !shown.contains("SECRET"), "{shown}");
        let azure = "403: <Error><Code>AuthenticationFailed</Code><Message>Server failed.\nRequestId:1</Message>\
                     <AuthenticationErrorDetail>SECRET</AuthenticationErrorDetail></Error>";
        assert_eq!(shown_reason(azure), "403: AuthenticationFailed Server failed.");
        assert_eq!(shown_reason(&"x".repeat(10_000)).len(), LONGEST_REASON);
        assert_eq!(shown_reason("connection closed"), "connection closed");
        let no_key = shown_reason("Error performing PUT http://169.254.169.254/latest/api/token");
        assert!(no_key.starts_with("the environment holds no key"), "{no_key}");
    }
}
