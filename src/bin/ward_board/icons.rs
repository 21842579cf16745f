//! Pictures, drawn in the colour of the text around them. All are decoration: words say the same beside them.

use yew::prelude::*;
use yewdux_socket::event::PatientStatus;

/// Which picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Icon {
    Logo,
    Alarm,
    Check,
    Clock,
    Cross,
    Eye,
    Forward,
    Heart,
    Info,
    Leave,
    Link,
    Offline,
    People,
    Retry,
    Search,
    Sending,
    SignOut,
    Unlink,
    Warning,
}

impl Icon {
    /// The outline in a square of 20.
    fn path(self) -> &'static str {
        match self {
            Self::Logo => "M2 10.5h3.6l2-5.5 3.6 10.5 2.4-7 1.2 2H18",
            Self::Alarm | Self::Warning => "M10 3 2.5 16.5h15L10 3Zm0 5v4m0 2.2v.1",
            Self::Check => "m4 10.5 4 4 8-9",
            Self::Clock => "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm0 3.5V10l2.5 2",
            Self::Cross => "m5 5 10 10M15 5 5 15",
            Self::Eye => {
                "M2 10s3-5.5 8-5.5 8 5.5 8 5.5-3 5.5-8 5.5S2 10 2 10Zm8-2.3a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6Z"
            }
            Self::Forward => "m8 5 5 5-5 5",
            Self::Heart => {
                "M10 16.5S3 12.4 3 7.7C3 5.3 4.8 4 6.5 4 8.2 4 9.4 5 10 6.2 10.6 5 11.8 4 13.5 4 15.2 4 17 5.3 17 7.7c0 4.7-7 8.8-7 8.8Z"
            }
            Self::Info => "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm0 6.2v4.3M10 6.6v.1",
            Self::Leave => "M8 4H4v12h4m4-9 3 3-3 3m3-3H8",
            Self::Link => {
                "M8.5 11.5a3 3 0 0 0 4.2 0l2.8-2.8a3 3 0 0 0-4.2-4.2l-.8.8m1 3.2a3 3 0 0 0-4.2 0l-2.8 2.8a3 3 0 0 0 4.2 4.2l.8-.8"
            }
            Self::Unlink => {
                "m11 6 1.3-1.3a3 3 0 0 1 4.2 4.2L15 10.3M9 14l-1.3 1.3a3 3 0 0 1-4.2-4.2L5 9.7M3 3l14 14"
            }
            Self::Offline => {
                "M3 3l14 14M4.5 9.5a8 8 0 0 1 2.7-1.7m3.3-.6a8 8 0 0 1 5 2.3M7 12.2a4.5 4.5 0 0 1 2.4-1.2M10 15.5v.1"
            }
            Self::People => {
                "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2 16.5c0-3 2.5-4.5 5.5-4.5s5.5 1.5 5.5 4.5m0-7.2a2.7 2.7 0 0 0 0-5.4m2 8.4c1.8.6 3 1.9 3 4.2"
            }
            Self::Retry => "M16 10a6 6 0 1 1-1.8-4.3M16 3v3.5h-3.5",
            Self::Search => "M9 3.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11Zm4 9.5 4 4",
            Self::Sending => "M10 16V4m0 0L5.5 8.5M10 4l4.5 4.5",
            Self::SignOut => "M11 4h5v12h-5M3 10h9m0 0L8.5 6.5M12 10l-3.5 3.5",
        }
    }
}

/// A picture.
pub(crate) fn icon(icon: Icon) -> Html {
    html! {
        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false"><path d={icon.path()} /></svg>
    }
}

/// The picture of a status, so that colour is not all that tells it.
pub(crate) fn status_icon(status: PatientStatus) -> Html {
    icon(match status {
        PatientStatus::Critical => Icon::Alarm,
        PatientStatus::Observation => Icon::Eye,
        PatientStatus::Stable => Icon::Check,
        PatientStatus::Discharged => Icon::Leave,
    })
}
