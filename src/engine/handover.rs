//! Where services still keep the originals of frames and clips that they made: while an address lives, the same service
//! takes the original instead of a copy of its bytes. Services trust their own originals, faces in them included.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use storyreel_core::provider::Provider;
use storyreel_core::provider::reply::Delivery;
use storyreel_core::units::Digest;

/// An address is handed on only while it lives this much longer: the next task may wait in a queue.
const MARGIN: Duration = Duration::from_hours(2);

/// Addresses of originals by service and by the digest of their bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Originals(Arc<RwLock<HashMap<(&'static str, Digest), Original>>>);

#[derive(Debug, Clone)]
struct Original {
    address: String,
    until: SystemTime,
}

impl Originals {
    /// Notes where the originals of a clip and of its last frame are.
    pub(super) fn note(
        &self,
        provider: &'static Provider,
        delivery: &Delivery,
        clip: Digest,
        last_frame: Option<Digest>,
    ) {
        // Without a time of the service's own, its addresses are record to be as old as this moment.
        let since = delivery.updated_at.map_or_else(SystemTime::now, |at| UNIX_EPOCH + Duration::from_secs(at));
        let until = since + Duration::from_hours(u64::from(provider.link_hours));
        let mut known = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let found = [(delivery.video.as_ref(), Some(clip)), (delivery.last_frame.as_ref(), last_frame)];
        for (address, digest) in found {
            if let (Some(address), Some(digest)) = (address, digest) {
                known.insert((provider.id, digest), Original { address: address.clone(), until });
            }
        }
    }

    /// The address at which `provider` still has the original of these bytes.
    pub(super) fn address(&self, provider: &'static str, digest: &Digest) -> Option<String> {
        let known = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let original = known.get(&(provider, *digest))?;
        (SystemTime::now() + MARGIN < original.until).then(|| original.address.clone())
    }
}

#[cfg(test)]
mod tests {
    use storyreel_core::provider::BUILT_IN;

    use super::*;

    fn delivered_at(updated_at: u64) -> Delivery {
        Delivery {
            video: Some("https://x/v".to_owned()),
            last_frame: Some("https://x/f".to_owned()),
            updated_at: Some(updated_at),
            ..Delivery::default()
        }
    }

    #[test]
    fn an_address_is_given_while_it_lives_to_the_same_service_alone() {
        let originals = Originals::default();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let clip = Digest::of(b"clip");
        let frame = Digest::of(b"frame");
        originals.note(&BUILT_IN, &delivered_at(now), clip, Some(frame));
        assert_eq!(originals.address(BUILT_IN.id, &frame).as_deref(), Some("https://x/f"));
        assert_eq!(originals.address("ark", &frame), None);
        originals.note(&BUILT_IN, &delivered_at(now - 23 * 3600), clip, None);
        assert_eq!(originals.address(BUILT_IN.id, &clip), None, "an hour is too short");
    }
}
