//! Bad days on demand: what goes wrong, and at which call.

use std::time::Duration;

use serde_json::Value;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Status 429, with the seconds of `Retry-After` where it says so. Nothing is done.
    RateLimited(Option<u32>),
    /// Status 500 with a code of the service. Nothing is done.
    Server(&'static str),
    /// Status 502 with the page of a gateway. Nothing is done.
    BadGateway,
    /// Status 200 with the service's web page. Nothing is done.
    Page,
    /// This status with an error that is a bare string. Nothing is done.
    ErrorText(u16),
    /// This status and code. Nothing is done.
    Refused(u16, &'static str),
    /// The prompt is refused, or the input that this `param` names, for example `content[1]`. Nothing is done.
    InputModeration(Option<&'static str>),
    /// The connection ends without an answer. Nothing is done.
    DropBefore,
    /// Everything is done, a task is made and billed, but the connection ends without an answer.
    DropAfter,
    /// Everything is done, and the answer is that of a gateway which has waited too long.
    GatewayTimeout,
    /// Everything is done, and the answer comes late.
    Slow(Duration),
    /// Everything is done, and the answer is no JSON.
    Garbage,
    /// Everything is done, and the answer says that it is packed, which it is not.
    FalseGzip,
    /// Everything is done, and the answer is changed by chance: torn, of other types, lacking keys, or something else. The
    /// same number changes the same answer alike.
    Mutated(u64),
    /// Times in milliseconds: in all answers about the task of this submit, or in the answer to this look.
    Milliseconds,
    /// A status that no document has, in the same answers.
    Status(&'static str),
    /// The last frame's address at another place of the same answers, for example `content.last_frame_url`.
    LastFrameAt(&'static str),
    /// The clip's address at another place of the same answers; an empty place leaves it out.
    VideoAt(&'static str),
    /// This value at a place of the same answers, for example `usage.completion_tokens`.
    Says(&'static str, Value),
    /// The list shows no task at all.
    EmptyList,
    /// The same answers in the older shape where the service had one: all inside `data`, words in capitals, the
    /// progress with a percent sign.
    Older,
    /// The task fails with this code.
    Failed(&'static str),
    /// The task fails, and its error is a bare string.
    FailedText,
    /// The task's time runs out.
    Expired,
    /// What the task made is refused by the service's own check.
    OutputModeration,
    /// The task is billed this part of its tokens, in percent.
    Billed(u64),
    /// The clip begins on another picture than the one given.
    OtherPicture,
    /// The clip ends on another picture than the one given.
    OtherEnd,
    /// The clip begins and ends as given, in other colours.
    OtherColours,
    /// The clip is black from its beginning to its end.
    Black,
    /// The task has no last frame to give.
    NoLastFrame,
    /// So many first looks at the task say that there is none.
    NotFoundFirst(u32),
    /// The connection ends after half of the file.
    Truncated,
    /// The file has its length, and its bytes are broken.
    Corrupt,
    /// The file has its length, and the place of its last pictures in its index lies outside of it.
    DamagedIndex,
    /// The file is empty.
    Empty,
    /// `Content-Length` says half of what the file has, so that it ends early and looks whole.
    WrongLength,
    /// The link is refused as one that is past its time.
    ExpiredLink,
}

impl Fault {
    /// Whether it keeps the request from being carried out.
    pub(super) fn refuses(&self) -> bool {
        use Fault::{
            BadGateway, DropBefore, ErrorText, ExpiredLink, InputModeration, Page, RateLimited, Refused, Server,
        };
        matches!(
            self,
            RateLimited(_)
                | Server(_)
                | BadGateway
                | Page
                | ErrorText(_)
                | Refused(..)
                | InputModeration(_)
                | DropBefore
                | ExpiredLink
        )
    }

    /// Whether it is about one answer and not about a task.
    pub(super) fn is_of_the_answer(&self) -> bool {
        use Fault::{
            Corrupt, DamagedIndex, DropAfter, Empty, EmptyList, FalseGzip, Garbage, GatewayTimeout, Mutated, Slow,
            Truncated, WrongLength,
        };
        matches!(
            self,
            DropAfter
                | GatewayTimeout
                | Slow(_)
                | Garbage
                | FalseGzip
                | Truncated
                | Corrupt
                | DamagedIndex
                | Empty
                | EmptyList
                | Mutated(_)
                | WrongLength
        )
    }

    /// Whether it shapes answers about a task and leaves the task as it is.
    pub(super) fn is_of_the_shape(&self) -> bool {
        use Fault::{LastFrameAt, Milliseconds, Older, Says, Status, VideoAt};
        matches!(self, Milliseconds | Status(_) | LastFrameAt(_) | VideoAt(_) | Older | Says(..))
    }
}

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// The order of a clip.
    Submit,
    /// A look at a task.
    Poll,
    /// The download of a clip, by its link or through the service.
    Clip,
    /// The download of a last frame.
    Frame,
    /// The list of tasks.
    List,
    /// The end of a task before its time.
    Cancel,
    /// An upload.
    Upload,
}

/// Which of these calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    /// The nth, from 1.
    Nth(u32),
    /// The first so many.
    First(u32),
    /// All.
    Every,
    /// Each with this chance in 100, drawn from numbers that begin at `seed`.
    Chance {
        /// 0 to 100.
        percent: u8,
        /// Any number: the same one draws the same calls.
        seed: u64,
    },
}

/// Faults in their order, and how many calls there were.
#[derive(Debug, Default)]
pub(super) struct Script {
    rules: Vec<Rule>,
    /// Faults so far.
    pub(super) struck: usize,
}

#[derive(Debug)]
struct Rule {
    call: Call,
    pick: Pick,
    fault: Fault,
    seen: u32,
    random: u64,
}

impl Script {
    /// With these faults; they count all services' calls together, from the moment they are added.
    pub(super) fn new(faults: Vec<(Call, Pick, Fault)>) -> Self {
        let mut script = Self::default();
        faults.into_iter().for_each(|(call, pick, fault)| script.add(call, pick, fault));
        script
    }

    /// One more.
    pub(super) fn add(&mut self, call: Call, pick: Pick, fault: Fault) {
        let random = if let Pick::Chance { seed, .. } = pick { seed } else { 0 };
        self.rules.push(Rule { call, pick, fault, seen: 0, random });
    }

    /// Counts a call, and gives what goes wrong with it.
    pub(super) fn on(&mut self, call: Call) -> Vec<Fault> {
        let rules = self.rules.iter_mut().filter(|rule| rule.call == call);
        let faults: Vec<Fault> = rules.filter_map(|rule| rule.hits().then(|| rule.fault.clone())).collect();
        self.struck += faults.len();
        faults
    }
}

impl Rule {
    fn hits(&mut self) -> bool {
        self.seen += 1;
        match self.pick {
            Pick::Nth(n) => self.seen == n,
            Pick::First(n) => self.seen <= n,
            Pick::Every => true,
            Pick::Chance { percent, .. } => draw(&mut self.random) % 100 < u64::from(percent),
        }
    }
}

/// The next number of `SplitMix64`.
pub(super) fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
