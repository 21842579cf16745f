//! Sends a page what the run says, as fast as the socket takes it or at a steady pace.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::Links;
use super::handshake::{answer, shake};
use crate::load::{Dialect, Frames};

/// Frames that are handed to the socket together where there is no pace.
const TOGETHER: usize = 32;

/// How fast frames go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As fast as the socket takes them.
    Full,
    /// One after each such interval.
    Every(Duration),
}

#[derive(Debug)]
struct Order {
    frames: Arc<Frames>,
    range: Range<usize>,
    pace: Pace,
    sent: oneshot::Sender<Vec<f64>>,
}

/// A page that has connected.
#[derive(Debug)]
pub struct Link {
    orders: mpsc::Sender<Order>,
}

impl Link {
    /// Sends some of the frames. Answers once the socket has taken them: when each was handed to it, in milliseconds
    /// since 1970.
    pub async fn send(
        &self,
        frames: &Arc<Frames>,
        range: Range<usize>,
        pace: Pace,
    ) -> Result<Vec<f64>> {
        let (sent, when) = oneshot::channel();
        let order = Order { frames: frames.clone(), range, pace, sent };
        self.orders.send(order).await.ok().context("the page went away")?;
        when.await.context("the page went away while frames were sent")
    }
}

/// Shakes hands with a page, and sends it what it is ordered to until either goes away.
pub(super) async fn feed(mut socket: WebSocket, dialect: Dialect, links: &Links) -> Result<()> {
    let binary = shake(&mut socket, dialect).await?;
    let (orders, mut ordered) = mpsc::channel::<Order>(1);
    links.send(Link { orders }).ok().context("nobody waits for pages")?;
    let (mut sink, mut stream) = socket.split();
    let (answers, mut answered) = mpsc::unbounded_channel();
    // Read on its own, so that a page is answered while it is sent a lot.
    let reading = tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            if let Some(answer) = answer(&message, dialect)
                && answers.send(answer).is_err()
            {
                break;
            }
        }
    });
    let _reading = AbortOnDrop(reading.abort_handle());
    loop {
        let order = tokio::select! {
            order = ordered.recv() => order,
            Some(answer) = answered.recv() => {
                sink.send(Message::text(answer)).await?;
                continue;
            }
        };
        let Some(Order { frames, range, pace, sent }) = order else { return Ok(()) };
        let mut times = Vec::with_capacity(range.len());
        let started = Instant::now();
        for (frame, count) in frames.frames[range].iter().zip(0_u32..) {
            while let Ok(answer) = answered.try_recv() {
                sink.feed(Message::text(answer)).await?;
            }
            if let Pace::Every(interval) = pace {
                sleep_until(started + interval * count).await;
            }
            times.push(now());
            sink.feed(message(frame, binary)).await?;
            if matches!(pace, Pace::Every(_)) || times.len().is_multiple_of(TOGETHER) {
                sink.flush().await?;
            }
        }
        sink.flush().await?;
        // Whoever ordered it may have given up.
        let _ = sent.send(times);
    }
}

fn message(frame: &Bytes, binary: bool) -> Message {
    if binary {
        return Message::Binary(frame.clone());
    }
    // Frames are made of text.
    Utf8Bytes::try_from(frame.clone())
        .map_or_else(|_| Message::Binary(frame.clone()), Message::Text)
}

/// Milliseconds since 1970, by the clock that the pages have too.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1_000.0
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
