//! Brings a file that is paid for, whatever it takes: a broken download goes on where it broke, a link that has died is
//! renewed, and what arrives is believed only by its bytes.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_RANGE, RANGE};
use reqwest::{RequestBuilder, Response, Url};
use storyreel_core::provider::reply::{Charged, Delivery, ErrorKind, ProviderError, Retry, TaskState};
use storyreel_core::sanitize::{chain, count};

use super::address;
use super::part::{Flaw, PartFile};
use super::pause::growing;
use super::poll::poll;
use super::resume::{Head, Marks, ResumeDecision, answer};
use super::transport::{Connection, Purpose, seconds_now};
use super::{FetchProgress, Ticket};

/// Tries without getting further.
const TRIES: u32 = 6;

/// What counts as getting further, in bytes beyond all that ever was here: a server that breaks after every byte is
/// not served for ever.
const FURTHER: u64 = 1 << 20;

/// Redirects in a row that are followed.
const REDIRECTS: usize = 5;

/// Polls for a fresh link in one download.
const RENEWALS: u32 = 2;

/// What every error of a download says.
const KEPT: &str = "it is paid for and nothing is lost: it can be fetched again";

/// What is brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WantedFile {
    Clip,
    LastFrame,
}

impl WantedFile {
    /// How its media type begins.
    const fn kind(self) -> &'static str {
        match self {
            Self::Clip => "video/",
            Self::LastFrame => "image/",
        }
    }

    /// The most bytes: 2 GiB for a clip (30 s at 1080p have some 60 MB), 30 MB for a picture (what services take).
    const fn largest(self) -> u64 {
        match self {
            Self::Clip => 2 << 30,
            Self::LastFrame => 30_000_000,
        }
    }

    fn link(self, delivery: &Delivery) -> Option<Url> {
        let text = match self {
            Self::Clip => delivery.video.as_deref(),
            Self::LastFrame => delivery.last_frame.as_deref(),
        };
        text.and_then(address::link)
    }
}

/// Where the bytes are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum DownloadSource {
    Link(Url),
    /// Through the service itself, with the key.
    Content,
}

/// Why a try ended without the file.
enum Fault {
    /// The link is not good.
    Refused(String),
    /// Something else came.
    Wrong(String),
    /// The connection broke, or the server cannot answer now.
    Broken(String),
    /// No further try would help.
    Final(ProviderError),
}

/// A download.
pub(super) struct Download<'a> {
    pub(super) wire: &'a Connection,
    pub(super) ticket: &'a Ticket,
    pub(super) wanted: WantedFile,
    pub(super) progress: &'a (dyn Fn(FetchProgress<'_>) + Send + Sync),
}

