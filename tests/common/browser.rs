//! What the tests need of the browser itself: its clock, its tasks, its listeners.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// No condition of these tests takes longer, however slow the machine is.
const LIMIT_MS: f64 = 5_000.0;

/// A function of the browser's.
pub fn script(arguments: &str, body: &str) -> Function {
    Function::new_with_args(arguments, body)
}

async fn promise(body: &str) {
    let begin = script("resolve", body);
    let promise = Promise::new(&mut |resolve, _| {
        begin.call1(&JsValue::NULL, &resolve).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

/// Lets the browser do what else it has to do.
async fn next_task() {
    // A message and not a timer, so that tests can count timers.
    promise("const c = new MessageChannel(); c.port1.onmessage = () => { c.port1.close(); resolve(); }; c.port2.postMessage(0);").await;
}

/// Waits for the next animation frame to be over: what waited for it has happened.
pub async fn next_frame() {
    promise("requestAnimationFrame(() => requestAnimationFrame(() => resolve()));").await;
    yew::scheduler::flush().await;
}

/// Waits for a condition, rendering in between.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    let begun = js_sys::Date::now();
    loop {
        yew::scheduler::flush().await;
        if condition() {
            return;
        }
        assert!(js_sys::Date::now() - begun < LIMIT_MS, "it does not come about that {what}");
        next_task().await;
    }
}

/// `performance.now()` under the test's control. Dropping it lets time go on.
#[must_use = "time goes on as soon as this is dropped"]
pub struct Clock(JsValue);

const CLOCK: &str = r"
    const clock = { now: performance.now() };
    // A test that fails is not unwound: time goes on by itself, or the next tests would wait for ever.
    const end = Date.now() + 2000;
    performance.now = () => Date.now() < end ? clock.now : Performance.prototype.now.call(performance);
    return clock;
";

impl Clock {
    /// Stops time.
    pub fn stop() -> Self {
        Self(script("", CLOCK).call0(&JsValue::NULL).unwrap())
    }

    pub fn advance(&self, millis: f64) {
        let key = JsValue::from_str("now");
        let now = Reflect::get(&self.0, &key).unwrap().as_f64().unwrap();
        Reflect::set(&self.0, &key, &(now + millis).into()).unwrap();
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        script("", "delete performance.now;").call0(&JsValue::NULL).unwrap();
    }
}

/// Counts the page's listeners, timers and animation frames that were begun since it was opened and
/// are not over. Dropping it stops the counting.
#[must_use = "nothing is counted once this is dropped"]
pub struct Ledger(JsValue);

const LEDGER: &str = r"
    const live = { listeners: new Map(), timers: new Set(), frames: new Set() };
    const targets = new Set([window, document, navigator.connection]);
    const original = {
        add: EventTarget.prototype.addEventListener, remove: EventTarget.prototype.removeEventListener,
        setTimeout: window.setTimeout, clearTimeout: window.clearTimeout,
        request: window.requestAnimationFrame, cancel: window.cancelAnimationFrame,
    };
    const key = listener => { if (!listener.__key) listener.__key = Math.random(); return listener.__key; };
    EventTarget.prototype.addEventListener = function (type, listener, options) {
        const target = this ?? window;
        if (targets.has(target)) live.listeners.set(type + key(listener), type);
        return original.add.call(target, type, listener, options);
    };
    EventTarget.prototype.removeEventListener = function (type, listener, options) {
        const target = this ?? window;
        if (targets.has(target)) live.listeners.delete(type + key(listener));
        return original.remove.call(target, type, listener, options);
    };
    window.setTimeout = (callback, delay, ...rest) => {
        const id = original.setTimeout.call(window, (...given) => { live.timers.delete(id); callback(...given); }, delay, ...rest);
        live.timers.add(id);
        return id;
    };
    window.clearTimeout = id => { live.timers.delete(id); original.clearTimeout.call(window, id); };
    window.requestAnimationFrame = callback => {
        const id = original.request.call(window, time => { live.frames.delete(id); callback(time); });
        live.frames.add(id);
        return id;
    };
    window.cancelAnimationFrame = id => { live.frames.delete(id); original.cancel.call(window, id); };
    live.close = () => {
        EventTarget.prototype.addEventListener = original.add;
        EventTarget.prototype.removeEventListener = original.remove;
        window.setTimeout = original.setTimeout;
        window.clearTimeout = original.clearTimeout;
        window.requestAnimationFrame = original.request;
        window.cancelAnimationFrame = original.cancel;
    };
    return live;
";

impl Ledger {
    pub fn open() -> Self {
        Self(script("", LEDGER).call0(&JsValue::NULL).unwrap())
    }

    fn size(&self, of: &str) -> usize {
        let size =
            script("live, of", "return live[of].size").call2(&JsValue::NULL, &self.0, &of.into());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small count"
        )]
        {
            size.unwrap().as_f64().unwrap() as usize
        }
    }

    pub fn listeners(&self) -> usize {
        self.size("listeners")
    }

    pub fn timers(&self) -> usize {
        self.size("timers")
    }

    pub fn frames(&self) -> usize {
        self.size("frames")
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        script("live", "live.close()").call1(&JsValue::NULL, &self.0).unwrap();
    }
}

