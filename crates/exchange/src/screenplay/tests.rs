use super::*;

/// The pieces of a text, each as a short line.
fn shown(text: &str) -> Vec<String> {
    read(text).elements.iter().map(in_short).collect()
}

fn in_short(element: &Element) -> String {
    let words = match &element.kind {
        ElementKind::Scene { heading, number: None } => format!("scene {heading}"),
        ElementKind::Scene { heading, number: Some(number) } => format!("scene {heading} #{number}"),
        ElementKind::Action(text) => format!("action {text:?}"),
        ElementKind::Dialogue { speaker: Speaker { name, extension, dual }, speech } => {
            let mut said = Vec::new();
            for (line, part) in speech {
                said.push(match part {
                    DialoguePart::Line(text) => format!("{line}:{text}"),
                    DialoguePart::Lyric(text) => format!("{line}:~{text}"),
                    DialoguePart::Manner(text) => format!("{line}:({text})"),
                });
            }
            let extension = extension.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
            let dual = if *dual { " ^" } else { "" };
            format!("{name}{extension}{dual} {}", said.join(" | "))
        }
        ElementKind::Transition(text) => format!("transition {text}"),
        ElementKind::Centered(text) => format!("centered {text:?}"),
        ElementKind::Lyric(text) => format!("lyric {text}"),
        ElementKind::Section { depth, title } => format!("section {depth} {title}"),
        ElementKind::Synopsis(text) => format!("synopsis {text}"),
        ElementKind::Note(text) => format!("note {text:?}"),
        ElementKind::PageBreak => "page break".to_owned(),
    };
    format!("{} {words}", element.line)
}

#[track_caller]
fn is(text: &str, expected: &[&str]) {
    assert_eq!(shown(text), expected, "{text}");
}

#[test]
fn headings_begin_with_their_place_or_a_full_stop() {
    for begin in ["INT.", "EXT", "ext.", "Est.", "INT./EXT.", "INT/EXT", "I/E", "int"] {
        let text = format!("{begin} HOUSE - DAY");
        is(&format!("\n{text}\n\nHe waits."), &[&format!("2 scene {text}"), "4 action \"He waits.\""]);
    }
    is(".SNIPER SCOPE POV #1-A#", &["1 scene SNIPER SCOPE POV #1-A"]);
    is("INT. HOUSE #110A#", &["1 scene INT. HOUSE #110A"]);
    is("INT. HOUSE # 1", &["1 scene INT. HOUSE # 1"]);
    is("...and then", &["1 action \"...and then\""]);
    is("INTERIOR MOTIVES", &["1 action \"INTERIOR MOTIVES\""]);
    is("He says:\nINT. HOUSE", &["1 action \"He says:\\nINT. HOUSE\""]);
}

#[test]
fn names_are_in_capitals_above_words_or_forced() {
    is("STEEL\nThe man's a myth!", &["1 STEEL 2:The man's a myth!"]);
    is("MOM (O. S.)\nLuke!", &["1 MOM (O. S.) 2:Luke!"]);
    is("HANS (on the radio)\nWhat?", &["1 HANS (on the radio) 2:What?"]);
    is("R2D2\nBeep.", &["1 R2D2 2:Beep."]);
    is("MOM (O.S.) (cont'd)\nLuke!", &["1 MOM (O.S.) (cont'd) 2:Luke!"]);
    for action in [
        "MARA (40s) enters the room with a box.",
        "MARA (a box under each arm",
        "MARA enters (again)",
        "THE DOG (old) and THE CAT (young) wait.",
    ] {
        let text = format!("{action}\nShe puts it down.");
        is(&text, &[&format!("1 action {text:?}")]);
    }
    is("23\nNobody.", &["1 action \"23\\nNobody.\""]);
    is("@McCLANE\nYippee.", &["1 McCLANE 2:Yippee."]);
    is("ÉMILE\nOui.", &["1 ÉMILE 2:Oui."]);
    is("SILENCE\n\nHe waits.", &["1 action \"SILENCE\"", "3 action \"He waits.\""]);
    is("!SCANNING THE AISLES...\nWhere is he?", &["1 action \"SCANNING THE AISLES...\\nWhere is he?\""]);
    is(
        "BRICK\nScrew retirement.\n\nSTEEL ^\nScrew retirement.",
        &["1 BRICK 2:Screw retirement.", "4 STEEL ^ 5:Screw retirement."],
    );
    is("林远\n看见灯了。", &["1 action \"林远\\n看见灯了。\""]);
}

