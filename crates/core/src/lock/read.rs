//! The text of a lock, read line by line.

use std::collections::BTreeMap;

use super::clip_record::{BlockFields, ClipRecord, unquoted};
use super::{BadLock, Lock, VERSION};
use crate::units::ShotId;

/// Where the blocks of a text belong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    /// The clip of a shot, with its other takes below it.
    Shots,
    /// Other clips of shots, as earlier versions wrote them.
    Spare,
}

/// A clip that is read.
struct LockBlock<'a> {
    /// Where it begins.
    line: usize,
    fields: BlockFields<'a>,
    is_take: bool,
}

/// A lock as far as it is read.
struct LockReader<'a> {
    lock: Lock,
    section: Section,
    shot: Option<ShotId>,
    block: Option<LockBlock<'a>>,
}

impl Lock {
    /// Reads a text without conflict markers. Of two blocks for one shot the later one is the shot's own.
    pub(super) fn read_one(text: &str) -> Result<Self, BadLock> {
        let mut reader = LockReader { lock: Self::default(), section: Section::Shots, shot: None, block: None };
        for (at, line) in text.lines().enumerate() {
            let content = line.trim_end();
            if !content.trim_start().is_empty() && !content.trim_start().starts_with('#') {
                reader.line(at + 1, content)?;
            }
        }
        reader.close()?;
        Ok(reader.lock)
    }
}

impl<'a> LockReader<'a> {
    fn line(&mut self, line: usize, content: &'a str) -> Result<(), BadLock> {
        let (key, value) = content.split_once(':').ok_or_else(|| BadLock::new(line, "expected `key: value`"))?;
        let indent = key.len() - key.trim_start().len();
        let key = key.trim();
        let value = value.trim();
        match indent {
            0 => {
                self.close()?;
                self.heading(line, key, value)
            }
            2 => {
                self.close()?;
                let shot = key.parse().map_err(|_| BadLock::new(line, "expected a shot id"))?;
                self.shot = Some(shot);
                self.block = Some(LockBlock { line, fields: BTreeMap::new(), is_take: false });
                Ok(())
            }
            4 if key == "takes" && value.is_empty() => self.close(),
            6 if key.starts_with("- ") => {
                self.close()?;
                let fields = BTreeMap::from([(key[2..].trim(), value)]);
                self.block = Some(LockBlock { line, fields, is_take: true });
                Ok(())
            }
            4 | 8 => self.field(line, key, value, indent == 8),
            _ => Err(BadLock::new(line, "unexpected indentation")),
        }
    }

    fn heading(&mut self, line: usize, key: &str, value: &str) -> Result<(), BadLock> {
        match key {
            "lock" if value == VERSION => {}
            "lock" => return Err(BadLock::new(line, "this lock was written by a newer storyreel")),
            "film" => self.lock.options = unquoted(value),
            "shots" => self.section = Section::Shots,
            "spare" => self.section = Section::Spare,
            _ => return Err(BadLock::new(line, "not a part of a lock")),
        }
        Ok(())
    }

    fn field(&mut self, line: usize, key: &'a str, value: &'a str, of_take: bool) -> Result<(), BadLock> {
        match &mut self.block {
            Some(block) if block.is_take == of_take => {
                block.fields.insert(key, value);
                Ok(())
            }
            _ => Err(BadLock::new(line, "a field outside a shot")),
        }
    }

    /// Takes in a clip that was read to its end.
    fn close(&mut self) -> Result<(), BadLock> {
        let Some(LockBlock { line, fields, is_take }) = self.block.take() else { return Ok(()) };
        let Some(shot) = &self.shot else { return Err(BadLock::new(line, "a clip outside a shot")) };
        // A shot can have takes and no clip of its own.
        if fields.is_empty() && !is_take {
            return Ok(());
        }
        let taken = ClipRecord::from_fields(&fields, line)?;
        if is_take || self.section == Section::Spare {
            self.lock.keep_take(shot, taken);
        } else if let Some(older) = self.lock.shots.insert(shot.clone(), taken) {
            self.lock.keep_take(shot, older);
        }
        Ok(())
    }
}
