//! What was judged rightly and wrongly.

use storyreel::progress::table;
use storyreel_quality::{ClipScore, FaultKind};

use storyreel_made_clips::{Half, MadeClip};

/// Counts of one kind of fault in one half of the clips.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    /// Clips with this fault that were told to have it.
    found: usize,
    /// Clips with this fault.
    faulty: usize,
    /// Clips without it that were told to have it.
    wrongly: usize,
    /// Clips without it.
    fine: usize,
}

/// How often the judge is right.
pub(super) struct Confusion {
    counts: [[Counts; 10]; 2],
    /// Clips of the second half that are told to have a fault which they have not, or none where they have one.
    wrong: [usize; 2],
    clips: [usize; 2],
    /// What was judged wrongly, a line each.
    mistakes: Vec<String>,
}

/// The part of the clips that may be judged wrongly.
const MOST_WRONG: f32 = 0.1;

impl Confusion {
    /// Compares what was found with what is there.
    pub(super) fn of(judged: &[(MadeClip, ClipScore)]) -> Self {
        let mut confusion =
            Self { counts: [[Counts::default(); 10]; 2], wrong: [0; 2], clips: [0; 2], mistakes: Vec::new() };
        for (clip, score) in judged {
            confusion.add(clip, score);
        }
        confusion
    }

    fn add(&mut self, clip: &MadeClip, score: &ClipScore) {
        let half = usize::from(clip.half == Half::Told);
        let mut is_wrong = false;
        for (place, kind) in FaultKind::ALL.into_iter().enumerate() {
            let counts = &mut self.counts[half][place];
            let is_found = score.faults.iter().any(|fault| fault.kind == kind);
            if clip.fault == Some(kind) {
                counts.faulty += 1;
                counts.found += usize::from(is_found);
                is_wrong |= !is_found;
            } else {
                let is_false = is_found && !clip.fault.is_some_and(|fault| brings(fault, kind));
                counts.fine += 1;
                counts.wrongly += usize::from(is_false);
                is_wrong |= is_false;
            }
        }
        self.clips[half] += 1;
        if is_wrong {
            self.wrong[half] += 1;
            let fault = clip.fault.map_or("no fault", FaultKind::name);
            self.mistakes.push(format!("{:?}: {}, {:?} ({fault}): {score}", clip.half, clip.name, clip.subject));
        }
    }

    /// Prints the table and the mistakes. Returns whether few enough clips of the second half are judged wrongly.
    #[expect(clippy::print_stdout, reason = "a bench reports on standard output")]
    pub(super) fn print(&self) -> bool {
        let mut cells = Vec::new();
        for (place, kind) in FaultKind::ALL.into_iter().enumerate() {
            let [set, told] = [0, 1].map(|half| self.counts[half][place]);
            let found = |counts: Counts| format!("{} of {}", counts.found, counts.faulty);
            let wrongly = |counts: Counts| format!("{} of {}", counts.wrongly, counts.fine);
            cells.push(vec![kind.name().to_owned(), found(set), wrongly(set), found(told), wrongly(told)]);
        }
        let heads = ["fault", "found (set)", "false (set)", "found (told)", "false (told)"];
        println!("\njudge: made clips; thresholds were set on the first half, errors count on the second\n");
        println!("{}", table::render(&heads, &cells, &[1, 2, 3, 4], 120));
        for (half, name) in ["set", "told"].into_iter().enumerate() {
            println!("{name}: {} of {} clips judged wrongly", self.wrong[half], self.clips[half]);
        }
        for mistake in &self.mistakes {
            println!("  {mistake}");
        }
        self.wrong[1] as f32 <= MOST_WRONG * self.clips[1] as f32
    }
}

/// Whether a fault brings another with it: what is softer, or has bars, is unlike the head of its chain, too.
fn brings(fault: FaultKind, other: FaultKind) -> bool {
    use FaultKind::{Bars, Blur, ColourDrift, StructureDrift};
    matches!((fault, other), (Blur | Bars | ColourDrift, StructureDrift) | (Bars | StructureDrift, ColourDrift))
}