#[test]
fn dialogue_goes_on_to_the_next_empty_line() {
    is(
        "STEEL\n(starting the engine)\nSo much for\nretirement!\n(beat)\n~La la\nWhat?\n\nHe drives.",
        &[
            "1 STEEL 2:(starting the engine) | 3:So much for retirement! | 5:(beat) | 6:~La la | 7:What?",
            "9 action \"He drives.\"",
        ],
    );
    // Two spaces keep the pause within.
    is("DEALER\nTen.\n  \nMonkey.", &["1 DEALER 2:Ten. Monkey."]);
    is("DEALER\nTen.\n \nMonkey.", &["1 DEALER 2:Ten.", "4 action \"Monkey.\""]);
}

#[test]
fn transitions_stand_alone_in_capitals_or_are_forced() {
    is("He waits.\n\nCUT TO:\n\nINT. CAR", &["1 action \"He waits.\"", "3 transition CUT TO:", "5 scene INT. CAR"]);
    is("> Burn to White.", &["1 transition Burn to White."]);
    is("Cut to:", &["1 action \"Cut to:\""]);
    is("FADE IN:\n\nHe waits.", &["1 action \"FADE IN:\"", "3 action \"He waits.\""]);
    is("> THE END <", &["1 centered \"THE END\""]);
    is(">one<\n> two <", &["1 centered \"one\\ntwo\""]);
    is("~Willy Wonka!", &["1 lyric Willy Wonka!"]);
    is("===", &["1 page break"]);
    is("= He meets her.\n# Act\n### Scene", &["1 synopsis He meets her.", "2 section 1 Act", "3 section 3 Scene"]);
    is(">", &["1 transition "]);
    is("><", &["1 centered \"\""]);
}

#[test]
fn boneyards_and_notes_are_taken_out_and_lines_keep_their_numbers() {
    is("One /* two */ three.", &["1 action \"One  three.\""]);
    is("One.\n/*\nINT. X\n\nY\n*/\nTwo.", &["1 action \"One.\\nTwo.\""]);
    is("One.\n\n/* x */\n\nTwo.", &["1 action \"One.\"", "5 action \"Two.\""]);
    is("One /* two.", &["1 action \"One /* two.\""]);
    is("He [[why?]] waits.", &["1 action \"He  waits.\"", "1 note \"why?\""]);
    is("[[one\ntwo]]\n\nHe waits.", &["1 note \"one\\ntwo\"", "4 action \"He waits.\""]);
    is("[[one\n\ntwo]]", &["1 action \"[[one\"", "3 action \"two]]\""]);
    is("[[one\n  \ntwo]]", &["1 note \"one\\n  \\ntwo\""]);
    is("MARA [[sad]]\nNo.", &["1 MARA 2:No.", "1 note \"sad\""]);
    is("a\r\n\r\nb\rc", &["1 action \"a\"", "3 action \"b\\nc\""]);
}

#[test]
fn the_title_page_comes_first_and_ends_with_an_empty_line() {
    let text = "Title:\n    _**BRICK & STEEL**_\n\t_**FULL RETIRED**_\nCredit: Written by\nAuthor: Stu\nMy key: x\n\n\
                He waits.";
    let expected = [
        ("title", "_**BRICK & STEEL**_\n_**FULL RETIRED**_"),
        ("credit", "Written by"),
        ("author", "Stu"),
        ("my key", "x"),
    ];
    let page = read(text).title_page;
    let page: Vec<(&str, &str)> = page.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(page, expected);
    for none in ["FADE IN:\n\nHe waits.", "He waits.\n\nTitle: x", "Cut to:\n\nX", "A long sentence with: a colon", ""]
    {
        assert_eq!(read(none).title_page, [], "{none}");
    }
    is("Title: A\n\nHe waits.", &["3 action \"He waits.\""]);
}