/// The browser's `WebSocket` replaced by one without a network, so that the real transport can be fed.
/// Dropping it puts the browser's back.
#[must_use = "the browser's own is back as soon as this is dropped"]
pub struct FakeWebSockets(JsValue);

const FAKE: &str = r"
    const state = { sockets: [], original: window.WebSocket };
    window.WebSocket = class extends EventTarget {
        constructor(url) {
            super();
            Object.assign(this, { url, readyState: 0, sent: [], listeners: new Set(), closedWith: null });
            state.sockets.push(this);
        }
        get listening() { return this.listeners.size; }
        addEventListener(type, listener, options) {
            this.listeners.add(listener);
            super.addEventListener(type, listener, options);
            if (options?.once) super.addEventListener(type, () => this.listeners.delete(listener), options);
        }
        removeEventListener(type, listener) {
            this.listeners.delete(listener);
            super.removeEventListener(type, listener);
        }
        send(data) {
            if (this.readyState === 0) throw new DOMException('still connecting', 'InvalidStateError');
            this.sent.push(data);
        }
        close(code) {
            if (this.readyState < 2) this.closedWith = code ?? null;
            this.readyState = 3;
        }
    };
    state.act = {
        open: socket => { socket.readyState = 1; socket.dispatchEvent(new Event('open')); },
        message: (socket, data) => socket.dispatchEvent(new MessageEvent('message', { data })),
        close: (socket, code) => {
            socket.readyState = 3;
            socket.dispatchEvent(new Event('error'));
            socket.dispatchEvent(new CloseEvent('close', { code }));
        },
    };
    return state;
";

impl FakeWebSockets {
    pub fn install() -> Self {
        Self(script("", FAKE).call0(&JsValue::NULL).unwrap())
    }

    fn sockets(&self) -> Array {
        Reflect::get(&self.0, &"sockets".into()).unwrap().unchecked_into()
    }

    pub fn count(&self) -> usize {
        self.sockets().length() as usize
    }

    fn act(&self, what: &str, argument: &JsValue) {
        let latest = self.sockets().at(-1);
        script("state, what, socket, argument", "state.act[what](socket, argument)")
            .call4(&JsValue::NULL, &self.0, &what.into(), &latest, argument)
            .unwrap();
    }

    pub fn open(&self) {
        self.act("open", &JsValue::UNDEFINED);
    }

    pub fn text(&self, text: &str) {
        self.act("message", &text.into());
    }

    pub fn binary(&self, bytes: &[u8]) {
        self.act("message", &js_sys::Uint8Array::from(bytes).buffer().into());
    }

    pub fn close(&self, code: u16) {
        self.act("close", &code.into());
    }

    /// A property of the socket that was opened at this place.
    pub fn property(&self, index: u32, name: &str) -> JsValue {
        Reflect::get(&self.sockets().get(index), &name.into()).unwrap()
    }

    /// What was written to the socket that was opened at this place.
    pub fn sent(&self, index: u32) -> Vec<String> {
        let sent: Array = self.property(index, "sent").unchecked_into();
        sent.iter().filter_map(|frame| frame.as_string()).collect()
    }
}

impl Drop for FakeWebSockets {
    fn drop(&mut self) {
        script("state", "window.WebSocket = state.original")
            .call1(&JsValue::NULL, &self.0)
            .unwrap();
    }
}
