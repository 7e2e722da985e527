//! Values of the format that are one of a few words. Doc comments here are the descriptions in the JSON Schema.

use crate::keyword::keywords;

keywords! {
    /// The kind of a join.
    pub enum TransitionKind ("a transition") {
        /// The next shot follows at once.
        Cut = "cut",
        /// One picture fades into the next.
        Dissolve = "dissolve",
        /// Through black.
        FadeBlack = "fade-black",
        /// Through white.
        FadeWhite = "fade-white",
        /// The next picture wipes in from the right.
        WipeLeft = "wipe-left",
        /// The next picture wipes in from the left.
        WipeRight = "wipe-right",
        /// The next picture wipes in from below.
        WipeUp = "wipe-up",
        /// The next picture wipes in from above.
        WipeDown = "wipe-down",
        /// The next picture pushes the other out to the left.
        SlideLeft = "slide-left",
        /// The next picture pushes the other out to the right.
        SlideRight = "slide-right",
        /// The next picture pushes the other out at the top.
        SlideUp = "slide-up",
        /// The next picture pushes the other out at the bottom.
        SlideDown = "slide-down",
        /// A wipe to the left with a soft edge.
        SmoothLeft = "smooth-left",
        /// A wipe to the right with a soft edge.
        SmoothRight = "smooth-right",
        /// A wipe upwards with a soft edge.
        SmoothUp = "smooth-up",
        /// A wipe downwards with a soft edge.
        SmoothDown = "smooth-down",
        /// The next picture opens in a growing circle.
        CircleOpen = "circle-open",
        /// The picture closes in a shrinking circle.
        CircleClose = "circle-close",
        /// The next picture sweeps in like a clock hand.
        Radial = "radial",
        /// Through grey.
        FadeGrays = "fade-grays",
        /// Through a blur.
        Blur = "blur",
        /// Through growing squares.
        Pixelize = "pixelize",
        /// Into the picture and on to the next.
        Zoom = "zoom",
    }
}

keywords! {
    /// Where the lines of a card stand.
    pub enum CardAlign ("an alignment") {
        /// They begin at the left.
        Left = "left",
        /// In the middle.
        Center = "center",
        /// They end at the right.
        Right = "right",
    }
}

keywords! {
    /// What happens to the duplicate frame if the shot continues another one.
    pub enum Seam ("a seam") {
        /// The join is measured and what is found is mended: the frame that is seen twice goes, a slow end and a slow
        /// beginning are trimmed by at most 0.15 s on either side where that makes the motion steadier, and a step in
        /// brightness or colour is taken back and faded out over a second.
        Auto = "auto",
        /// Nothing is changed.
        Keep = "keep",
        /// The frames that are seen twice go, and a step in brightness or colour is taken back; nothing is trimmed.
        Drop = "drop",
        /// The same as `auto`.
        Trim = "trim",
    }
}

keywords! {
    /// What is done with a rendered clip that is judged to be bad.
    pub enum OnBad ("a way with bad clips") {
        /// It is kept, with a warning.
        Keep = "keep",
        /// Further takes are ordered, within the limit of the run; the best one is used.
        Retake = "retake",
        /// The shot fails, and nothing that starts on it is ordered.
        Stop = "stop",
    }
}

keywords! {
    /// Where the dialogue is shown.
    pub enum Subtitles ("a way to show subtitles") {
        /// Nowhere.
        None = "none",
        /// In files beside the film, `film.srt` and `film.vtt`: SubRip and WebVTT.
        Sidecar = "sidecar",
        /// As a track in the film, which a viewer can switch off.
        Embed = "embed",
        /// Painted into the picture.
        Burn = "burn",
    }
}

keywords! {
    /// How the film's pictures are coded.
    pub enum Codec ("a codec") {
        /// H.264: plays everywhere.
        H264 = "h264",
        /// HEVC (H.265): smaller, and what some models deliver at their largest sizes.
        Hevc = "hevc",
        /// AV1: smaller still, free of licences, slow to encode.
        Av1 = "av1",
        /// Apple ProRes 422 HQ in a `.mov` file: for editing and grading.
        Prores = "prores",
    }
}

keywords! {
    /// How a picture fills a film of another shape.
    pub enum Fit ("a fit") {
        /// All of it, with black bars.
        Letterbox = "letterbox",
        /// The middle of it, without bars.
        Crop = "crop",
    }
}

keywords! {
    /// What makes a chapter.
    pub enum Chapters ("a kind of chapters") {
        /// No chapters.
        None = "none",
        /// Each scene.
        Scenes = "scenes",
        /// Each shot.
        Shots = "shots",
    }
}