#[test]
fn emphasis_goes_and_signs_stay() {
    for (text, expected) in [
        ("*one* **two** ***three*** _four_", "one two three four"),
        ("**_both_** and _*both*_", "both and both"),
        (r"\*not\* \_this\_ \\", r"*not* _this_ \"),
        ("5 * 3 = 15, 2*2", "5 * 3 = 15, 2*2"),
        ("*one\ntwo*", "*one\ntwo*"),
        ("a_b, *a, b*", "a_b, a, b"),
        ("****", "****"),
        ("tail\\", "tail\\"),
    ] {
        assert_eq!(markup::plain(text), expected, "{text}");
    }
}

#[test]
fn lengths_follow_the_words() {
    assert_eq!(length::spoken("One more night — now."), 4 * 400);
    assert_eq!(length::seen("She walks along the pier."), 5 * 2_000 / 6);
    assert_eq!(length::spoken("看见灯了，我们回家。"), 8 * 200);
    assert_eq!([0, 4_001, 9_999, 60_000].map(length::seconds), [4, 5, 10, 15]);
    let pieces = length::sayable(&format!("Short one. {}. {}", "word ".repeat(60).trim(), "家".repeat(200)));
    assert!(pieces.iter().all(|piece| length::spoken(piece) <= 15_000 && !piece.is_empty()), "{pieces:?}");
    assert_eq!(pieces.concat().matches('家').count(), 200);
    assert_eq!(pieces.iter().map(|piece| piece.matches("word").count()).sum::<usize>(), 60);
    assert_eq!(length::sentences("One. Two! \"Three?\" four。五"), ["One.", "Two!", "\"Three?\" four。", "五"]);
}

#[test]
fn people_have_ids_and_are_found_in_action() {
    let mut cast = names::Cast::default();
    for name in ["MARA", "OLD MAN", "DR. O'NEIL", "ÉMILE", "林远", "Mara", "mara!", "3PO", "I"] {
        cast.member(name);
    }
    let members: Vec<_> = cast.members.iter().map(|member| (member.id.as_str(), member.name.as_str())).collect();
    assert_eq!(
        members,
        [
            ("mara", "Mara"),
            ("old-man", "Old Man"),
            ("dr-oneil", "Dr. O'Neil"),
            ("emile", "Émile"),
            ("person", "林远"),
            ("mara-2", "mara!"),
            ("person-3po", "3Po"),
            ("i", "I")
        ]
    );
    for (text, expected) in [
        ("MARA and Mara's OLD MAN.", "@mara and @mara's @old-man."),
        ("maramba, MARAS, MARA-like, x_MARA, mara", "maramba, MARAS, MARA-like, x_MARA, mara"),
        ("Dr. O'Neil writes to a@b.example, @MARA and I.", "@dr-oneil writes to a@@b.example, @@MARA and I."),
        ("{{{MARA}}} {{x}}", "{ { {@mara}}} { {x}}"),
    ] {
        assert_eq!(cast.prompt(text), expected, "{text}");
    }
}

#[test]
fn transitions_become_joins() {
    for (text, kind, exact) in [
        ("CUT TO:", "cut", true),
        ("SMASH CUT TO:", "cut", false),
        ("DISSOLVE TO:", "dissolve", true),
        ("FADE OUT.", "fade-black", true),
        ("Burn to White.", "fade-white", false),
        ("WIPE TO:", "wipe-left", false),
    ] {
        assert_eq!(transition::join(text), Some(transition::ScriptTransition { kind, exact }), "{text}");
    }
    assert_eq!(transition::join("LATER:"), None);
}
