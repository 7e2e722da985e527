//! Colours and type of the picture. Plain rules rather than custom properties: not every viewer of SVG knows those.

/// The style sheet. Every rule is under `.reel`, so a page that the picture is embedded in keeps its own look.
pub(super) const SHEET: &str = r#"
.reel{font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
.reel .page{fill:#fff;stroke:#e3e6eb}
.reel .head{font-size:21px;font-weight:650;fill:#1b2330}
.reel .muted{font-size:12px;fill:#677282}
.reel .id{font-size:13.5px;font-weight:600;fill:#1b2330}
.reel .caption,.reel .scene{font-size:11px;fill:#677282}
.reel .scene{font-weight:600}
.reel .no{font-size:10px;fill:#99a2af;text-anchor:end;font-variant-numeric:tabular-nums}
.reel .box{fill:#fff;stroke:#d5dae1}
.reel .line{fill:none;stroke:#8792a2;stroke-width:1.6;stroke-linejoin:round}
.reel .tip{fill:#8792a2}
.reel .first{stroke-dasharray:6 4}
.reel .clip{stroke-dasharray:.1 4.6;stroke-linecap:round;stroke-width:2.2}
.reel .why{font-size:10px;fill:#677282;stroke:#fff;stroke-width:5px;paint-order:stroke;stroke-linejoin:round}
.reel .mark{fill:none;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}
.reel .prompt .tint{fill:#eceefd}.reel .prompt .mark{stroke:#4a55cf}.reel .prompt .box{stroke:#bcc2f2}
.reel .card .tint{fill:#fcf0d6}.reel .card .mark{stroke:#96640c}.reel .card .box{stroke:#e8cf97}
.reel .still .tint{fill:#dcf3ee}.reel .still .mark{stroke:#157564}.reel .still .box{stroke:#a3d6cb}
.reel .footage .tint{fill:#f9e6ee}.reel .footage .mark{stroke:#a13a68}.reel .footage .box{stroke:#e7b6cb}
.reel .s0{fill:#0b6bab}.reel .s1{fill:#9a4b00}.reel .s2{fill:#3c7a1d}.reel .s3{fill:#8b3aa8}.reel .s4{fill:#b02a45}.reel .s5{fill:#0d7377}
@media (prefers-color-scheme:dark){
.reel .page{fill:#12161d;stroke:#262d38}
.reel .head,.reel .id{fill:#e9edf3}
.reel .muted,.reel .caption,.reel .scene,.reel .why{fill:#9aa5b4}
.reel .no{fill:#6d7786}
.reel .box{fill:#1a202a}
.reel .line{stroke:#76818f}
.reel .tip{fill:#76818f}
.reel .why{stroke:#12161d}
.reel .prompt .tint{fill:#272c52}.reel .prompt .mark{stroke:#a9b2ff}.reel .prompt .box{stroke:#434a86}
.reel .card .tint{fill:#3b2f14}.reel .card .mark{stroke:#f0c46a}.reel .card .box{stroke:#6b5524}
.reel .still .tint{fill:#143730}.reel .still .mark{stroke:#6fd6c2}.reel .still .box{stroke:#2a6156}
.reel .footage .tint{fill:#401f2f}.reel .footage .mark{stroke:#f29dc0}.reel .footage .box{stroke:#733a55}
.reel .s0{fill:#6cb8f0}.reel .s1{fill:#f0a35e}.reel .s2{fill:#90cf6a}.reel .s3{fill:#d49aec}.reel .s4{fill:#f58ea2}.reel .s5{fill:#62cdd1}
}
"#;

/// Colours that scenes take in turn.
pub(super) const SCENE_COLOURS: usize = 6;
