//! What somebody sees who writes a storyboard in an editor: the real YAML language server, spoken to as editors do.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::schemas::examples;

/// The language server of the YAML extensions of editors, as published for Node.
const SERVER: &str = "yaml-language-server@1.18.0";

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The program of the server, fetched from the registry once.
fn program() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(SERVER);
    if !folder.is_dir() {
        let work = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let npm = ["install", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--silent", "--prefix"];
        let done = Command::new("npm").args(npm).arg(work.path()).arg(SERVER).output().expect("npm is installed");
        assert!(done.status.success(), "npm cannot install {SERVER}: {}", String::from_utf8_lossy(&done.stderr));
        // Another run may have been quicker.
        let _ = fs::rename(work.path(), &folder);
    }
    folder.join("node_modules/yaml-language-server/bin/yaml-language-server")
}

/// An editor with one file open.
struct Editor {
    server: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    address: String,
    version: u32,
    asked: u32,
}

impl Editor {
    /// Opens `file`, whose text on the screen may differ from the one on disk.
    fn open(file: &Path, text: &str) -> Self {
        let mut node = Command::new("node");
        // A server that falls silent fails the test instead of holding it up.
        node.args(["-e", "setTimeout(() => process.exit(1), 90_000).unref(); require(process.argv[1])", "--"]);
        node.arg(program()).arg("--stdio").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = node.spawn().expect("node is installed");
        let to = server.stdin.take().expect("it is piped");
        let from = BufReader::new(server.stdout.take().expect("it is piped"));
        let address = format!("file://{}", file.display());
        let mut editor = Self { server, to, from, address, version: 1, asked: 0 };
        let shows = json!({"hover": {"contentFormat": ["markdown"]}});
        editor.ask("initialize", &json!({"processId": null, "rootUri": null, "capabilities": {"textDocument": shows}}));
        editor.tell("initialized", &json!({}));
        // Without the public collection of schemas: what is found is the schema that the file names.
        let wish = json!({"schemaStore": {"enable": false}, "hover": true, "completion": true, "validate": true});
        editor.tell("workspace/didChangeConfiguration", &json!({"settings": {"yaml": wish}}));
        let document = json!({"uri": editor.address, "languageId": "yaml", "version": 1, "text": text});
        editor.tell("textDocument/didOpen", &json!({"textDocument": document}));
        editor
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the server listens");
        self.to.flush().expect("the server listens");
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// The next message of the server; what it asks of the editor gets no answer worth anything.
    fn hear(&mut self) -> Value {
        loop {
            let mut length = 0;
            loop {
                let mut line = String::new();
                assert!(self.from.read_line(&mut line).expect("the server speaks") > 0, "the server has ended");
                match line.trim().split_once(": ") {
                    Some(("Content-Length", bytes)) => length = bytes.parse().expect("a number"),
                    Some(_) => {}
                    None => break,
                }
            }
            let mut bytes = vec![0; length];
            self.from.read_exact(&mut bytes).expect("the server speaks");
            let message: Value = serde_json::from_slice(&bytes).expect("it is JSON");
            match (&message["id"], &message["method"]) {
                (id, Value::String(_)) if !id.is_null() => {
                    self.send(&json!({"jsonrpc": "2.0", "id": id, "result": null}));
                }
                _ => return message,
            }
        }
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let message = self.hear();
            if message["id"] == id {
                return message["result"].clone();
            }
        }
    }

    /// What the server says at the cursor, which stands behind `before`.
    fn at(&mut self, method: &str, text: &str, before: &str) -> Value {
        let end = text.find(before).expect("the text has this") + before.len();
        let line = text[..end].matches('\n').count();
        let column = end - text[..end].rfind('\n').map_or(0, |newline| newline + 1);
        let place = json!({"line": line, "character": column});
        self.ask(method, &json!({"textDocument": {"uri": self.address}, "position": place}))
    }

    fn edit(&mut self, text: &str) {
        self.version += 1;
        let document = json!({"uri": self.address, "version": self.version});
        self.tell("textDocument/didChange", &json!({"textDocument": document, "contentChanges": [{"text": text}]}));
    }

    /// The labels that are offered behind `before`.
    fn offered(&mut self, text: &str, before: &str) -> Vec<String> {
        self.edit(text);
        let offered = self.at("textDocument/completion", text, before);
        let items = offered["items"].as_array().cloned().unwrap_or_default();
        items.iter().filter_map(|item| item["label"].as_str()).map(str::to_owned).collect()
    }

    /// The next report of problems, each as its line and message.
    fn problems(&mut self) -> Vec<(u64, String)> {
        loop {
            let message = self.hear();
            if message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == *self.address {
                let found = message["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
                let told = |one: &Value| {
                    let line = one["range"]["start"]["line"].as_u64().expect("a line");
                    (line + 1, one["message"].as_str().unwrap_or_default().to_owned())
                };
                return found.iter().map(told).collect();
            }
        }
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn an_editor_completes_explains_and_corrects() {
    let file = Path::new(ROOT).join("examples/keeper/keeper.yaml");
    let text = fs::read_to_string(&file).expect("it is in the repository");
    assert!(text.starts_with("# yaml-language-server: $schema="));
    let mut editor = Editor::open(&file, &text);
    assert_eq!(editor.problems(), []);

    let hover = editor.at("textDocument/hover", &text, "\n    durat")["contents"]["value"].to_string();
    assert!(hover.contains("Length in seconds") && hover.contains("wins over the profile"), "{hover}");
    let more = |line: &str| format!("{text}\n  - id: extra\n    prompt: A boat.\n    {line}");
    let hover = editor.at("textDocument/hover", &text, "\n    dialo")["contents"]["value"].to_string();
    assert!(hover.contains("dialogue: [{speaker: mara, line: One more night., at: 1.5}]"), "{hover}");
    let faded = more("transition: fade-black");
    editor.edit(&faded);
    let hover = editor.at("textDocument/hover", &faded, "A boat.\n    trans")["contents"]["value"].to_string();
    assert!(hover.contains("Through black"), "{hover}");

    let keys = editor.offered(&more("re"), "A boat.\n    re");
    for key in ["return_last_frame", "references", "first_frame", "seam"] {
        assert!(keys.iter().any(|offered| offered == key), "`{key}` is not among {keys:?}");
    }
    assert!(!keys.iter().any(|key| key == "fade_out"), "{keys:?}");
    assert_eq!(editor.offered(&more("seam: "), "A boat.\n    seam: "), ["auto", "keep", "drop", "trim"]);
    let kinds = editor.offered(&more("transition: "), "A boat.\n    transition: ");
    assert!(kinds.iter().any(|kind| kind == "fade-black"), "{kinds:?}");
    assert!(kinds.iter().all(|kind| !kind.contains("object")), "{kinds:?}");

    let wrong = more("lenght: 5");
    editor.edit(&wrong);
    let line = wrong.lines().count() as u64;
    let expected = vec![(line, "Property lenght is not allowed.".to_owned())];
    let found = std::iter::repeat_with(|| editor.problems()).take(8).find(|problems| *problems == expected);
    assert!(found.is_some(), "the misspelt key on line {line} is not told");
}

#[test]
fn an_editor_finds_nothing_wrong_with_the_examples() {
    for file in examples(&Path::new(ROOT).join("examples")) {
        let text = fs::read_to_string(&file).expect("it is in the repository");
        if text.starts_with("# yaml-language-server: $schema=") {
            assert_eq!(Editor::open(&file, &text).problems(), [], "{}", file.display());
        }
    }
}
