//! Colours as themes write them.

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Color {
    /// Red, green, blue, 0 to 255.
    pub rgb: [u8; 3],
    /// 0 to 1.
    pub alpha: f64,
}

impl Default for Color {
    fn default() -> Self {
        Self {
            rgb: [255; 3],
            alpha: 0.0,
        }
    }
}

impl Color {
    /// Reads `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, `rgb(…)`, `rgba(…)` and the commonest names.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        if let Some(digits) = text.strip_prefix('#') {
            return Self::hex(digits);
        }
        if let Some(list) = text
            .strip_prefix("rgba(")
            .or_else(|| text.strip_prefix("rgb("))
        {
            return Self::list(list.trim_end_matches(')'));
        }
        match text.as_str() {
            "transparent" => Some(Self::default()),
            "white" => Some(Self {
                rgb: [255; 3],
                alpha: 1.0,
            }),
            "black" => Some(Self {
                rgb: [0; 3],
                alpha: 1.0,
            }),
            _ => None,
        }
    }

    fn hex(digits: &str) -> Option<Self> {
        let long = match digits.len() {
            3 | 4 => digits.chars().flat_map(|digit| [digit, digit]).collect(),
            6 | 8 => digits.to_owned(),
            _ => return None,
        };
        let byte = |place: usize| {
            let pair = long.get(2 * place..2 * place + 2)?;
            u8::from_str_radix(pair, 16).ok()
        };
        let alpha = if long.len() == 8 {
            f64::from(byte(3)?) / 255.0
        } else {
            1.0
        };
        Some(Self {
            rgb: [byte(0)?, byte(1)?, byte(2)?],
            alpha,
        })
    }

    fn list(list: &str) -> Option<Self> {
        let mut numbers = list
            .split([',', ' ', '/'])
            .filter(|part| !part.is_empty())
            .map(|part| match part.strip_suffix('%') {
                Some(percent) => percent.parse::<f64>().ok().map(|percent| percent / 100.0),
                None => part.parse().ok(),
            });
        let mut channel = || numbers.next()?.map(|number| number.clamp(0.0, 255.0) as u8);
        let rgb = [channel()?, channel()?, channel()?];
        let alpha = numbers.next().flatten().unwrap_or(1.0).clamp(0.0, 1.0);
        Some(Self { rgb, alpha })
    }

    /// As CSS lists the channels: `255, 142, 33`.
    pub fn channels(self) -> String {
        let [red, green, blue] = self.rgb;
        format!("{red}, {green}, {blue}")
    }

    /// White or a near black, whichever is easier to read on this colour; white where both will do.
    pub fn readable_ink(self) -> &'static str {
        let white = Self {
            rgb: [255; 3],
            alpha: 1.0,
        };
        if self.contrast(white) >= 4.5 {
            "#ffffff"
        } else {
            super::defaults::DARK_INK
        }
    }

    /// The contrast ratio of WCAG 2, from 1 to 21. Transparency is not looked at.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        let [red, green, blue] = self.rgb.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_themes_write() {
        let rgb = |text| Color::parse(text).map(|color| (color.rgb, color.alpha));
        assert_eq!(rgb("#FF8E21"), Some(([255, 142, 33], 1.0)));
        assert_eq!(rgb("#0f08"), Some(([0, 255, 0], f64::from(0x88) / 255.0)));
        assert_eq!(rgb("rgba(1, 2, 3, 0.5)"), Some(([1, 2, 3], 0.5)));
        assert_eq!(rgb("rgb(1 2 3 / 50%)"), Some(([1, 2, 3], 0.5)));
        assert_eq!(rgb("transparent"), Some(([255; 3], 0.0)));
        for bad in ["", "#12", "#ggg", "#ééé", "var(--x)", "rgb(1)"] {
            assert_eq!(rgb(bad), None, "{bad}");
        }
    }

    #[test]
    fn contrast_is_that_of_the_guidelines() {
        let (black, white) = (
            Color::parse("black").unwrap(),
            Color::parse("white").unwrap(),
        );
        assert!((black.contrast(white) - 21.0).abs() < 0.01);
        let grey = Color::parse("#767676").unwrap();
        assert!((grey.contrast(white) - 4.54).abs() < 0.01);
        assert_eq!(
            Color::parse("#f76b15").unwrap().readable_ink(),
            super::super::defaults::DARK_INK
        );
    }
}
