//! A subtitle to be laid over pictures: white words with a dark outline, readable on snow and on night.

use cosmic_text::Align;
use image::RgbImage;

use super::canvas::{Rgb, even};
use super::fonts::FontLibrary;
use super::text;
use super::typeset::{Block, Face, InkSpan, Sizes};
use super::yuv::{chroma_of, luma_of};
use super::{Strip, Subtitle};

const WORDS: Rgb = [0xff; 3];

/// Radius of the full outline in font sizes.
const OUTLINE: f32 = 0.055;

/// How far beyond the outline a shadow fades away, in outlines, and how dark it begins, of 1.
const SHADOW: (f32, f32) = (1.9, 0.55);

/// The share of the picture's width that lines may fill: the title-safe area.
const ROOM: f32 = 0.9;

/// The space between a subtitle and words that stand under it, as a share of the picture's height.
const ABOVE_WORDS: f32 = 0.015;

/// Paints a subtitle.
pub(super) fn paint(fonts: &mut FontLibrary, subtitle: &Subtitle) -> Strip {
    let width = subtitle.size.width as f32;
    let height = subtitle.size.height as f32;
    // 42 columns of Latin letters fill a wide picture; a narrow one gets larger letters on more lines.
    let largest = (height * 0.052).min(width * 0.058).max(11.0);
    let sizes = Sizes { largest, smallest: largest * 0.6 };
    let block = set(fonts, &subtitle.lines, sizes, width * ROOM, height * 0.3);
    let outline = (block.size() * OUTLINE).max(1.0);
    let pad = (outline * (1.0 + SHADOW.0)).ceil();
    let rows = even(2.0f32.mul_add(pad + 1.0, block.height())).min(height);
    let end = match subtitle.floor {
        Some(floor) => floor as f32 - height * ABOVE_WORDS,
        // The lower edge of an upright picture belongs to the buttons of the apps that show it.
        None => height - height * if height > width { 0.14 } else { 0.055 },
    };
    let top = even((end - rows).max(0.0));
    let mut black = RgbImage::new(subtitle.size.width, rows as u32);
    let mut white = RgbImage::from_pixel(subtitle.size.width, rows as u32, image::Rgb([0xff; 3]));
    let at = ((width - block.measure()) / 2.0, pad + 1.0);
    block.draw_all(fonts, &mut black, at);
    block.draw_all(fonts, &mut white, at);
    Strip { top: top as u32, height: rows as u32, bytes: planes(&black, &cover(&black, &white, outline)) }
}

/// Sets the lines as they are where they fit, and breaks them anew where the picture is too narrow for them.
fn set(fonts: &mut FontLibrary, lines: &[String], sizes: Sizes, width: f32, height: f32) -> Block {
    let mut as_given = bold(fonts, &lines.join("\n"));
    as_given.fit_words(fonts, sizes, width, height);
    if as_given.lines() <= lines.len() {
        return as_given;
    }
    // Dashes mark who speaks: such lines keep their beginnings.
    let dashed = lines.iter().any(|line| line.starts_with('–'));
    let mut again = bold(fonts, &lines.join(if dashed { "\n" } else { " " }));
    again.fit_words(fonts, sizes, width, height);
    if !dashed {
        again.balance(fonts, width);
    }
    again
}

fn bold(fonts: &mut FontLibrary, text: &str) -> Block {
    Block::new(fonts, &[InkSpan::new(text::clean(text), Face::Bold, WORDS)], Some(Align::Center))
}

/// How much of each pixel is covered, from 0 to 255, by words that were painted on black and on white: what the ground
/// shines through, it does not cover. The outline is what the words cover when they are moved about in a circle.
fn cover(black: &RgbImage, white: &RgbImage, outline: f32) -> Vec<u8> {
    let width = black.width() as usize;
    let height = black.height() as usize;
    let mut words = Vec::with_capacity(width * height);
    for (black, white) in black.pixels().zip(white.pixels()) {
        let through = (0..3).map(|n| white.0[n].saturating_sub(black.0[n])).max();
        words.push(255 - through.unwrap_or_default());
    }
    let brush = brush(outline);
    let mut cover = words.clone();
    for (at, &word) in words.iter().enumerate().filter(|(_, word)| **word > 0) {
        let x = (at % width).cast_signed();
        let y = (at / width).cast_signed();
        for &(dx, dy, weight) in &brush {
            let (Ok(x), Ok(y)) = (usize::try_from(x + dx), usize::try_from(y + dy)) else { continue };
            if x < width && y < height {
                let place = &mut cover[y * width + x];
                *place = (*place).max(((u32::from(word) * weight + 127) / 255) as u8);
            }
        }
    }
    // Words lie over their outline, so that thin strokes keep their edges.
    for (cover, word) in cover.iter_mut().zip(words) {
        *cover = 255 - ((255 - u32::from(word)) * (255 - u32::from(*cover)) / 255) as u8;
    }
    cover
}

/// The places around a pixel that its outline and shadow reach, each with its weight from 0 to 255.
fn brush(outline: f32) -> Vec<(isize, isize, u32)> {
    let (shadow, dark) = SHADOW;
    let reach = (outline * (1.0 + shadow)).ceil() as isize;
    let mut places = Vec::new();
    for dy in -reach..=reach {
        for dx in -reach..=reach {
            let beyond = (dx as f32).hypot(dy as f32) - outline;
            let soft = (dark * (1.0 - beyond / (outline * shadow))).max(0.0);
            let weight = (1.0 - beyond).clamp(soft.min(1.0), 1.0);
            places.push((dx, dy, (weight * 255.0) as u32));
        }
    }
    places.retain(|place| place.2 > 0);
    places
}

/// The planes of luma, blue, red and cover: words painted on black, with the black taken out again.
fn planes(black: &RgbImage, cover: &[u8]) -> Vec<u8> {
    let width = black.width() as usize;
    let height = black.height() as usize;
    let mut own: Vec<Rgb> = Vec::with_capacity(width * height);
    for (pixel, &cover) in black.pixels().zip(cover) {
        let cover = u32::from(cover).max(1);
        own.push(pixel.0.map(|level| (u32::from(level) * 255 / cover).min(255) as u8));
    }
    let mut bytes: Vec<u8> = own.iter().map(|&rgb| luma_of(rgb)).collect();
    let mut blue = Vec::new();
    let mut red = Vec::new();
    for y in (0..height).step_by(2) {
        for x in (0..width).step_by(2) {
            let square = [y * width + x, y * width + x + 1, (y + 1) * width + x, (y + 1) * width + x + 1];
            // Four times the mean colour, in which what covers more counts for more.
            let total = square.iter().map(|&at| i32::from(cover[at])).sum::<i32>().max(1);
            let mean = std::array::from_fn(|n| {
                let parts = square.iter().map(|&at| i32::from(own[at][n]) * i32::from(cover[at]));
                parts.sum::<i32>() * 4 / total
            });
            let (b, r) = chroma_of(mean);
            blue.push(b);
            red.push(r);
        }
    }
    bytes.extend(blue);
    bytes.extend(red);
    bytes.extend(cover);
    bytes
}
