//! The files of a conversation that has no other abilities.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use talkloom_blocks::{Abilities, Declined, Mail, NewFile, ValueKey};

#[derive(Debug, Default)]
pub struct Files(Mutex<Vec<NewFile>>);

impl Files {
    pub fn with(name: &str, data: &[u8]) -> Self {
        Self(Mutex::new(vec![NewFile {
            name: name.to_owned(),
            media_type: "audio/mpeg".to_owned(),
            data: data.to_owned(),
        }]))
    }

    pub fn kept(&self) -> Vec<NewFile> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Abilities for Files {
    async fn get_value(&self, _: ValueKey) -> Result<Option<Vec<u8>>, Declined> {
        Err(nothing())
    }

    async fn set_value(&self, _: ValueKey, _: Vec<u8>, _: Option<u32>) -> Result<(), Declined> {
        Err(nothing())
    }

    async fn delete_value(&self, _: ValueKey) -> Result<(), Declined> {
        Err(nothing())
    }

    async fn save_file(&self, file: NewFile) -> Result<String, Declined> {
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.push(file);
        Ok(format!("https://bot.example/files/{}", files.len()))
    }

    async fn load_file(&self, address: String, _: usize) -> Result<Vec<u8>, Declined> {
        let place = address.strip_prefix("https://bot.example/files/");
        let place = place.and_then(|place| place.parse::<usize>().ok());
        let files = self.kept();
        let file = place.and_then(|place| files.get(place.checked_sub(1)?));
        let found = file.map(|file| file.data.clone());
        found.ok_or_else(|| Declined::Denied("It is no file of this conversation.".to_owned()))
    }

    async fn send_mail(&self, _: Mail) -> Result<(), Declined> {
        Err(nothing())
    }
}

fn nothing() -> Declined {
    Declined::Denied("There are only files.".to_owned())
}
