//! Films in a browser: played to the end, and sought to moments of which the right picture is shown.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use storyreel_core::timeline::{Codec, Fit, Join, Shape, TransitionKind};
use storyreel_core::units::{Rate, Size};

use super::joins::blend;
use super::{Clip, Studio, shaped};

const SIZE: Size = Size::new(128, 96);

/// How long a browser may take to start and to play a few seconds on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A clip of one colour with a tone.
fn clip(studio: &Studio, name: &str, colour: &str, coding: &str) -> Clip {
    let picture = format!("-f lavfi -i color={colour}:s={SIZE}:r=24,trim=end_frame=48");
    let args = format!("{picture} -f lavfi -i sine=f=500:r=48000:d=2 -ac 2 {coding} -c:a aac");
    studio.clip(studio.make(&format!("{name}.mp4"), &args))
}

#[test]
fn a_browser_plays_and_seeks_films_of_copies_and_encoded_joins() {
    let browser = Command::new("chromium").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if browser.is_err() {
        return;
    }
    let studio = Studio::new();
    for (codec, coding) in [
        (Codec::H264, "-c:v libx264 -g 24 -bf 2 -pix_fmt yuv420p"),
        (Codec::Av1, "-c:v libsvtav1 -preset 10 -g 24 -pix_fmt yuv420p -svtav1-params lp=1"),
    ] {
        let of = |colour: &str, coding| clip(&studio, &format!("{colour}-{codec}"), colour, coding);
        // The third clip is in another codec, so all of it is encoded.
        let clips =
            [of("red", coding), of("lime", coding), of("blue", "-c:v mpeg4 -qscale 2 -bf 0"), of("white", coding)];
        let joins = [Join::Start, Join::Cut, blend(TransitionKind::Dissolve, 12), blend(TransitionKind::WipeLeft, 12)];
        let laid = shaped(&clips, Shape { size: SIZE, rate: Rate::FILM, codec: None }, Fit::Letterbox, &joins);
        assert_eq!(laid.format.codec, codec);
        let film = studio.path("film.mp4");
        let made = studio.assemble(&laid, &clips, &film).unwrap();
        assert!(made.copied > 80 && made.encoded > 40, "{made:?}");
        let said = played(&studio, &std::fs::read(&film).unwrap());
        assert_eq!(said, "/ended-128x96-7.000-red.red.lime.lime.blue.white.white.red-sound-0", "{codec}");
    }
}

/// Plays a film in a browser and gives back what the page says in the end.
fn played(studio: &Studio, film: &[u8]) -> String {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let mut chromium = Command::new("chromium");
    chromium.args(["--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]);
    chromium.args(["--remote-debugging-port=0", "--mute-audio"]).env("HOME", studio.dir.path());
    chromium.arg(format!("--user-data-dir={}", studio.path("profile").display()));
    chromium.arg(format!("http://{}/", server.local_addr().unwrap()));
    let mut child = chromium.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let said = loop {
        let Ok((mut peer, _)) = server.accept() else {
            assert!(begun.elapsed() < PATIENCE, "the browser says nothing");
            std::thread::sleep(Duration::from_millis(20));
            continue;
        };
        peer.set_nonblocking(false).unwrap();
        let mut line = String::new();
        // A browser opens connections in advance, and drops those that it does not need.
        if BufReader::new(&peer).read_line(&mut line).is_err() {
            continue;
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let (kind, body) = match path.as_str() {
            "/" => ("text/html", PAGE.as_bytes()),
            "/film.mp4" => ("video/mp4", film),
            _ => ("text/plain", &b""[..]),
        };
        let head = format!("HTTP/1.0 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len());
        // A browser may hang up on what it has enough of.
        let _ = peer.write_all(head.as_bytes()).and_then(|()| peer.write_all(body));
        if ["/ended", "/error", "/refused"].iter().any(|word| path.starts_with(word)) {
            break path;
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    said
}

/// Seeks to moments of the film and looks for at most 20 s until the right colour is there, plays it from the beginning to
/// the end, and asks for an address that says how it went.
const PAGE: &str = "<video id=v muted></video><canvas id=c width=9 height=9></canvas><script>
    const say = words => fetch('/' + words.join('-'));
    const heard = name => new Promise(done => v.addEventListener(name, done, {once: true}));
    const colour = () => {
        const brush = c.getContext('2d', {willReadFrequently: true});
        brush.drawImage(v, 0, 0, 9, 9);
        const [r, g, b] = [...brush.getImageData(4, 4, 1, 1).data].map(level => level > 127);
        return r ? (g && b ? 'white' : 'red') : g ? 'lime' : b ? 'blue' : 'black';
    };
    v.onerror = () => say(['error', v.error.message]);
    (async () => {
        const film = await fetch('film.mp4');
        v.src = URL.createObjectURL(await film.blob());
        await heard('loadeddata');
        const colours = [];
        for (const [moment, right] of [[0.02, 'red'], [1.98, 'red'], [2.02, 'lime'], [3.4, 'lime'], [4.5, 'blue'],
            [5.8, 'white'], [6.98, 'white'], [0.5, 'red']]) {
            const there = heard('seeked');
            v.currentTime = moment;
            await there;
            // The page is told of the end of a search before the picture there is painted: it shows none, or the one before.
            for (let looks = 0; colour() !== right && looks < 1000; looks++) {
                await new Promise(again => setTimeout(again, 20));
            }
            colours.push(colour());
        }
        v.currentTime = 0;
        const over = heard('ended');
        await v.play();
        await over;
        say(['ended', v.videoWidth + 'x' + v.videoHeight, v.duration.toFixed(3), colours.join('.'),
            v.webkitAudioDecodedByteCount > 0 ? 'sound' : 'silence', v.getVideoPlaybackQuality().corruptedVideoFrames]);
    })().catch(error => say(['refused', error]));
    </script>";