impl Download<'_> {
    /// Brings the file; `into` appears only when it is whole.
    pub(super) async fn run(&self, delivery: &Delivery, into: &Path) -> Result<(), ProviderError> {
        let mut part = PartFile::of(into).await.map_err(|error| self.unwritable(into, &error))?;
        let mut renewals = 0;
        let mut tries = 0;
        let mut mark = 0;
        let mut source = match self.wanted.link(delivery) {
            Some(url) => DownloadSource::Link(url),
            None => self.next(None, &mut renewals).await.ok_or_else(|| self.lost(delivery, 0, "there is no link"))?,
        };
        loop {
            let fault = match self.attempt(&source, &mut part, into).await {
                Ok(()) => return part.keep(into).await.map_err(|error| self.unwritable(into, &error)),
                Err(fault) => fault,
            };
            tries = if part.furthest >= mark + FURTHER { 1 } else { tries + 1 };
            mark = if tries == 1 { part.furthest } else { mark };
            let why = match fault {
                Fault::Final(error) => return Err(error),
                Fault::Refused(why) | Fault::Broken(why) | Fault::Wrong(why) if tries >= TRIES => {
                    return Err(self.lost(delivery, tries, &why));
                }
                fault => fault,
            };
            // A page in place of a clip may be gone in a minute, and a refused link stays refused.
            let (Fault::Refused(reason) | Fault::Wrong(reason) | Fault::Broken(reason)) = &why else { continue };
            if !matches!(why, Fault::Broken(_)) {
                match self.next(Some(&source), &mut renewals).await {
                    Some(other) => source = other,
                    None if matches!(why, Fault::Refused(_)) => return Err(self.lost(delivery, tries, reason)),
                    None => {}
                }
            }
            let pause = growing(self.wire.limits.pause, tries);
            (self.progress)(FetchProgress::Waits { pause, reason });
            tokio::time::sleep(pause).await;
        }
    }

    /// Another place to ask: a link renewed by looking at the task, then the service itself.
    async fn next(&self, source: Option<&DownloadSource>, renewals: &mut u32) -> Option<DownloadSource> {
        if *renewals < RENEWALS && source != Some(&DownloadSource::Content) {
            *renewals += 1;
            if let Ok(TaskState::Done(delivery)) = poll(self.wire, self.ticket).await {
                let fresh = self.wanted.link(&delivery).map(DownloadSource::Link);
                if fresh.is_some() && fresh.as_ref() != source {
                    return fresh;
                }
            }
        }
        let content = self.wanted == WantedFile::Clip && self.wire.dialect.content(&self.ticket.0).is_some();
        (content && source != Some(&DownloadSource::Content)).then_some(DownloadSource::Content)
    }

    /// One connection's worth.
    async fn attempt(&self, source: &DownloadSource, part: &mut PartFile, into: &Path) -> Result<(), Fault> {
        if part.have > 0 && !part.marks.resumable() {
            part.restart(Marks::default()).await.map_err(|error| self.cannot_write(into, &error))?;
        }
        let response = self.open(source, part).await?;
        let headers = response.headers();
        let head = Head {
            status: response.status().as_u16(),
            content_length: response.content_length(),
            content_range: header_text(headers, &CONTENT_RANGE),
            etag: header_text(headers, &ETAG),
        };
        match answer(part.have, &part.marks, &head) {
            ResumeDecision::Append(marks) => part.marks = marks,
            ResumeDecision::Afresh(marks) => {
                part.restart(marks).await.map_err(|error| self.cannot_write(into, &error))?;
            }
            ResumeDecision::Whole => return self.checked(part, into).await,
            ResumeDecision::Drop(why) => {
                part.restart(Marks::default()).await.map_err(|error| self.cannot_write(into, &error))?;
                return Err(Fault::Broken(format!("the server sent {why}")));
            }
            ResumeDecision::Refused => return Err(Fault::Refused(format!("its link returned {}", head.status))),
            ResumeDecision::Later => return Err(Fault::Broken(format!("its link returned {}", head.status))),
        }
        self.receive(response, part, into).await?;
        if part.marks.total.is_some_and(|total| total != part.have) {
            return Err(Fault::Broken(format!("the connection ended after {} bytes", part.have)));
        }
        self.checked(part, into).await
    }

    async fn receive(&self, mut response: Response, part: &mut PartFile, into: &Path) -> Result<(), Fault> {
        (self.progress)(FetchProgress::Bytes { so_far: part.have, all: part.marks.total });
        loop {
            let largest = self.wanted.largest();
            if part.have.max(part.marks.total.unwrap_or(0)) > largest {
                return Err(Fault::Refused(format!("the file is larger than {} MB", largest / 1_000_000)));
            }
            match tokio::time::timeout(self.wire.limits.stall, response.chunk()).await {
                Ok(Ok(Some(bytes))) => {
                    part.append(&bytes).await.map_err(|error| self.cannot_write(into, &error))?;
                    (self.progress)(FetchProgress::Bytes { so_far: part.have, all: part.marks.total });
                }
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(error)) => return Err(Fault::Broken(chain(&error.without_url()))),
                Err(_) => return Err(self.stalled()),
            }
        }
    }

    /// Whether what is here is what was wanted; what is not is dropped.
    async fn checked(&self, part: &mut PartFile, into: &Path) -> Result<(), Fault> {
        let Some(flaw) = part.flaw(self.wanted.kind()).await.map_err(|error| self.cannot_write(into, &error))? else {
            return Ok(());
        };
        part.restart(Marks::default()).await.map_err(|error| self.cannot_write(into, &error))?;
        Err(match flaw {
            Flaw::Other(what) => Fault::Wrong(what),
            Flaw::Torn(what) => Fault::Broken(what),
        })
    }

    /// Asks, and follows redirects: the first step alone may carry the key, and only to the service.
    async fn open(&self, source: &DownloadSource, part: &PartFile) -> Result<Response, Fault> {
        let wire = self.wire;
        let mut request = match source {
            DownloadSource::Link(url) => wire.links(url).map_err(Fault::Final)?.get(url.clone()),
            DownloadSource::Content => {
                let request = wire.dialect.content(&self.ticket.0);
                let request = request.ok_or_else(|| Fault::Refused("the service has no other way to it".to_owned()))?;
                // The clock of a query is too short for a clip: this one is stopped when it stalls.
                let request = wire.request(Purpose::Query, &request).map_err(Fault::Final)?;
                request.timeout(Duration::from_hours(24))
            }
        };
        for _ in 0..=REDIRECTS {
            let request_here = with_range(request, part);
            let response = tokio::time::timeout(wire.limits.stall, request_here.send()).await;
            let response = response.map_err(|_| self.stalled())?;
            let response = response.map_err(|error| Fault::Broken(chain(&error.without_url())))?;
            if !response.status().is_redirection() || response.status().as_u16() == 304 {
                return Ok(response);
            }
            let target = address::target(response.url(), response.headers());
            let target = target.ok_or_else(|| Fault::Refused("its link leads to an unsafe address".to_owned()))?;
            request = wire.links(&target).map_err(Fault::Final)?.get(target);
        }
        Err(Fault::Refused(format!("its link has more than {REDIRECTS} redirects")))
    }

    fn stalled(&self) -> Fault {
        Fault::Broken(format!("no data for {} s", self.wire.limits.stall.as_secs()))
    }

    fn cannot_write(&self, into: &Path, error: &std::io::Error) -> Fault {
        Fault::Final(self.unwritable(into, error))
    }

    fn unwritable(&self, into: &Path, error: &std::io::Error) -> ProviderError {
        let message = format!("cannot write `{}`: {error}; {}", into.display(), KEPT);
        self.wire.error(ErrorKind::Here, Retry::Never, Charged::Yes(None), message)
    }

    /// The error when nothing helped. Only the bringing has failed.
    fn lost(&self, delivery: &Delivery, tries: u32, why: &str) -> ProviderError {
        let tried = if tries > 1 { format!(" after {}", count(tries as usize, "try")) } else { String::new() };
        let hours = u64::from(self.wire.provider.link_hours);
        let left = delivery.updated_at.map(|at| (at + hours * 3600).saturating_sub(seconds_now()) / 3600);
        let link = match left {
            Some(0) => "its link has expired or is about to".to_owned(),
            Some(left) => format!("its link lasts about {}", count(left as usize, "more hour")),
            None => format!("its link lasts {} from the end of the task", count(hours as usize, "hour")),
        };
        let message = format!(
            "the clip of task `{}` could not be downloaded{tried}: {why}; {}, {link} and can be renewed for {}",
            self.ticket.0,
            KEPT,
            count(self.wire.provider.task_days as usize, "day"),
        );
        self.wire.error(ErrorKind::Download, Retry::Never, Charged::Yes(None), message)
    }
}

/// Asks for the rest alone, should there be a beginning.
fn with_range(request: RequestBuilder, part: &PartFile) -> RequestBuilder {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if part.have > 0
        && let Ok(range) = HeaderValue::from_str(&format!("bytes={}-", part.have))
    {
        headers.insert(RANGE, range);
        if let Some(tag) = part.marks.etag.as_ref().and_then(|tag| HeaderValue::from_str(tag).ok()) {
            headers.insert(IF_RANGE, tag);
        }
    }
    request.headers(headers)
}

fn header_text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
