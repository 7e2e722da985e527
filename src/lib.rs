//! storyreel turns a YAML storyboard into a finished film.
//!
//! # The words, one meaning each
//!
//! A *storyboard* is the text. A *film* is that text resolved: every default applied, every name looked up. A *shot* is
//! one piece of it, *made* of a prompt, a card, a still or footage. The *inventory* is what stands on disk under the
//! paths that a storyboard names. A *problem* is something wrong with the text, with its places and what to do. A *link*
//! says that a shot needs a frame or the clip of another, and why; all links are the *graph*.
//!
//! A *recipe* is everything that decides the picture of a shot, in canonical form; its digest is the shot's identity. A
//! *take* is a deliberate re-roll and part of the recipe. The *plan* says for every shot what will be done and why. A
//! *provider* renders prompts; the *animatic* is the one built in. A *clip* is what came back; its *facts* are measured,
//! never assumed. The *store* holds clips, frames and recipes by digest; a *receipt* there says which recipe gave which
//! clip. A profile and variables make another film of the same storyboard, with a *film name* of its own. The *lock* beside
//! the storyboard has that name, and says which clip every shot of the film is made of.
//!
//! An *attempt* is one try to have a recipe rendered for money; a *record* in the *journal* of a run is a fact about it,
//! and the fold of all its records is its *state*. A *token* is the one right to submit an attempt.
//!
//! The *timeline* lays clips in time. A *join* is what stands between two shots; a *seam* is the join where one shot
//! continues another. The *studio* paints and encodes pictures. An *event* is all that a run says; a *report* is how
//! events are shown.
//!
//! # The layers
//!
//! A module may import from rows above its own, and within its row as the arrows say; `tests/architecture.rs` holds the
//! exact table. Rows 0 to 3 are the core: no files, environment, network, processes, clock or printing.
//!
//! | row | modules | what they are |
//! | --- | --- | --- |
//! | 0 | `text`, `units`, `money`, `word`, `legible`, `content` | places, quantities, amounts, closed sets of words, text fit to be shown, what files are |
//! | 1 | `mp4`, `catalog`, `service` → `catalog`, `storyboard` → `catalog`, `clip`, `timeline` → `mp4`, `storyboard` and `clip`, `lock` → `clip`, `job` → `service` and `catalog`, `screenplay` | data and its formats |
//! | 2 | `film`, `graph` → `film`, `spend`, `budget` | the resolved film and what its shots need of each other; who may pay, and how much |
//! | 3 | `recipe`, `plan` → `recipe`, `gc`, `event`, `exchange`, `review` → `plan` and `event` | what will be done, what is said of it, and the film for other tools and to look at |
//! | 4 | `store`, `journal` → `store`, `inventory` → `store`, `media`, `picture` | one effect each: clips, records, files, ffmpeg, painting |
//! | 5 | `studio` | painting into encoded clips |
//! | 6 | `provider` | who renders |
//! | 7 | `engine`, `report` | running a plan; showing events. They do not know each other |
//! | 8 | `cli` | the command line. Nothing imports it |

pub mod animatic;
pub mod cli;
pub mod engine;
pub mod inventory;
pub mod journal;
pub mod progress;
pub mod report;
pub mod store;
