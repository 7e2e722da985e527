//! Whether what a server sends goes on from the bytes that are here. Computes only.

/// What identifies the bytes behind a link, as far as the server said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Marks {
    /// The whole length in bytes.
    pub(super) total: Option<u64>,
    /// A strong entity tag.
    pub(super) etag: Option<String>,
}

/// The head of a server's answer to a download.
#[derive(Debug, Clone, Default)]
pub(super) struct Head<'a> {
    pub(super) status: u16,
    pub(super) content_length: Option<u64>,
    pub(super) content_range: Option<&'a str>,
    pub(super) etag: Option<&'a str>,
}

/// What to do with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ResumeDecision {
    /// Its body goes on from the bytes that are here.
    Append(Marks),
    /// Its body is the file from the beginning.
    Afresh(Marks),
    /// All bytes are here already.
    Whole,
    /// The bytes here are of no use: drop them and ask for all.
    Drop(&'static str),
    /// The link is not, or no longer, good.
    Refused,
    /// The server cannot answer now.
    Later,
}

impl Marks {
    /// Whether asking for the rest alone makes sense: without a mark nobody could tell that it is the rest of this.
    pub(super) const fn resumable(&self) -> bool {
        self.total.is_some() || self.etag.is_some()
    }

    /// Whether both can be of the same bytes.
    fn agree(&self, other: &Self) -> bool {
        let same_total = self.total.is_none() || other.total.is_none() || self.total == other.total;
        same_total && (self.etag.is_none() || other.etag.is_none() || self.etag == other.etag)
    }
}

/// What to do with an answer, given `have` bytes from earlier answers with `marks`.
pub(super) fn answer(have: u64, marks: &Marks, head: &Head) -> ResumeDecision {
    // A weak tag promises the same meaning, not the same bytes.
    let etag = head.etag.filter(|tag| tag.starts_with('"')).map(str::to_owned);
    match head.status {
        206 => {
            let Some((first, total)) = head.content_range.and_then(range) else {
                return ResumeDecision::Drop("a part without saying which");
            };
            let answered = Marks { total, etag };
            if first != have {
                return ResumeDecision::Drop("another part than was asked for");
            }
            if !marks.agree(&answered) {
                return ResumeDecision::Drop("a part of another file");
            }
            ResumeDecision::Append(Marks {
                total: answered.total.or(marks.total),
                etag: answered.etag.or_else(|| marks.etag.clone()),
            })
        }
        200..=299 => ResumeDecision::Afresh(Marks { total: head.content_length, etag }),
        416 => {
            let total = head.content_range.and_then(|text| text.strip_prefix("bytes */")?.parse().ok());
            if have > 0 && total == Some(have) && marks.total.is_none_or(|known| known == have) {
                ResumeDecision::Whole
            } else {
                ResumeDecision::Drop("no such part")
            }
        }
        401 | 403 | 404 | 410 => ResumeDecision::Refused,
        _ => ResumeDecision::Later,
    }
}

/// First byte and whole length of `bytes 5-9/10`.
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    let (part, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = part.split_once('-')?;
    let first: u64 = first.trim().parse().ok()?;
    let last: u64 = last.trim().parse().ok()?;
    let total = if total == "*" { None } else { Some(total.trim().parse::<u64>().ok()?) };
    (first <= last && total.is_none_or(|total| last < total)).then_some((first, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(total: u64, etag: &str) -> Marks {
        Marks { total: Some(total), etag: Some(etag.to_owned()) }
    }

    fn part<'a>(content_range: &'a str, etag: &'a str) -> Head<'a> {
        Head { status: 206, content_range: Some(content_range), etag: Some(etag), ..Head::default() }
    }

    #[test]
    fn only_the_rest_of_the_same_bytes_is_appended() {
        let known = marks(10, "\"a\"");
        let same = ResumeDecision::Append(known.clone());
        assert_eq!(answer(5, &known, &part("bytes 5-9/10", "\"a\"")), same);
        assert_eq!(answer(5, &known, &part("bytes 5-9/*", "W/\"other\"")), same, "a weak tag says nothing");
        for (head, why) in [
            (part("bytes 4-9/10", "\"a\""), "another part than was asked for"),
            (part("bytes 5-9/11", "\"a\""), "a part of another file"),
            (part("bytes 5-9/10", "\"b\""), "a part of another file"),
            (part("bytes 9-5/10", "\"a\""), "a part without saying which"),
            (part("bytes 5-10/10", "\"a\""), "a part without saying which"),
            (part("5-9/10", "\"a\""), "a part without saying which"),
            (Head { status: 206, ..Head::default() }, "a part without saying which"),
            (Head { status: 416, ..Head::default() }, "no such part"),
            (Head { status: 416, content_range: Some("bytes */9"), ..Head::default() }, "no such part"),
        ] {
            assert_eq!(answer(5, &known, &head), ResumeDecision::Drop(why), "{head:?}");
        }
    }

    #[test]
    fn a_server_that_ignores_the_range_starts_over() {
        let head = Head { status: 200, content_length: Some(10), etag: Some("\"b\""), ..Head::default() };
        assert_eq!(answer(5, &marks(10, "\"a\""), &head), ResumeDecision::Afresh(marks(10, "\"b\"")));
    }

    #[test]
    fn everything_may_be_here_already() {
        let head = Head { status: 416, content_range: Some("bytes */10"), ..Head::default() };
        assert_eq!(answer(10, &marks(10, "\"a\""), &head), ResumeDecision::Whole);
        assert_eq!(answer(0, &Marks::default(), &head), ResumeDecision::Drop("no such part"));
    }

    fn answer_to(status: u16) -> ResumeDecision {
        answer(0, &Marks::default(), &Head { status, ..Head::default() })
    }

    #[test]
    fn other_answers_are_about_the_link_or_the_moment() {
        for status in [401, 403, 404, 410] {
            assert_eq!(answer_to(status), ResumeDecision::Refused);
        }
        for status in [304, 400, 408, 429, 500, 503] {
            assert_eq!(answer_to(status), ResumeDecision::Later);
        }
        assert!(!Marks::default().resumable() && marks(1, "\"a\"").resumable());
    }
}
