//! Chapter marks of a film, whether or not the storyboard wants them in the film itself.

use storyreel_core::film::Film;
use storyreel_core::timeline::{Chapter, Timeline};

/// The chapters of `timeline`; where it has none, one for every scene, and where there are no scenes, one for every
/// shot.
#[must_use]
pub fn chapters(film: &Film, timeline: &Timeline) -> Vec<Chapter> {
    if !timeline.chapters.is_empty() {
        return timeline.chapters.clone();
    }
    let scenes = scenes(film, timeline);
    if !scenes.is_empty() {
        return scenes;
    }
    let shots = film.shots.iter().zip(&timeline.segments);
    shots.map(|(shot, segment)| Chapter { at: segment.at, title: shot.id.to_string() }).collect()
}

/// A chapter where a scene begins; shots without a scene belong to the scene before. Nothing where no shot has a scene.
pub(super) fn scenes(film: &Film, timeline: &Timeline) -> Vec<Chapter> {
    let mut scenes: Vec<Chapter> = Vec::new();
    for (shot, segment) in film.shots.iter().zip(&timeline.segments) {
        let Some(scene) = &shot.scene else { continue };
        if scenes.last().is_none_or(|last| *last.title != **scene) {
            scenes.push(Chapter { at: segment.at, title: scene.to_string() });
        }
    }
    // Chapters begin with the film; what stands before the first scene has the film's own title.
    if scenes.first().is_some_and(|first| first.at > 0) {
        scenes.insert(0, Chapter { at: 0, title: film.title.clone() });
    }
    scenes
}
