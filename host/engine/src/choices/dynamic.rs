//! Items that are made from the values of variables.

use serde_json::Value;
use talkloom_flow::VariableValue;

use crate::value::from_json;

/// A picture made from one place of the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DynamicPicture {
    /// `0`, `1`, ….
    pub id: String,
    /// The picture's address.
    pub picture_src: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its description.
    pub description: Option<String>,
}

/// A card made from one place of the lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DynamicCard {
    /// The picture's address, where it comes from a list.
    pub image_url: Option<String>,
    /// The title, where it comes from a list.
    pub title: Option<String>,
    /// The description, where it comes from a list.
    pub description: Option<String>,
    /// Ids for the template's buttons, in order.
    pub path_ids: Vec<String>,
}

/// The contents of buttons from a variable, each once and none empty; the button at `i` has the
/// id `choice<i>`. None where the variable is unset.
pub fn dynamic_buttons(value: &VariableValue) -> Option<Vec<String>> {
    let mut contents: Vec<String> = Vec::new();
    for content in list(value)?.into_iter().flatten() {
        if !content.is_empty() && !contents.contains(&content) {
            contents.push(content);
        }
    }
    Some(contents)
}

/// Pictures from the variables with their addresses, titles and descriptions, by place in the
/// lists. None where the addresses are unset.
pub fn dynamic_pictures(
    sources: &VariableValue,
    titles: &VariableValue,
    descriptions: &VariableValue,
) -> Option<Vec<DynamicPicture>> {
    let titles = list(titles).unwrap_or_default();
    let descriptions = list(descriptions).unwrap_or_default();
    let pictures = list(sources)?
        .into_iter()
        .enumerate()
        .map(|(index, picture_src)| DynamicPicture {
            id: index.to_string(),
            picture_src,
            title: at(&titles, index),
            description: at(&descriptions, index),
        });
    Some(pictures.collect())
}

/// Cards from the lists that stand in a template's title, picture and description (none where a
/// field is no lone list variable); the first list of these decides how many. None without lists.
pub fn dynamic_cards(
    titles: Option<&[Option<String>]>,
    image_urls: Option<&[Option<String>]>,
    descriptions: Option<&[Option<String>]>,
    path_count: usize,
) -> Option<Vec<DynamicCard>> {
    let count = titles.or(image_urls).or(descriptions)?.len();
    let field = |list: Option<&[Option<String>]>, index| list.and_then(|list| at(list, index));
    let cards = (0..count).map(|index| DynamicCard {
        image_url: field(image_urls, index),
        title: field(titles, index),
        description: field(descriptions, index),
        path_ids: (0..path_count)
            .map(|path| format!("dynamic-card-{index}-path-{path}"))
            .collect(),
    });
    Some(cards.collect())
}

fn at(list: &[Option<String>], index: usize) -> Option<String> {
    list.get(index).cloned().flatten()
}

/// A value as a list: a text may be a JSON array, any other text is the only element.
fn list(value: &VariableValue) -> Option<Vec<Option<String>>> {
    match value {
        VariableValue::Null => None,
        VariableValue::List(items) => Some(items.clone()),
        VariableValue::Text(text) => {
            let parsed = text
                .trim_start()
                .starts_with('[')
                .then(|| serde_json::from_str::<Value>(text).ok())
                .flatten();
            match parsed.as_ref().map(|array| from_json(Some(array))) {
                Some(VariableValue::List(items)) => Some(items),
                _ => Some(vec![Some(text.clone())]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> VariableValue {
        VariableValue::Text(text.into())
    }

    fn some(items: &[&str]) -> Vec<Option<String>> {
        items.iter().map(|item| Some((*item).to_owned())).collect()
    }

    #[test]
    fn buttons_come_from_lists_and_texts() {
        let list = VariableValue::List(some(&["a", "b b", "a", ""]));
        assert_eq!(dynamic_buttons(&list).unwrap(), ["a", "b b"]);
        assert_eq!(dynamic_buttons(&text(r#"["x", 1]"#)).unwrap(), ["x", "1"]);
        assert_eq!(dynamic_buttons(&text("[x")).unwrap(), ["[x"]);
        assert_eq!(dynamic_buttons(&VariableValue::Null), None);
    }

    #[test]
    fn pictures_and_cards_come_by_place() {
        let sources = VariableValue::List(some(&["s0", "s1"]));
        let pictures = dynamic_pictures(&sources, &text("one"), &VariableValue::Null).unwrap();
        assert_eq!(pictures[0].title.as_deref(), Some("one"));
        assert_eq!((pictures[1].id.as_str(), &pictures[1].title), ("1", &None));

        let cards = dynamic_cards(Some(&some(&["a", "b"])), Some(&some(&["p"])), None, 2).unwrap();
        assert_eq!(cards.len(), 2);
        assert_eq!(cards[0].image_url.as_deref(), Some("p"));
        assert_eq!(
            cards[1].path_ids,
            ["dynamic-card-1-path-0", "dynamic-card-1-path-1"]
        );
        assert_eq!(dynamic_cards(None, None, None, 1), None);
    }
}
