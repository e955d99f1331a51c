//! What a theme leaves out, by the document's version.

use super::Surface;

/// Text on the page itself.
pub(super) const INK: &str = "#27272a";
/// Text on a light surface that has no colour of its own.
pub(super) const DARK_INK: &str = "#17191f";

/// The values for what a theme leaves out.
#[derive(Debug)]
pub(super) struct Defaults {
    pub background: &'static str,
    /// The bar and what is behind it.
    pub progress: (&'static str, &'static str),
    pub container: Surface,
    pub host: Surface,
    pub guest: Surface,
    pub input: Surface,
    pub button: Surface,
    pub placeholder: &'static str,
}

const PLAIN: Surface = Surface {
    background: "#ffffff",
    border: 0.0,
    border_color: "#cecece",
    shadow: "none",
    roundness: "medium",
};

impl Defaults {
    pub(super) fn of(version: &str) -> Self {
        let latest = version.parse::<f64>().is_ok_and(|version| version > 6.0);
        let container = Surface {
            background: "transparent",
            ..PLAIN
        };
        if latest {
            let bordered = Surface {
                border: 1.0,
                ..PLAIN
            };
            let accent = Surface {
                background: "#f76b15",
                border_color: "#f76b15",
                ..bordered
            };
            return Self {
                background: "#f9f9f9",
                progress: ("#f76b15", "#8d8d8d"),
                container,
                host: Surface {
                    background: "#fcfcfc",
                    border_color: "#e0e0e0",
                    ..bordered
                },
                guest: accent,
                input: bordered,
                button: accent,
                placeholder: "#6f7480",
            };
        }
        Self {
            background: "#ffffff",
            progress: ("#e0edff", "#f0f0f0"),
            container,
            host: Surface {
                background: "#f7f8ff",
                ..PLAIN
            },
            guest: Surface {
                background: "#ff8e21",
                ..PLAIN
            },
            input: Surface {
                shadow: "md",
                ..PLAIN
            },
            button: Surface {
                background: "#0042da",
                ..PLAIN
            },
            // A shade darker than the original's #9095a0, which is too faint to read.
            placeholder: "#6f7480",
        }
    }
}
