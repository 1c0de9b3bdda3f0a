//! The colours of a chart: one accent, and greys. Whoever sees no colours sees the accent darker
//! than the rest on a light page, and lighter on a dark one.

/// The page that a chart is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Palette {
    Light,
    Dark,
}

/// What is drawn in which colour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Colours {
    pub(crate) page: &'static str,
    /// Headings and names.
    pub(crate) ink: &'static str,
    /// What is read second.
    pub(crate) quiet: &'static str,
    /// Lines that the eye follows.
    pub(crate) rule: &'static str,
    /// Tollgate.
    pub(crate) accent: &'static str,
    /// Tollgate in another setting.
    pub(crate) tint: &'static str,
    /// The others.
    pub(crate) other: &'static str,
}

impl Palette {
    /// The pages are those of GitHub. Text has a contrast of 4.5 or more, and bars of 1.5.
    pub(crate) fn colours(self) -> Colours {
        match self {
            Self::Light => Colours {
                page: "#ffffff",
                ink: "#1f2328",
                quiet: "#59636e",
                rule: "#e4e8ec",
                accent: "#c2410c",
                tint: "#e9a27f",
                other: "#c4cbd3",
            },
            Self::Dark => Colours {
                page: "#0d1117",
                ink: "#f0f6fc",
                quiet: "#9198a1",
                rule: "#262c34",
                accent: "#ff8f57",
                tint: "#9c5a3a",
                other: "#48515c",
            },
        }
    }
}
