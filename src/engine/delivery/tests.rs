use storyreel_core::catalog::UnitPrice;
use storyreel_core::clip::{AudioFacts, StreamParameters, VideoFacts};
use storyreel_core::money::Currency;
use storyreel_core::units::Rate;

use super::*;

fn facts(size: (u32, u32), frames: u64, rate: Rate, sound: bool) -> ClipFacts {
    let video = VideoFacts {
        codec: "h264".to_owned(),
        size: Size::new(size.0, size.1),
        pixels: "yuv420p".to_owned(),
        rate,
        frames,
        parameters: StreamParameters::default(),
    };
    let audio = sound.then(|| AudioFacts { codec: "aac".to_owned(), sample_rate: 48_000, channels: 2 });
    ClipFacts { video, audio, bytes: 1 }
}

fn asked(audio: bool) -> ExpectedClip {
    ExpectedClip {
        size: Size::new(1280, 720),
        rate: Some(Rate::FILM),
        seconds: Some(5),
        audio,
        sound_switch: true,
        looks_at_video: false,
    }
}

#[test]
fn what_came_is_held_against_what_was_asked_and_billed() {
    let rate = Rate::FILM;
    let five = facts((1280, 720), 121, rate, true);
    assert_eq!(asked(true).differences(&five, Some(108_900)), Vec::<String>::new());
    assert_eq!(asked(true).differences(&five, None), Vec::<String>::new());
    let thirty = Rate { num: 30, den: 1 };
    let fast = facts((1280, 720), 150, thirty, true);
    assert_eq!(asked(true).differences(&fast, Some(108_900)), ["30 frames a second instead of 24"]);
    let any_rate = ExpectedClip { rate: None, ..asked(true) };
    assert_eq!(any_rate.differences(&fast, Some(108_900)), Vec::<String>::new());
    let short = facts((1280, 720), 97, rate, false);
    let found = asked(true).differences(&short, Some(108_900));
    assert_eq!(
        found,
        ["4.041 s instead of 5 s", "it has no sound", "108900 tokens billed, but a clip like this counts 87300"]
    );
    assert_eq!(asked(false).differences(&five, None), ["it has sound"]);
    let other = asked(true).differences(&facts((864, 496), 121, rate, true), Some(50_638));
    assert_eq!(other, ["864x496 pixels instead of 1280x720"]);
    let fitted = ExpectedClip { looks_at_video: true, ..asked(true) };
    assert_eq!(fitted.differences(&five, Some(216_000)), Vec::<String>::new());
}

fn intent(price: Option<&str>) -> Intent {
    Intent {
        shot: "lamp".parse().expect("a shot id"),
        provider: "byteplus".to_owned(),
        model: "m".to_owned(),
        marker: String::new(),
        estimate: Some(Money::new(762_300, Currency::USD)),
        tokens: Some(108_900),
        price: price.and_then(|price| UnitPrice::from_text(price, "2026-10-02".to_owned())),
        first_frame: None,
        last_frame: None,
        hands_on: false,
        speaks: false,
        head: None,
        from_lock: false,
        run: "r".parse().expect("a name"),
    }
}

fn billed(tokens: Option<u64>) -> Delivery {
    Delivery { tokens, ..Delivery::default() }
}

/// What a clip cost, in millionths.
fn paid(intent: &Intent, facts: &ClipFacts, delivery: &Delivery) -> Option<u64> {
    let ordered = OrderedClip { intent, sound: false, asked: None };
    ordered.paid(delivery, facts).map(|paid| paid.micros)
}

#[test]
fn a_bill_is_what_the_service_says_where_that_can_be_true() {
    let five = facts((1280, 720), 121, Rate::FILM, true);
    let by_tokens = intent(Some("7.00 USD/million_tokens"));
    let by_seconds = intent(Some("0.152460 USD/second"));
    let older = intent(None);
    assert_eq!(paid(&by_tokens, &five, &billed(Some(100_000))), Some(700_000));
    let charged = Some(Money::new(5, Currency::USD));
    assert_eq!(paid(&by_tokens, &five, &Delivery { charged, ..billed(Some(100_000)) }), Some(5));
    assert_eq!(paid(&by_tokens, &five, &billed(None)), Some(762_300), "the length was ordered");
    assert_eq!(paid(&by_seconds, &five, &billed(Some(9))), Some(762_300), "tokens are not what it charges for");
    assert_eq!(paid(&older, &five, &billed(Some(108_900))), Some(762_300), "as many as expected");
    assert_eq!(paid(&older, &five, &billed(Some(9))), None);
    for tokens in [1 << 63, u64::MAX, 108_900 * 101] {
        assert_eq!(paid(&by_tokens, &five, &billed(Some(tokens))), None, "{tokens} is no bill");
        assert_eq!(paid(&by_seconds, &five, &billed(Some(tokens))), Some(762_300), "seconds are billed");
        let found = asked(true).differences(&five, Some(tokens));
        assert!(found[0].ends_with("the bill is ignored"), "{found:?}");
    }
    let odd_usage = Some("its bill has `NaN` tokens".to_owned());
    let odd = Delivery { odd_usage, ..billed(None) };
    assert_eq!(paid(&by_tokens, &five, &odd), None, "what cannot be read is not known");
}
